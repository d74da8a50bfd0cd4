import { KubeError, UnreachableError } from "../../model/errors.ts";
import { isLasting } from "./unreachable.ts";

/** What may happen when a request reaches the server twice. */
export type Repeatable = "safe" | "not-safe";

export interface Failure {
  readonly error: unknown;
  readonly repeatable: Repeatable;
  readonly method: string;
  /** Tries made so far, this one included. */
  readonly tries: number;
  /** Milliseconds since the first try. */
  readonly elapsed: number;
  /** Whether this server ever answered in this process. */
  readonly answeredBefore: boolean;
}

const MAX_TRIES = 6;
const MAX_TOTAL_MS = 15_000;

/** Milliseconds to wait before the next try; null: report the failure. `jitter` is in [0, 1). */
export function pauseBeforeRetry(failure: Failure, jitter: number): number | null {
  if (failure.tries >= MAX_TRIES) return null;
  const wait = pause(failure, jitter);
  return wait !== null && failure.elapsed + wait < MAX_TOTAL_MS ? wait : null;
}

function pause(failure: Failure, jitter: number): number | null {
  const { error } = failure;
  const growing = 100 * 2 ** failure.tries * (0.75 + jitter / 2);
  if (error instanceof UnreachableError) {
    // A server that never answered is more likely absent than restarting: say so at once.
    if (isLasting(error.code) || !failure.answeredBefore) return null;
    if (error.code === "ETIMEDOUT") return null;
    return failure.repeatable === "safe" || error.code === "ECONNREFUSED" ? growing : null;
  }
  if (!(error instanceof KubeError)) return null;
  const wait = error.retryAfter === null ? growing : Math.max(error.retryAfter * 1000, growing);
  if (error.status === 429) return wait;
  if (failure.repeatable === "not-safe") return null;
  if (error.status === 502 || error.status === 503 || error.status === 504) return wait;
  // An apply with an unknown field is a 500 without a reason: it will not get better. A webhook's failure has one.
  const passing = failure.method === "GET" || error.reason === "InternalError" || error.reason === "ServerTimeout";
  return error.status === 500 && passing ? wait : null;
}
