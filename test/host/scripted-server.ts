import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ClusterAccess } from "../../src/model/access.ts";
import { Secret } from "../../src/model/secrets.ts";
import type { Clock } from "../../src/ports.ts";
import type { Authority, Pair } from "./authority.ts";

/** A request as the server saw it. */
export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
  readonly clientName: string;
}

/**
 * What the server does: a whole answer, or pieces of a body after which it ends, cuts the connection or keeps silent.
 * "cut" alone closes the connection without an answer.
 */
export type Reply =
  | { readonly status?: number; readonly headers?: Record<string, string | string[]>; readonly body?: unknown }
  | { readonly pieces: readonly (string | Buffer)[]; readonly ending: "end" | "cut" | "hold" }
  | "cut"
  | "silence";

export interface ScriptedServer {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
  /** TLS connections so far. */
  connections(): number;
  close(): Promise<void>;
}

/** A TLS server that asks for client certificates and answers as `play` says: a stand-in for the network. */
export async function startScripted(
  tls: Pair & { authority: Authority },
  play: (request: Seen) => Reply,
): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer(
    {
      cert: tls.certificate,
      key: tls.key,
      ca: tls.authority.certificate,
      requestCert: true,
      rejectUnauthorized: false,
    },
    async (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const url = new URL(incoming.url ?? "/", "https://x");
      const peer = (
        incoming.socket as unknown as { getPeerCertificate(): { subject?: { CN?: string } } }
      ).getPeerCertificate();
      const request: Seen = {
        method: incoming.method ?? "",
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString("utf8"),
        clientName: peer.subject?.CN ?? "",
      };
      seen.push(request);
      const reply = play(request);
      if (reply === "silence") return;
      if (reply === "cut") {
        incoming.socket.destroy();
        return;
      }
      if (!("pieces" in reply)) {
        const { status = 200, headers = {}, body = {} } = reply;
        const text = typeof body === "string" ? body : JSON.stringify(body);
        outgoing.writeHead(status, { "content-type": "application/json", ...headers });
        outgoing.end(status === 204 ? undefined : text);
        return;
      }
      outgoing.writeHead(200, { "content-type": "application/json" });
      outgoing.flushHeaders();
      for (const piece of reply.pieces) outgoing.write(piece);
      if (reply.ending === "end") outgoing.end();
      else if (reply.ending === "cut") outgoing.write("", () => incoming.socket.destroySoon());
    },
  );
  server.on("secureConnection", () => connections++);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    seen,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function accessTo(url: string, authority: Authority, client: Pair | null = null): ClusterAccess {
  return {
    name: "test",
    server: url,
    certificateAuthority: authority.certificate,
    insecureSkipTlsVerify: false,
    tlsServerName: null,
    proxyUrl: null,
    credentials:
      client === null
        ? { kind: "none" }
        : { kind: "certificate", certificate: client.certificate, key: new Secret(client.key) },
    namespace: "default",
  };
}

/** A clock whose sleeps pass at once and are written down. */
export class TestClock implements Clock {
  readonly slept: number[] = [];
  #now = 0;

  monotonic(): number {
    return this.#now;
  }

  wall(): number {
    return Date.parse("2026-01-01T00:00:00Z") + this.#now;
  }

  pass(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.slept.push(ms);
    this.#now += ms;
    // Let sockets and timers have their turn, as a real sleep would.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
}
