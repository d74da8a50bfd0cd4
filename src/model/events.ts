import type { SourcePosition } from "./errors.ts";
import type { ObjectId } from "./ids.ts";
import type { GeneratedItem, Plan, PlanAction } from "./plan.ts";
import type { ObjectStatus, Verdict } from "./status.ts";

/** Version of the event format (docs/adr/0001-events.md). Readers ignore variants and fields that they do not know. */
export const EVENT_VERSION = 1;

/** Counts of the last line. */
export interface RunCounts {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly unchanged: number;
  readonly failed: number;
}

export type ExitCode = 0 | 1 | 2 | 3 | 130;

export type StepName =
  | "synth"
  | "cluster"
  | "connect"
  | "lock"
  | "plan"
  | "approve"
  | "generate"
  | "apply"
  | "track"
  | "unlock";

/** Everything that happens in a run, in order. Plain JSON; nothing secret; `t` is ms since the run began. */
export type RunEvent = { readonly v: 1; readonly t: number } & RunEventBody;

export type RunEventBody =
  | {
      readonly type: "started";
      readonly command: "up" | "apply" | "rollback" | "down" | "plan" | "status";
      readonly project: string;
      readonly cluster: string;
    }
  | { readonly type: "step-started"; readonly step: StepName; readonly label: string }
  | { readonly type: "step-progress"; readonly step: StepName; readonly message: string }
  | { readonly type: "step-finished"; readonly step: StepName; readonly ms: number; readonly note: string }
  | { readonly type: "planned"; readonly plan: Plan }
  | { readonly type: "approval-requested"; readonly planDigest: string }
  | { readonly type: "approved"; readonly by: "flag" | "person" | "nothing-to-do" }
  | { readonly type: "rejected" }
  | {
      readonly type: "object-started";
      readonly id: ObjectId;
      readonly stack: string;
      readonly action: PlanAction;
      readonly position?: SourcePosition;
    }
  | { readonly type: "object-applied"; readonly id: ObjectId; readonly stack: string; readonly action: PlanAction }
  | {
      readonly type: "object-failed";
      readonly id: ObjectId;
      readonly stack: string;
      readonly action: PlanAction;
      readonly message: string;
      readonly remedy: string;
      readonly position?: SourcePosition;
    }
  | { readonly type: "object-skipped"; readonly id: ObjectId; readonly stack: string; readonly because: string }
  | { readonly type: "object-status"; readonly stack: string; readonly status: ObjectStatus }
  | { readonly type: "verdict"; readonly stack: string; readonly verdict: Verdict; readonly position?: SourcePosition }
  | { readonly type: "stack-ready"; readonly stack: string; readonly ms: number }
  | { readonly type: "warning"; readonly message: string; readonly id?: ObjectId }
  | {
      readonly type: "output";
      readonly stack: string;
      readonly name: string;
      readonly value: unknown;
      readonly sensitive: boolean;
    }
  | { readonly type: "endpoint"; readonly stack: string; readonly url: string; readonly of: ObjectId }
  /** `--on-failure rollback`: the run failed, and what follows goes back to that revision. */
  | { readonly type: "rolling-back"; readonly to: number; readonly stacks: readonly string[] }
  | { readonly type: "rolled-back"; readonly to: number; readonly ok: boolean }
  /** How the trial of a Deployment's new pods goes; `id` is the Deployment, `canary` that of the pods on trial. */
  | {
      readonly type: "canary";
      readonly id: ObjectId;
      readonly stack: string;
      readonly canary: ObjectId;
      readonly state: "started" | "pausing" | "asking" | "passed" | "failed" | "stopped";
      readonly message: string;
    }
  /** A value that is made in the middle of the run: a token, a pause. Nothing of the value itself is in it. */
  | {
      readonly type: "value";
      readonly stack: string;
      /** `time_sleep.settle` */
      readonly address: string;
      readonly action: GeneratedItem["action"];
      readonly state: "started" | "waiting" | "made" | "failed" | "skipped";
      readonly message: string;
    }
  | { readonly type: "kept"; readonly id: ObjectId; readonly stack: string; readonly why: string }
  | { readonly type: "interrupted"; readonly how: "drain" | "now"; readonly resume: string }
  | {
      readonly type: "error";
      readonly code: string;
      readonly message: string;
      readonly remedy: string;
      readonly position?: SourcePosition;
    }
  | {
      readonly type: "finished";
      readonly ok: boolean;
      readonly exitCode: ExitCode;
      readonly counts: RunCounts;
      readonly revision?: number;
    };

/** What a use case gives back: the only source of the exit code. */
export interface RunResult {
  readonly ok: boolean;
  readonly exitCode: ExitCode;
  readonly counts: RunCounts;
  /** Of the run in the history; absent where it changed nothing. */
  readonly revision?: number;
}

export type Emit = (event: RunEventBody) => void;
