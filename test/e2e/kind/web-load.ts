import http from "node:http";
import https from "node:https";

export interface LoadResult {
  readonly answered: number;
  /** What went wrong, each with how often: a status other than 200, or the code of a socket's error. */
  readonly failed: Readonly<Record<string, number>>;
}

interface Ports {
  readonly http: number;
  readonly https: number;
}

/**
 * Asks for a page without a pause, eight at a time, until it is told to end: GET and POST, by HTTP and HTTPS, each on a
 * connection of its own, so that no client tries again by itself.
 */
export function startLoad(host: string, ports: Ports): { readonly end: () => Promise<LoadResult>; answered(): number } {
  let on = true;
  let answered = 0;
  const failed: Record<string, number> = {};
  const one = (method: string, secure: boolean): Promise<void> =>
    new Promise((resolve) => {
      const fail = (what: string): void => {
        failed[what] = (failed[what] ?? 0) + 1;
        resolve();
      };
      const headers = { host, connection: "close", ...(method === "POST" ? { "content-length": 2 } : {}) };
      const common = { host: "127.0.0.1", method, path: "/load", agent: false as const, headers, timeout: 20_000 };
      const request = secure
        ? https.request({ ...common, port: ports.https, servername: host, rejectUnauthorized: false })
        : http.request({ ...common, port: ports.http });
      request.on("timeout", () => request.destroy(new Error("timeout")));
      request.on("error", (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
      request.on("response", (response) => {
        response.resume();
        response.on("error", (error: NodeJS.ErrnoException) => fail(`body: ${error.code ?? error.message}`));
        response.on("end", () => {
          if (response.statusCode !== 200) return fail(String(response.statusCode));
          answered++;
          resolve();
        });
      });
      request.end(method === "POST" ? "hi" : undefined);
    });
  const running = Array.from({ length: 8 }, async (_, i) => {
    while (on) await one(i % 4 < 2 ? "GET" : "POST", i % 2 === 1);
  });
  return {
    answered: () => answered,
    end: async () => {
      on = false;
      await Promise.all(running);
      return { answered, failed };
    },
  };
}
