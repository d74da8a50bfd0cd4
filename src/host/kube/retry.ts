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
  /** Whether this server answered last time it was asked, or at all. */
  readonly answeredBefore: boolean;
  /** A dry run tells what is: a webhook whose service may come up in a moment is waited for by applies only. */
  readonly onlyAsking: boolean;
}

const MAX_TRIES = 6;
const MAX_TOTAL_MS = 15_000;
/** A server that says when to come back is there: it is asked for longer. */
const MAX_BUSY_MS = 60_000;
/** Whom we never heard of is more likely absent than restarting; a connection may be cut all the same. */
const MAX_FIRST_TRIES = 3;

/** Milliseconds to wait before the next try; null: report the failure. `jitter` is in [0, 1). */
export function pauseBeforeRetry(failure: Failure, jitter: number): number | null {
  const busy = failure.error instanceof KubeError && failure.error.status === 429;
  if (failure.tries >= MAX_TRIES && !busy) return null;
  const wait = pause(failure, jitter);
  return wait !== null && failure.elapsed + wait < (busy ? MAX_BUSY_MS : MAX_TOTAL_MS) ? wait : null;
}

function pause(failure: Failure, jitter: number): number | null {
  const { error, tries } = failure;
  const growing = 100 * 2 ** Math.min(tries, MAX_TRIES) * (0.75 + jitter / 2);
  if (error instanceof UnreachableError) {
    if (isLasting(error.code) || error.code === "ETIMEDOUT") return null;
    if (!failure.answeredBefore && (error.code === "ECONNREFUSED" || tries >= MAX_FIRST_TRIES)) return null;
    return failure.repeatable === "safe" || error.code === "ECONNREFUSED" ? growing : null;
  }
  if (!(error instanceof KubeError)) return null;
  // Later than asked by up to a quarter: what was refused at one moment must not come back in step.
  const wait = error.retryAfter === null ? growing : Math.max(error.retryAfter * 1000 * (1 + jitter / 4), growing);
  if (error.status === 429) return wait;
  if (failure.repeatable === "not-safe") return null;
  if (error.status === 502 || error.status === 503 || error.status === 504) return wait;
  if (failure.onlyAsking && /failed calling webhook/.test(error.message)) return null;
  // An apply with an unknown field is a 500 without a reason: it will not get better. A webhook's failure has one.
  const passing = failure.method === "GET" || error.reason === "InternalError" || error.reason === "ServerTimeout";
  return error.status === 500 && passing ? wait : null;
}

/** Whether a request that failed so may have been carried out: its answer was lost, or came from something in between. */
export function mayHaveArrived(error: unknown): boolean {
  if (error instanceof UnreachableError) return error.code !== "ECONNREFUSED";
  return error instanceof KubeError && error.status >= 500;
}
