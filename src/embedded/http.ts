import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import { KubeError } from "../model/errors.ts";
import { callWebhook, WebhookQuestion } from "./admission/webhooks.ts";
import { type Answer, failureAnswer, inSyntax } from "./answer.ts";
import { parseApiPath } from "./api-path.ts";
import type { Call, Cluster } from "./call.ts";
import { BytesInHand, type ConnectionLimits, endUnread, limitConnections } from "./connection-limits.ts";
import type { ClusterCredentials } from "./credentials.ts";
import { badRequest, Refusal } from "./failures.ts";
import { authorize, identify, verbOf } from "./identity.ts";
import { negotiate } from "./negotiate.ts";
import { otherPath, versionDocument } from "./other-paths.ts";
import { followLog, followsLog } from "./pod-log.ts";
import { fromProtobuf } from "./protobuf.ts";
import { notServed } from "./refusals.ts";
import { answerCall } from "./resource-calls.ts";
import { watchObjects } from "./watching.ts";

/** As kube-apiserver limits a request's body. */
const maximumBody = 3 * 1024 * 1024;

interface Serving {
  readonly log: (line: string) => void;
  /** Resolves when everything that was written until now cannot be lost any more. */
  readonly settled: () => Promise<void>;
  readonly limits: ConnectionLimits;
}

/** What a request needs besides itself. */
interface Desk extends Serving {
  readonly cluster: Cluster;
  readonly hand: BytesInHand;
}

export function createApiServer(cluster: Cluster, credentials: ClusterCredentials, serving: Serving): Server {
  const { limits, log } = serving;
  const desk: Desk = { ...serving, cluster, hand: new BytesInHand(limits.bytesInHand) };
  const server = createServer(
    {
      key: credentials.server.key,
      cert: credentials.server.certificate,
      ca: credentials.authority.certificate,
      requestCert: true,
      // A request without a certificate is to be answered (403), not cut off in the handshake.
      rejectUnauthorized: false,
      minVersion: "TLSv1.2",
      keepAliveTimeout: 90_000,
      handshakeTimeout: limits.headersMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, limits.requestMs) / 4,
    },
    (request, response) => {
      serve(desk, request, response).catch((error: unknown) => {
        // Who left in the middle of a request is told nothing, and is no news.
        if ((error as NodeJS.ErrnoException).code === "ECONNRESET") return response.destroy();
        const answer = failureAnswer(toRefusal(error, log));
        if (response.headersSent) response.destroy();
        else send(desk, request, response, answer);
      });
    },
  );
  limitConnections(server, limits, log);
  return server;
}

async function serve(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { cluster, hand } = desk;
  const method = request.method ?? "GET";
  const url = request.url ?? "/";
  const mark = url.indexOf("?");
  const rawPath = mark < 0 ? url : url.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : url.slice(mark + 1));
  const path = parseApiPath(rawPath);
  const watch = (path.type === "resource" && path.watch) || ["1", "true"].includes(query.get("watch") ?? "");

  hand.checkRoom();
  const user = identify(cluster, request);
  authorize(cluster, user, verbOf(method, path, watch), path, rawPath);
  if (path.type === "other" || path.resource === "") {
    const answer =
      path.type === "other"
        ? otherPath(cluster, path.path, query, request.headers.accept)
        : versionDocument(cluster, path.group, path.version);
    send(desk, request, response, answer);
    return;
  }

  const type = cluster.catalog.find(path.group, path.version, path.resource);
  if (type === null) {
    if (!cluster.catalog.knows(path.group, path.version)) {
      send(desk, request, response, {
        status: 404,
        contentType: "text/plain; charset=utf-8",
        text: "404 page not found\n",
      });
      return;
    }
    throw notServed();
  }
  const { namespace, name, subresource } = path;
  if (namespace !== "" && !type.namespaced) throw notServed();
  const received = await readBody(request, response, hand);
  const { headers, body } = isProtobuf(request)
    ? asJsonBody(request, received)
    : { headers: request.headers, body: received };
  const call: Call = {
    cluster,
    method,
    query,
    headers,
    user,
    type,
    namespace,
    name,
    subresource,
    body,
    answers: new Map(),
  };
  if (method === "GET" && watch && (name === "" || path.watch) && subresource === "") {
    watchObjects(call, response, desk);
    return;
  }
  if (followsLog(call) && type.group === "" && type.resource === "pods") {
    followLog(call, response);
    return;
  }
  const answer = await answerAsking(call);
  if (method !== "GET" && method !== "HEAD") await desk.settled();
  send(desk, request, response, answer);
}

/** A request matches few webhooks; what asks for ever is a mistake of ours. */
const mostQuestions = 200;

async function answerAsking(call: Call): Promise<Answer> {
  for (let asked = 0; ; asked++) {
    try {
      return answerCall(call);
    } catch (error) {
      if (!(error instanceof WebhookQuestion) || asked === mostQuestions) throw error;
      call.answers.set(error.key, await callWebhook(error));
    }
  }
}

const isProtobuf = ({ headers }: IncomingMessage) =>
  /^application\/vnd\.kubernetes\.protobuf\b/.test(headers["content-type"] ?? "");

/** Everything behind this speaks JSON. */
function asJsonBody(request: IncomingMessage, body: Buffer): Pick<Call, "headers" | "body"> {
  const headers = { ...request.headers, "content-type": "application/json" };
  return { headers, body: body.length === 0 ? body : Buffer.from(JSON.stringify(fromProtobuf(body))) };
}

/** The bytes are in hand until the answer is read. Throws Refusal 413, 429. */
async function readBody(request: IncomingMessage, response: ServerResponse, hand: BytesInHand): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  response.on("close", () => hand.giveBack(size));
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    hand.take(chunk.length);
    hand.checkRoom();
    if (size > maximumBody) {
      throw new Refusal(413, "RequestEntityTooLarge", `Request entity too large: limit is ${maximumBody}`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function toRefusal(error: unknown, log: (line: string) => void): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof KubeError) return new Refusal(error.status, error.reason, error.message, {}, error.causes);
  // A body nested so deeply that nobody could walk it; nothing of it was stored.
  if (error instanceof RangeError && error.message.includes("call stack")) return badRequest("exceeded max depth");
  const cause = error instanceof Error ? error : new Error(String(error));
  log(`internal error: ${cause.stack ?? cause.message}`);
  return new Refusal(500, "InternalError", `Internal error occurred: ${cause.message}`, {}, [
    { message: cause.message },
  ]);
}

/** Errors too are sent as YAML to a client that wants YAML; a form that nobody can serve is answered in JSON. */
function withSyntax(answer: Answer, request: IncomingMessage): Answer {
  const accept = request.headers.accept ?? "";
  if (!accept.includes("yaml")) return answer;
  try {
    return inSyntax(answer, negotiate(accept, "plain"));
  } catch {
    return answer;
  }
}

function send(desk: Desk, request: IncomingMessage, response: ServerResponse, plain: Answer): void {
  const answer = withSyntax(plain, request);
  const body = Buffer.from(answer.text);
  response.writeHead(answer.status, {
    ...(answer.status === 204 ? {} : { "content-type": answer.contentType, "content-length": body.length }),
    "cache-control": "no-cache, private",
    ...(answer.status === 413 || answer.status === 429 ? { connection: "close" } : {}),
    ...(answer.headers as Record<string, string | string[]>),
  });
  if (request.method === "HEAD" || answer.status === 204) {
    response.end();
    return;
  }
  desk.hand.take(body.length);
  response.on("close", () => desk.hand.giveBack(body.length));
  endUnread(response, desk.limits.unreadMs, desk.log);
  response.end(body);
}
