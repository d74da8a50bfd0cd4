import type { SourcePosition } from "../../model/errors.ts";
import type { StepName } from "../../model/events.ts";
import type { ObjectId } from "../../model/ids.ts";
import type { PlanAction } from "../../model/plan.ts";
import type { Verdict } from "../../model/status.ts";
import type { RowState, RunState } from "../../progress/state.ts";
import { rowsInOrder } from "../../progress/state.ts";
import { type PlanDocument, planDocument } from "../plan-document.ts";

/** When the run began, RFC 3339: the events know only the time since then. */
export interface ReportFacts {
  readonly startedAt: string;
}

interface ReportObject {
  readonly id: ObjectId;
  readonly stack: string;
  readonly action: PlanAction | null;
  readonly state: RowState;
  readonly ready: number | null;
  readonly total: number | null;
  readonly reason: string;
  readonly message: string;
  /** ms since the run began; null where it was not sent, or is not at its end. */
  readonly startedMs: number | null;
  readonly endedMs: number | null;
  readonly position: SourcePosition | null;
  readonly verdict: Verdict | null;
  readonly remedy: string;
}

/**
 * A whole run as one JSON document: what `--report FILE.json` writes. Nothing secret: the state holds none. Version 1
 * (docs/adr/0001-events.md).
 */
export interface ReportDocument {
  readonly v: 1;
  readonly type: "report";
  readonly command: RunState["command"];
  readonly project: string;
  readonly cluster: string;
  readonly startedAt: string;
  readonly ms: number;
  /** null while the run is not over, or when it was killed. */
  readonly result: RunState["result"];
  readonly steps: readonly {
    readonly step: StepName;
    readonly label: string;
    readonly startedMs: number;
    readonly ms: number | null;
  }[];
  readonly stacks: readonly { readonly name: string; readonly file: string | null; readonly readyMs: number | null }[];
  readonly objects: readonly ReportObject[];
  readonly warnings: RunState["warnings"];
  readonly errors: RunState["errors"];
  readonly outputs: RunState["outputs"];
  readonly endpoints: RunState["endpoints"];
  readonly kept: RunState["kept"];
  readonly plan: PlanDocument | null;
}

export function reportDocument(state: RunState, facts: ReportFacts): ReportDocument {
  return {
    v: 1,
    type: "report",
    command: state.command,
    project: state.project,
    cluster: state.cluster,
    startedAt: facts.startedAt,
    ms: state.t,
    result: state.result,
    steps: state.steps.map(({ step, label, startedAt, ms }) => ({ step, label, startedMs: startedAt, ms })),
    stacks: [...state.stacks.values()].map(({ name, file, readyMs }) => ({ name, file, readyMs })),
    objects: rowsInOrder(state).map(
      (row): ReportObject => ({
        id: row.id,
        stack: row.stack,
        action: row.action,
        state: row.state,
        ready: row.ready,
        total: row.total,
        reason: row.reason,
        message: row.message,
        startedMs: row.startedAt,
        endedMs: row.endedAt,
        position: row.position,
        verdict: row.verdict,
        remedy: row.remedy,
      }),
    ),
    warnings: state.warnings,
    errors: state.errors,
    outputs: state.outputs,
    endpoints: state.endpoints,
    kept: state.kept,
    plan: state.plan === null ? null : planDocument(state.plan),
  };
}
