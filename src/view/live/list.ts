import type { ObjectKey } from "../../model/ids.ts";
import type { ObjectRow, RunState, StackRow } from "../../progress/state.ts";
import { formatDuration } from "../duration.ts";
import type { Line } from "../line.ts";
import { tone, widthOf } from "../line.ts";
import type { Symbols } from "../style.ts";
import { type FrameOptions, spinner } from "./edges.ts";
import { cursorIndex, type ListEntry, type Look } from "./look.ts";
import { nameOf, rowBlock, rowsByStack } from "./rows.ts";

interface Listing {
  readonly entries: readonly ListEntry[];
  readonly failed: readonly ObjectKey[];
  readonly rows: ReadonlyMap<ObjectKey, ObjectRow>;
}

/** Stacks and, where one is open, its objects. With the filter: only what fails, and its stacks. */
export function listing(state: RunState, look: Look): Listing {
  const byStack = inOrder(rowsByStack(state));
  const rows = new Map([...byStack.values()].flat().map((row) => [row.key, row]));
  const entries: ListEntry[] = [];
  for (const stack of state.stacks.values()) {
    if (look.failingOnly && stack.counts.failed === 0) continue;
    const own = byStack.get(stack.name) ?? [];
    // A stack does not close under the cursor when its last object is ready.
    const chosen = own.some(({ key }) => key === look.cursor);
    const open = look.open.get(stack.name) ?? (look.failingOnly || chosen || isLively(stack));
    entries.push({ type: "stack", id: `stack ${stack.name}`, name: stack.name, open });
    if (!open) continue;
    for (const row of own) {
      const failed = row.state === "failed";
      if (!look.failingOnly || failed) entries.push({ type: "object", id: row.key, failed });
    }
  }
  const failed = [...state.stacks.keys()]
    .flatMap((name) => byStack.get(name) ?? [])
    .filter((r) => r.state === "failed");
  return { entries, failed: failed.map(({ key }) => key), rows };
}

/** What fails and what moves first, as in the overview. */
function inOrder(stacks: ReturnType<typeof rowsByStack>): Map<string, ObjectRow[]> {
  return new Map(
    [...stacks].map(([name, list]) => [
      name,
      list.sort((a, b) => a.weight - b.weight || a.row.order - b.row.order).map(({ row }) => row),
    ]),
  );
}

function isLively({ counts }: StackRow): boolean {
  return counts.failed + counts.tracking + counts.applying > 0;
}

/** A window on the list around the cursor, at most `room` lines. */
export function listLines(
  state: RunState,
  look: Look,
  { entries, rows }: Listing,
  symbols: Symbols,
  options: FrameOptions,
  room: number,
): Line[] {
  if (entries.length === 0)
    return [[tone("dim", look.failingOnly ? "Nothing fails. f shows everything." : "No objects yet.")]];
  const at = cursorIndex(look, entries);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), entries.length - room));
  const shown = entries.slice(from, from + room);
  const names = shown.flatMap(({ type, id }) => {
    const row = type === "object" ? rows.get(id) : undefined;
    return row === undefined ? [] : [widthOf(nameOf(row))];
  });
  const column = Math.min(Math.max(0, ...names), Math.floor(options.columns * (options.columns < 100 ? 0.42 : 0.35)));
  return shown.map((entry, i): Line => {
    const pointer = from + i === at ? tone("accent", symbols.pointer) : " ";
    return [pointer, ...entryLine(state, entry, rows, symbols, options, column)];
  });
}

function entryLine(
  state: RunState,
  entry: ListEntry,
  rows: ReadonlyMap<ObjectKey, ObjectRow>,
  symbols: Symbols,
  options: FrameOptions,
  column: number,
): Line {
  if (entry.type === "stack") {
    const stack = state.stacks.get(entry.name);
    return stack === undefined ? [] : stackLine(stack, entry.open, symbols, options);
  }
  const row = rows.get(entry.id);
  if (row === undefined) return [];
  const inner = {
    ...options,
    columns: options.columns - 1,
    symbols,
    spinner: spinner(symbols, options),
    detailLines: 0,
  };
  return rowBlock(row, inner).lines(column)[0] ?? [];
}

function stackLine(stack: StackRow, open: boolean, symbols: Symbols, options: FrameOptions): Line {
  const { failed, done, all, waiting } = stack.counts;
  const mark =
    failed > 0
      ? tone("bad", symbols.failed)
      : done === all
        ? tone("good", symbols.done)
        : waiting === all
          ? tone("dim", symbols.waiting)
          : tone("accent", spinner(symbols, options));
  const took = stack.readyMs === null ? "" : `  ${formatDuration(stack.readyMs)}`;
  const bad = failed > 0 ? [tone("bad", `  ${failed} failed`)] : [];
  const arrow = tone("dim", `${open ? symbols.opened : symbols.closed} `);
  return [arrow, mark, " ", tone("strong", stack.name), tone("dim", `  ${done}/${all}${took}`), ...bad];
}
