import type { ClusterAccess } from "../../model/access.ts";
import { KubeError, UnreachableError, userError } from "../../model/errors.ts";
import type { Clock, Exec } from "../../ports.ts";
import { Transport } from "./transport.ts";
import { isLasting } from "./unreachable.ts";

const PAUSE_MS = 250;

/** Waits until the API server says that it is ready. Throws UserError `cluster-not-ready` after `limitMs`. */
export async function waitUntilReady(
  access: ClusterAccess,
  ports: { exec: Exec; clock: Clock },
  limitMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const transport = new Transport(access, ports);
  const started = ports.clock.monotonic();
  try {
    for (;;) {
      try {
        await transport.send({ method: "GET", path: "/readyz", ...(signal === undefined ? {} : { signal }) });
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (ports.clock.monotonic() - started > limitMs) throw notReady(access, limitMs, error as Error);
      }
      await ports.clock.sleep(PAUSE_MS, signal);
    }
  } finally {
    transport.close();
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof UnreachableError) return !isLasting(error.code);
  // A server that has just started refuses even administrators until it has read its roles.
  return error instanceof KubeError && (error.status >= 500 || error.status === 403);
}

function notReady(access: ClusterAccess, limitMs: number, cause: Error) {
  return userError("cluster-not-ready", `${access.name} is not ready after ${limitMs / 1000} s: ${cause.message}`, {
    remedy: "look at the node's logs, or delete the cluster and create it again",
    cause,
  });
}
