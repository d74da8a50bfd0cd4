import { KubeError, UnreachableError } from "../../model/errors.ts";
import type { ResourceType } from "../../model/objects.ts";
import type { Clock, WatchEvent } from "../../ports.ts";
import { KnownObjects } from "./known.ts";
import { listAll } from "./list.ts";
import type { Transport } from "./transport.ts";
import { isLasting } from "./unreachable.ts";
import { type WatchOptions, watchOnce } from "./watch-stream.ts";

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/**
 * Lists, then watches, until the signal aborts or the transport is closed: after a cut it goes on from the last version seen, after a
 * 410 it lists again and reports the difference. Throws when the first list fails, and later only what waiting cannot
 * mend (no permission, type no longer served).
 */
export async function* listAndWatch(
  transport: Transport,
  type: ResourceType,
  options: WatchOptions,
  clock: Clock,
): AsyncGenerator<WatchEvent, void, undefined> {
  const { signal } = options;
  const known = new KnownObjects(type);
  let version: string | null = null;
  let failures = 0;
  let synced = false;
  while (!signal.aborted) {
    try {
      if (version === null) {
        const list = await listAll(transport, type, options);
        yield* known.difference(list.items);
        version = list.resourceVersion;
        synced = true;
        yield { type: "SYNCED" };
      }
      for await (const step of watchOnce(transport, type, { ...options, version })) {
        if (step.version !== "") version = step.version;
        failures = 0;
        if (step.event !== null) yield known.record(step.event);
      }
      // A server that ends each watch at once is failing too; a healthy one ends it after minutes.
      failures++;
    } catch (error) {
      if (signal.aborted || transport.closed) return;
      if (!synced || !isPassing(error)) throw error;
      if (error instanceof KubeError && error.status === 410) version = null;
      failures++;
    }
    if (signal.aborted) return;
    try {
      await clock.sleep(pauseAfter(failures), signal);
    } catch {
      return;
    }
  }
}

function isPassing(error: unknown): boolean {
  if (error instanceof UnreachableError) return !isLasting(error.code) || error.code === "ENOTFOUND";
  return error instanceof KubeError && (error.status === 410 || error.status === 429 || error.status >= 500);
}

/** 0 after the first end, then growing; jittered, so that many watches do not come back in step. */
function pauseAfter(failures: number): number {
  if (failures <= 1) return 0;
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return pause * (0.5 + Math.random() / 2);
}
