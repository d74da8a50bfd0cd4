import type { RunEvent } from "../model/events.ts";
import type { Plan, PlanAction, PlanItem } from "../model/plan.ts";
import { SENSITIVE } from "../model/secrets.ts";
import type { ObjectStatus } from "../model/status.ts";
import { changeRow, newStack, withStack } from "./rows.ts";
import { type ObjectRow, type RowState, type RunState, rowsInOrder } from "./state.ts";

/** Of what a step said before; no view has room for more. */
const MOST_DONE = 50;

/**
 * The state after one more event. Costs the same whatever the number of objects, but for `planned` and `stack-ready`,
 * which look at the objects that they name. A variant that this version does not know changes nothing but the time.
 */
export function reduce(before: RunState, event: RunEvent): RunState {
  const state: RunState = { ...before, t: event.t };
  switch (event.type) {
    case "started":
      return { ...state, command: event.command, project: event.project, cluster: event.cluster };
    case "step-started":
      return {
        ...state,
        steps: [
          ...state.steps,
          { step: event.step, label: event.label, startedAt: event.t, ms: null, message: "", done: [], note: "" },
        ],
      };
    case "step-progress":
      return changeStep(state, event.step, ({ message, done }) => ({
        message: event.message,
        done: message === "" || message === event.message ? done : [...done, message].slice(-MOST_DONE),
      }));
    case "step-finished":
      return changeStep(state, event.step, () => ({ ms: event.ms, note: event.note, message: "", done: [] }));
    case "planned":
      return planned(state, event.plan);
    case "rolling-back": {
      const failures = rowsInOrder(state).filter((row) => row.state === "failed");
      return { ...state, rollback: { to: event.to, ok: null, failures } };
    }
    case "rolled-back":
      return { ...state, rollback: { to: event.to, ok: event.ok, failures: state.rollback?.failures ?? [] } };
    case "approval-requested":
      return { ...state, approval: "requested", askedAt: event.t };
    case "approved":
      return answered(state, "approved");
    case "rejected":
      return answered(state, "rejected");
    case "object-started":
      return changeRow(state, event.id, event.stack, (row) => ({
        ...row,
        action: event.action,
        state: "applying",
        startedAt: row.startedAt ?? event.t,
        position: event.position ?? row.position,
      }));
    case "object-applied":
      return changeRow(state, event.id, event.stack, (row) => ({
        ...row,
        action: event.action,
        state: endsWhenApplied(event.action)
          ? "done"
          : row.state === "done" || row.state === "failed"
            ? row.state
            : "tracking",
        phase: endsWhenApplied(event.action) ? "gone" : row.phase,
      }));
    case "canary":
      return changeRow(state, event.id, event.stack, (row) => ({ ...row, message: event.message }));
    case "value":
      return { ...state, values: valuesAfter(state, event) };
    case "object-failed":
      return changeRow(state, event.id, event.stack, (row) => ({
        ...row,
        action: event.action,
        state: "failed",
        phase: "failed",
        message: event.message,
        remedy: event.remedy,
        position: event.position ?? row.position,
      }));
    case "object-skipped":
      return changeRow(state, event.id, event.stack, (row) => ({ ...row, state: "skipped", message: event.because }));
    case "object-status":
      return changeRow(state, event.status.id, event.stack, (row) => withStatus(row, event.status));
    case "verdict":
      return changeRow(state, event.verdict.id, event.stack, (row) => ({
        ...row,
        state: "failed",
        phase: "failed",
        message: event.verdict.message,
        remedy: event.verdict.remedy,
        verdict: event.verdict,
        position: event.position ?? row.position,
      }));
    case "stack-ready":
      return stackReady(state, event.stack, event.ms);
    case "warning":
      return { ...state, warnings: [...state.warnings, { message: event.message, id: event.id ?? null }] };
    case "output":
      return {
        ...state,
        outputs: [
          ...state.outputs.filter((o) => o.stack !== event.stack || o.name !== event.name),
          {
            stack: event.stack,
            name: event.name,
            value: event.sensitive ? SENSITIVE : event.value,
            sensitive: event.sensitive,
          },
        ],
      };
    case "endpoint":
      return { ...state, endpoints: [...state.endpoints, { stack: event.stack, url: event.url, of: event.of }] };
    case "kept":
      return { ...state, kept: [...state.kept, { stack: event.stack, id: event.id, why: event.why }] };
    case "interrupted":
      return { ...state, interrupted: { how: event.how, resume: event.resume } };
    case "error": {
      const { message, remedy, position = null } = event;
      return { ...state, errors: [...state.errors, { message, remedy, position }] };
    }
    case "finished":
      return { ...state, result: { ok: event.ok, exitCode: event.exitCode, counts: event.counts } };
    default: {
      // Not assertNever: the format promises that readers pass over variants of a later version.
      const unknown: never = event;
      void unknown;
      return state;
    }
  }
}

function valuesAfter(state: RunState, event: Extract<RunEvent, { type: "value" }>): RunState["values"] {
  const { stack, address, message } = event;
  const isThis = (row: RunState["values"][number]) => row.stack === stack && row.address === address;
  const others = state.values.filter((row) => !isThis(row));
  if (event.state !== "started" && event.state !== "waiting") return others;
  const startedAt = state.values.find(isThis)?.startedAt ?? event.t;
  return [...others, { stack, address, message, startedAt }];
}

type Step = RunState["steps"][number];

function changeStep(state: RunState, step: string, change: (row: Step) => Partial<Step>): RunState {
  const at = state.steps.findLastIndex((s) => s.step === step);
  const row = state.steps[at];
  return row === undefined ? state : { ...state, steps: state.steps.with(at, { ...row, ...change(row) }) };
}

function answered(state: RunState, approval: "approved" | "rejected"): RunState {
  const waited = state.askedAt === null ? 0 : state.t - state.askedAt;
  return { ...state, approval, askedAt: null, askedMs: state.askedMs + waited };
}

/** A delete counts as done when it is accepted; a status `terminating` that follows takes it back until it is gone. */
function endsWhenApplied(action: PlanAction): boolean {
  return action === "delete" || action === "forget";
}

function planned(before: RunState, plan: Plan): RunState {
  let state: RunState = { ...before, plan };
  for (const stack of plan.stacks) {
    const known = state.stacks.get(stack.name) ?? newStack(stack.name, null);
    state = { ...state, stacks: withStack(state.stacks, { ...known, file: stack.file }) };
    for (const item of stack.items) state = changeRow(state, item.id, item.stack, (row) => withItem(row, item));
  }
  return state;
}

function withItem(row: ObjectRow, item: PlanItem): ObjectRow {
  const state: RowState = item.action === "unchanged" ? "done" : "waiting";
  return {
    ...row,
    action: item.action,
    state: row.startedAt === null ? state : row.state,
    position: item.origin?.position ?? row.position,
  };
}

function withStatus(row: ObjectRow, status: ObjectStatus): ObjectRow {
  return {
    ...row,
    state: stateOf(row, status),
    phase: status.phase,
    ready: status.ready,
    total: status.total,
    reason: status.reason,
    message: status.message,
    notes: status.notes,
    // A rollout that recovers is no longer failed for the reason it was.
    verdict: status.phase === "failed" ? row.verdict : null,
    remedy: status.phase === "failed" ? row.remedy : "",
  };
}

function stateOf(row: ObjectRow, status: ObjectStatus): RowState {
  // Its deletion has been sent, and something holds it.
  if (row.state === "applying" && status.phase === "terminating") return "tracking";
  // Until its own change is sent, a status tells of the object as it was before this run.
  const unsent = row.state === "waiting" || row.state === "applying" || row.state === "skipped";
  if (row.action !== null && unsent) return row.state;
  switch (status.phase) {
    case "ready":
      return "done";
    case "gone":
      return row.action === "replace" ? "tracking" : "done";
    case "failed":
      return "failed";
    case "pending":
    case "progressing":
    case "terminating":
      return "tracking";
  }
}

/** Ready means that whatever was still followed in it is done, also objects that nobody reported on. */
function stackReady(before: RunState, name: string, ms: number): RunState {
  let state = before;
  for (const row of before.objects.values()) {
    if (row.stack !== name || row.state !== "tracking") continue;
    state = changeRow(state, row.id, name, (r) => ({ ...r, state: "done" }));
  }
  const stack = state.stacks.get(name) ?? newStack(name, null);
  return { ...state, stacks: withStack(state.stacks, { ...stack, readyMs: ms }) };
}
