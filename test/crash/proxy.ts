import type { IncomingMessage, ServerResponse } from "node:http";
import { Agent, createServer, request as httpsRequest } from "node:https";
import type { AddressInfo } from "node:net";
import type { ClusterCredentials } from "../../src/embedded/credentials.ts";
import { passThrough, type Weather } from "./weather.ts";

/** What happens at the k-th request (counted from 1). */
export interface Fault {
  readonly at: number;
  /** `before`: it never reaches the server. `after`: the server has carried it out, and nobody hears of it. */
  readonly when: "before" | "after";
}

export interface FaultyProxy {
  readonly port: number;
  /** Requests since the last `arm`. */
  readonly requests: () => number;
  /** `GET /path?query` of each of them, in order. */
  readonly seen: () => readonly string[];
  /** `strike` is called once, at the fault. */
  arm(fault: Fault | null, strike: () => void): void;
  /** From now on requests meet this weather; null: fair. */
  expose(weather: Weather | null): void;
  /** Ends every open watch as a server does that has forgotten its version (410); answers how many. */
  expire(): number;
  close(): Promise<void>;
}

/** Stands between k8sctl and the API server, over TLS on both sides, and lets nothing through once it has struck. */
export async function startProxy(
  upstream: number,
  credentials: Pick<ClusterCredentials, "server" | "admin"> & { readonly authority: { readonly certificate: string } },
): Promise<FaultyProxy> {
  let fault: Fault | null = null;
  let strike = (): void => undefined;
  let count = 0;
  let seen: string[] = [];
  let struck = false;
  let weather: Weather | null = null;
  const watches = new Map<ServerResponse, IncomingMessage>();
  const { authority, server: own, admin } = credentials;
  const agent = new Agent({ keepAlive: true, ca: authority.certificate, cert: admin.certificate, key: admin.key });
  const hit = (): void => {
    struck = true;
    strike();
  };
  const server = createServer({ key: own.key, cert: own.certificate }, (incoming, outgoing) => {
    count += 1;
    const { method = "GET", url = "/", headers } = incoming;
    seen.push(`${method} ${url}`);
    const here = fault !== null && count === fault.at ? fault.when : null;
    if (struck) return void incoming.socket.destroy();
    if (here === "before") return hit();
    const { host: _, connection: __, ...rest } = headers;
    const target = { host: "127.0.0.1", port: upstream, method, path: url, headers: rest, agent };
    if (weather !== null) return passThrough(incoming, outgoing, target, weather);
    const forwarded = httpsRequest(target, (answer) => {
      if (here === "after") {
        // A watch never ends: there the head of the answer is all there is to wait for.
        if (url.includes("watch=")) hit();
        else answer.resume().on("end", hit);
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
      outgoing.on("close", () => answer.destroy());
      if (!url.includes("watch=")) return;
      watches.set(outgoing, answer);
      outgoing.on("close", () => watches.delete(outgoing));
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => count,
    seen: () => seen,
    arm(next, then) {
      [fault, strike, count, struck] = [next, then, 0, false];
      seen = [];
    },
    expose(next) {
      weather = next;
    },
    expire() {
      const count = watches.size;
      const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Expired", code: 410 };
      for (const [watch, answer] of watches) answer.unpipe(watch);
      for (const watch of watches.keys()) watch.end(`${JSON.stringify({ type: "ERROR", object: status })}\n`);
      watches.clear();
      return count;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}
