import type { ObjectId } from "./ids.ts";

/**
 * pending: not created yet. progressing: on its way. ready: done. failed: will not become ready by itself.
 * terminating: has a deletionTimestamp. gone: deleted.
 */
export type Phase = "pending" | "progressing" | "ready" | "failed" | "terminating" | "gone";

export interface ObjectStatus {
  readonly id: ObjectId;
  readonly phase: Phase;
  /** Counted units (pods, completions); both null where the kind counts nothing. */
  readonly ready: number | null;
  readonly total: number | null;
  /** Kubernetes' CamelCase reason, or ours: `CrashLoopBackOff`, `ProgressDeadlineExceeded`; "" when there is none. */
  readonly reason: string;
  /** One short sentence, without the object's name. */
  readonly message: string;
  readonly generation: number | null;
  /** Soft conditions that do not hold readiness back: `no load balancer controller`. */
  readonly notes: readonly string[];
}

/** Why something failed, as one paragraph's worth of facts. */
export interface Verdict {
  readonly id: ObjectId;
  /** Classified: one of the causes of docs/readiness.md, `image-not-found`, `crash`, `quota`, `timeout`, ... */
  readonly cause: string;
  readonly message: string;
  /** Pod that shows it; null when it is not a pod. */
  readonly pod: string | null;
  /** How many pods of the object show the same; 0 when it is not a pod's. */
  readonly pods: number;
  /** Milliseconds it had lasted when it was judged, by the cluster's clock; null where no stamp tells. */
  readonly lastedMs: number | null;
  /** Message of the Event that names the cause; "" where there is none. */
  readonly event: string;
  /** Whose log it is: `db-0 (postgres), its run before the last restart`; "" where there is none. */
  readonly logOf: string;
  /** Last lines of the container's log, control characters neutralized. */
  readonly log: readonly string[];
  readonly remedy: string;
  /** The object of this project whose trouble brings this one about; null where the trouble is its own. */
  readonly rootCause: RootCause | null;
  /** Another object that failed in the same way and was told first; null for the first of them. */
  readonly sameAs: ObjectId | null;
}

export interface RootCause {
  readonly id: ObjectId;
  /** What is wrong with it, one sentence; "" while it is merely not ready. */
  readonly message: string;
  /** How it is known: `web's env DATABASE_URL names it`. */
  readonly how: string;
}
