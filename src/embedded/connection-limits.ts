import type { ServerResponse } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";
import { Refusal } from "./failures.ts";

/** What slow or hostile clients may take of the process. Milliseconds, bytes. */
export interface ConnectionLimits {
  /** Open at a time. A client speaks HTTP/1.1 here, so each watch has one of its own; 200 watches are many. */
  readonly connections: number;
  /** Until a new connection has shown who it is and said its first request's headers. kube-apiserver waits 32 s. */
  readonly headersMs: number;
  /** Until a request's body is there. kube-apiserver gives a whole request a minute. */
  readonly requestMs: number;
  /** How long an answer may lie without any of it being read. */
  readonly unreadMs: number;
  /** Of all bodies that are being received and all answers that are not read yet. */
  readonly bytesInHand: number;
  /** Of events that one watch has not read; from there on they wait in the history that all watches share. */
  readonly watchBytes: number;
}

export const usualLimits: ConnectionLimits = {
  connections: 2_000,
  headersMs: 30_000,
  requestMs: 60_000,
  unreadMs: 60_000,
  bytesInHand: 256 * 1024 * 1024,
  watchBytes: 256 * 1024,
};

/** Bytes that requests and answers hold now. */
export class BytesInHand {
  readonly #most: number;
  #held = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Throws Refusal 429 where they hold too much already. Asked before anything is done, so that nothing is done by halves. */
  checkRoom(): void {
    if (this.#held <= this.#most) return;
    const why = `too many requests at once, please try again later: bodies and unread answers hold ${this.#held} bytes`;
    throw new Refusal(429, "TooManyRequests", why, { retryAfterSeconds: 1 });
  }

  take(bytes: number): void {
    this.#held += bytes;
  }

  giveBack(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Closes what is too slow or too much with a reason: in the answer where the client can read one, else in the log. */
export function limitConnections(server: Server, limits: ConnectionLimits, log: (line: string) => void): void {
  server.headersTimeout = limits.headersMs;
  server.requestTimeout = limits.requestMs;
  server.maxConnections = limits.connections;
  let dropped = 0;
  server.on("drop", () => {
    if (dropped++ === 0) log(`refused a connection: ${limits.connections} are open, which is the limit`);
  });
  server.on("connection", () => {
    dropped = 0;
  });
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
    if (!socket.writable) return;
    const { status, words, body } = reasonOf(error.code ?? "", limits);
    const head = [`HTTP/1.1 ${status} ${words}`, "Connection: close", "Content-Type: application/json"];
    socket.end(`${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join("\r\n")}\r\n\r\n${body}`);
  });
  // Node reports a handshake that failed or took too long, but leaves its connection open.
  server.on("tlsClientError", (_error, socket) => socket.destroy());
}

/** Closes the connection when nothing of what was written is read for so long; who does not read can only be told in the log. */
export function endUnread(response: ServerResponse, ms: number, log: (line: string) => void): void {
  response.setTimeout(ms, () => {
    log(`closed a connection: nothing of its answer was read for ${ms / 1000} s`);
    response.destroy();
  });
}

/** Returns what closes a server and all its connections: also those that have said nothing yet, or not even TLS. */
export function closing(server: Server): () => Promise<void> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  return () =>
    new Promise<void>((resolve) => {
      server.on("connection", (socket: Socket) => socket.destroy());
      server.close(() => resolve());
      for (const socket of open) socket.destroy();
    });
}

function reasonOf(code: string, { headersMs, requestMs }: ConnectionLimits) {
  const told = (status: number, words: string, why: string) => ({
    status,
    words,
    body: JSON.stringify(new Refusal(status, "", why).body()),
  });
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT": {
      const why = `the request did not arrive in time: headers have ${headersMs / 1000} s, all of it ${requestMs / 1000} s`;
      return told(408, "Request Timeout", why);
    }
    case "HPE_HEADER_OVERFLOW":
      return told(431, "Request Header Fields Too Large", "the request's headers are too large");
    default:
      return told(400, "Bad Request", "the request is not HTTP/1.1");
  }
}
