import type { SourcePosition } from "../model/errors.ts";
import type { ExitCode, RunCounts, StepName } from "../model/events.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import type { Plan, PlanAction } from "../model/plan.ts";
import type { Phase, Verdict } from "../model/status.ts";
import { PersistentMap } from "./persistent-map.ts";

/**
 * Where one object stands in this run. waiting: its turn has not come. applying: the request is under way. tracking:
 * sent, not ready yet. done: ready, gone, or unchanged. skipped: not tried, because something before it failed.
 */
export type RowState = "waiting" | "applying" | "tracking" | "done" | "failed" | "skipped";

/** What is known of one object. Times are ms since the run began, as in events. */
export interface ObjectRow {
  readonly key: ObjectKey;
  readonly id: ObjectId;
  readonly stack: string;
  /** Counts up in the order in which objects were first heard of. */
  readonly order: number;
  /** null for an object that no plan named. */
  readonly action: PlanAction | null;
  readonly state: RowState;
  readonly phase: Phase;
  readonly ready: number | null;
  readonly total: number | null;
  /** CamelCase; "" when there is none. */
  readonly reason: string;
  /** One sentence; "" when there is none. */
  readonly message: string;
  readonly remedy: string;
  readonly notes: readonly string[];
  readonly position: SourcePosition | null;
  readonly verdict: Verdict | null;
  /** When state or reason last changed. */
  readonly since: number;
  /** When it was first sent; null while it was not. */
  readonly startedAt: number | null;
  /** When it was last done or failed; null while it is neither. */
  readonly endedAt: number | null;
}

export type RowCounts = Readonly<Record<RowState, number>> & { readonly all: number };

export interface StackRow {
  readonly name: string;
  /** null when only the inventory knows it, or no plan was seen. */
  readonly file: string | null;
  readonly counts: RowCounts;
  readonly startedAt: number | null;
  /** How long it took to become ready; null while it is not. */
  readonly readyMs: number | null;
}

interface StepRow {
  readonly step: StepName;
  readonly label: string;
  readonly startedAt: number;
  /** null while it runs. */
  readonly ms: number | null;
  readonly message: string;
  /** What it said before, the oldest first: a cluster's creation has steps of its own. */
  readonly done: readonly string[];
  readonly note: string;
}

/** A value that is being made in the middle of the run. */
interface ValueRow {
  readonly stack: string;
  readonly address: string;
  /** What it is at; "" when there is nothing to say. */
  readonly message: string;
  readonly startedAt: number;
}

interface OutputRow {
  readonly stack: string;
  readonly name: string;
  /** `(sensitive)` in place of a sensitive value: the state never holds one. */
  readonly value: unknown;
  readonly sensitive: boolean;
}

interface ErrorRow {
  readonly message: string;
  readonly remedy: string;
  readonly position: SourcePosition | null;
}

/** All that a view shows of a run, as of the last event. Immutable; successive states share what did not change. */
export interface RunState {
  /** Time of the last event. */
  readonly t: number;
  readonly command: "up" | "apply" | "rollback" | "down" | "plan" | "status" | null;
  readonly project: string;
  readonly cluster: string;
  readonly steps: readonly StepRow[];
  readonly plan: Plan | null;
  readonly approval: "none" | "requested" | "approved" | "rejected";
  /** When the question was asked, while nobody has answered; null otherwise. */
  readonly askedAt: number | null;
  /** How long answers took: no time of the run's own. */
  readonly askedMs: number;
  readonly objects: PersistentMap<ObjectRow>;
  readonly stacks: ReadonlyMap<string, StackRow>;
  readonly counts: RowCounts;
  /** Values that are being made. */
  readonly values: readonly ValueRow[];
  readonly warnings: readonly { readonly message: string; readonly id: ObjectId | null }[];
  readonly outputs: readonly OutputRow[];
  readonly endpoints: readonly { readonly stack: string; readonly url: string; readonly of: ObjectId }[];
  readonly kept: readonly { readonly stack: string; readonly id: ObjectId; readonly why: string }[];
  readonly interrupted: { readonly how: "drain" | "now"; readonly resume: string } | null;
  /** A failed run went back; `failures` are what had failed by then, `ok` is null while it goes on. */
  readonly rollback: {
    readonly to: number;
    readonly ok: boolean | null;
    readonly failures: readonly ObjectRow[];
  } | null;
  readonly errors: readonly ErrorRow[];
  readonly result: { readonly ok: boolean; readonly exitCode: ExitCode; readonly counts: RunCounts } | null;
}

export const noRows: RowCounts = { all: 0, waiting: 0, applying: 0, tracking: 0, done: 0, failed: 0, skipped: 0 };

export function initialRunState(): RunState {
  return {
    t: 0,
    command: null,
    project: "",
    cluster: "",
    steps: [],
    plan: null,
    approval: "none",
    askedAt: null,
    askedMs: 0,
    objects: PersistentMap.empty(),
    stacks: new Map(),
    counts: noRows,
    values: [],
    warnings: [],
    outputs: [],
    endpoints: [],
    kept: [],
    interrupted: null,
    rollback: null,
    errors: [],
    result: null,
  };
}

/** What a clock of the run shows at `t`: it stands still while a question is open. */
export function ownTime(state: RunState, t: number): number {
  return (state.askedAt ?? t) - state.askedMs;
}

/** Rows in the order in which they were first heard of. */
export function rowsInOrder(state: RunState): ObjectRow[] {
  return [...state.objects.values()].sort((a, b) => a.order - b.order);
}
