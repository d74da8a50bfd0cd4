import type { ObjectRow, RunState } from "../progress/state.ts";
import { rowsInOrder } from "../progress/state.ts";

/** Objects that took long from their request to their end, the slowest first; at most ten, none under half a second. */
export function slowest(state: RunState): { readonly row: ObjectRow; readonly ms: number }[] {
  return rowsInOrder(state)
    .flatMap((row) =>
      row.startedAt === null || row.endedAt === null ? [] : [{ row, ms: row.endedAt - row.startedAt }],
    )
    .filter(({ ms }) => ms >= 500)
    .sort((a, b) => b.ms - a.ms)
    .slice(0, 10);
}
