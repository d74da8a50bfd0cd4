import type { ObjectId } from "../model/ids.ts";
import { objectKey } from "../model/ids.ts";
import type { ObjectRow, RowCounts, RowState, RunState, StackRow } from "./state.ts";
import { noRows } from "./state.ts";

/** Changes one row (made if it is new) and everything that is counted over rows, without looking at any other row. */
export function changeRow(
  state: RunState,
  id: ObjectId,
  stack: string,
  change: (row: ObjectRow) => ObjectRow,
): RunState {
  const key = objectKey(id);
  const known = state.objects.get(key);
  const before = known ?? newRow(state, id, stack);
  const changed = change(before);
  if (known !== undefined && changed === known) return state;
  const moved = changed.state !== before.state || changed.reason !== before.reason;
  const ended = changed.state === "done" || changed.state === "failed";
  const after: ObjectRow = {
    ...changed,
    since: moved ? state.t : before.since,
    endedAt: !ended ? null : changed.state === before.state ? (before.endedAt ?? state.t) : state.t,
  };
  const was = known?.state ?? null;
  const row = state.stacks.get(after.stack) ?? newStack(after.stack, null);
  return {
    ...state,
    objects: state.objects.set(key, after),
    counts: recount(state.counts, was, after.state),
    stacks: withStack(state.stacks, {
      ...row,
      counts: recount(row.counts, was, after.state),
      startedAt: row.startedAt ?? after.startedAt,
    }),
  };
}

export function withStack(stacks: ReadonlyMap<string, StackRow>, stack: StackRow): ReadonlyMap<string, StackRow> {
  return new Map(stacks).set(stack.name, stack);
}

export function newStack(name: string, file: string | null): StackRow {
  return { name, file, counts: noRows, startedAt: null, readyMs: null };
}

function newRow(state: RunState, id: ObjectId, stack: string): ObjectRow {
  return { ...initialRow(id, stack), order: state.objects.size, since: state.t };
}

/** An object of which nothing is known yet. */
export function initialRow(id: ObjectId, stack: string): ObjectRow {
  return {
    key: objectKey(id),
    id,
    stack,
    order: 0,
    action: null,
    state: "waiting",
    phase: "pending",
    ready: null,
    total: null,
    reason: "",
    message: "",
    remedy: "",
    notes: [],
    position: null,
    verdict: null,
    since: 0,
    startedAt: null,
    endedAt: null,
  };
}

function recount(counts: RowCounts, was: RowState | null, is: RowState): RowCounts {
  if (was === is) return counts;
  if (was === null) return { ...counts, all: counts.all + 1, [is]: counts[is] + 1 };
  return { ...counts, [was]: counts[was] - 1, [is]: counts[is] + 1 };
}
