import type { IncomingMessage } from "node:http";
import { Agent, request as secureRequest } from "node:https";
import type { ClusterAccess } from "../../src/model/access.ts";

export interface ClientAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  /** Parsed JSON; a watch's events as a list; the text where it is neither. */
  readonly body: unknown;
}

export interface ClientRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** A plain HTTPS client with the certificate of an access; `certificate: null` comes without one. `always`: headers. */
export function clientOf(
  access: ClusterAccess,
  certificate: { certificate: string; key: string } | null | "own" = "own",
  always: Readonly<Record<string, string>> = {},
): { send(request: ClientRequest): Promise<ClientAnswer>; close(): void } {
  const { credentials } = access;
  if (credentials.kind !== "certificate") throw new Error("no certificate");
  const own = { cert: credentials.certificate, key: credentials.key.reveal() };
  const pair =
    certificate === "own" ? own : certificate === null ? {} : { cert: certificate.certificate, key: certificate.key };
  const agent = new Agent({ ca: access.certificateAuthority ?? undefined, ...pair, keepAlive: true, maxSockets: 16 });
  const send = ({ method = "GET", path, headers = {}, body }: ClientRequest) =>
    new Promise<ClientAnswer>((resolve, reject) => {
      const text = body === undefined || body === null ? "" : typeof body === "string" ? body : JSON.stringify(body);
      const url = new URL(access.server);
      const options = { host: url.hostname, port: url.port, method, path, agent };
      const sized = {
        ...always,
        ...headers,
        ...(text === "" ? {} : { "content-length": String(Buffer.byteLength(text)) }),
      };
      const outgoing = secureRequest({ ...options, headers: sized }, (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const answer = Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode!, headers: response.headers, text: answer, body: parsed(answer) });
        });
      });
      outgoing.on("error", reject);
      outgoing.end(text);
    });
  return { send, close: () => agent.destroy() };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      const lines = text.split("\n").filter((line) => line !== "");
      return lines.length > 0 && lines[0]!.startsWith("{") ? lines.map((line) => JSON.parse(line)) : text;
    } catch {
      return text;
    }
  }
}
