import type { IncomingMessage } from "node:http";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Connector } from "./connector.ts";
import { unreachable } from "./unreachable.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path with its query, without the server. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Longest silence, to the first byte and between two, in milliseconds. */
  readonly silenceMs: number;
  readonly signal?: AbortSignal;
  /** Called when the connection is open and nothing has been sent; what it throws is thrown in place of sending. */
  readonly beforeSending?: () => void;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  /** Each header line as it came: name, value, name, value. */
  readonly rawHeaders: readonly string[];
  readonly text: string;
}

/**
 * Sends one request and resolves when the head of the answer is there. Throws UnreachableError, or the signal's reason.
 * Whoever takes the answer reads it to its end or destroys it.
 */
export function openAnswer(
  connector: Connector,
  request: HttpRequest,
  pool: "requests" | "streams",
): Promise<IncomingMessage> {
  const { signal } = request;
  if (signal?.aborted === true) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const { url } = connector;
    const send = url.protocol === "http:" ? httpRequest : httpsRequest;
    const body = request.body === undefined ? undefined : Buffer.from(request.body);
    const outgoing = send({
      host: url.hostname.replace(/^\[|\]$/g, ""),
      port: url.port === "" ? (url.protocol === "http:" ? 80 : 443) : Number(url.port),
      path: `${url.pathname.replace(/\/$/, "")}${request.path}`,
      method: request.method,
      agent: pool === "streams" ? connector.streams : connector.requests,
      headers: { ...request.headers, ...(body === undefined ? {} : { "content-length": String(body.length) }) },
    });
    // Not http's own `signal`: that destroys the connection of an answer that has just ended, which is the pool's again.
    let answered: IncomingMessage | null = null;
    const cut = (): void => void (answered ?? outgoing).destroy(signal?.reason);
    signal?.addEventListener("abort", cut, { once: true });
    outgoing.once("close", () => signal?.removeEventListener("abort", cut));
    let timer: NodeJS.Timeout | undefined;
    let heldBack: { readonly reason: unknown } | null = null;
    const sendNow = (): void => {
      try {
        request.beforeSending?.();
      } catch (reason) {
        heldBack = { reason };
        outgoing.destroy(new Error("held back"));
        return;
      }
      outgoing.end(body);
    };
    // Started with the socket, not before: time spent in the pool's queue is not the server's silence.
    outgoing.once("socket", (socket: Socket) => {
      timer = setTimeout(() => outgoing.destroy(silence(request.silenceMs)), request.silenceMs);
      // A handshake takes a while, in which a lock can run out or the process be stopped.
      if (request.beforeSending !== undefined) whenOpen(socket, sendNow);
    });
    outgoing.once("response", (answer) => {
      clearTimeout(timer);
      answered = answer;
      // It may be cut before its reader gets to it; then the reader is told, not the process.
      answer.on("error", () => undefined);
      resolve(answer);
    });
    outgoing.on("error", (error) => {
      clearTimeout(timer);
      if (heldBack !== null) reject(heldBack.reason);
      else reject(signal?.aborted === true ? signal.reason : unreachable(connector.server, error));
    });
    if (request.beforeSending === undefined) outgoing.end(body);
  });
}

function whenOpen(socket: Socket, then: () => void): void {
  const secure = socket instanceof TLSSocket;
  // `secureConnecting` is true until the handshake is over; it is missing from Node's types only.
  const opening =
    socket.connecting || (secure && (socket as TLSSocket & { secureConnecting?: boolean }).secureConnecting);
  if (opening) socket.once(secure ? "secureConnect" : "connect", then);
  else then();
}

/** Sends one request and reads the whole answer, whatever its status. */
export async function roundTrip(connector: Connector, request: HttpRequest): Promise<HttpAnswer> {
  const answer = await openAnswer(connector, request, "requests");
  const text = await readText(connector, request, answer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, rawHeaders: answer.rawHeaders, text };
}

function readText(connector: Connector, request: HttpRequest, answer: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const timer = setTimeout(() => answer.destroy(silence(request.silenceMs)), request.silenceMs);
    answer.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      timer.refresh();
    });
    answer.once("end", () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString("utf8"));
    });
    answer.on("error", (error) => {
      clearTimeout(timer);
      reject(request.signal?.aborted === true ? request.signal.reason : unreachable(connector.server, error));
    });
  });
}

function silence(ms: number): Error {
  return Object.assign(new Error(`no answer within ${ms / 1000} s`), { code: "ETIMEDOUT" });
}
