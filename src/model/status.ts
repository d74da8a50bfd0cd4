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
  /** Classified: `image-pull`, `crash`, `oom`, `unschedulable`, `config-missing`, `probe`, `timeout`, ... */
  readonly cause: string;
  readonly message: string;
  /** Pod that shows it; null when it is not a pod. */
  readonly pod: string | null;
  /** Message of the Event that names the cause; "" where there is none. */
  readonly event: string;
  /** Last lines of the container's log, control characters neutralized. */
  readonly log: readonly string[];
  readonly remedy: string;
}
