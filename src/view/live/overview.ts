import type { RunState, StackRow } from "../../progress/state.ts";
import { formatDuration } from "../duration.ts";
import type { Line, Span } from "../line.ts";
import { pad, tone, widthOf } from "../line.ts";
import type { Symbols } from "../style.ts";
import { symbolsOf } from "../style.ts";
import { type FrameOptions, footer, header, spinner, stepLines, valueLines } from "./edges.ts";
import type { RowBlock } from "./rows.ts";
import { nameOf, rowBlock, rowsByStack } from "./rows.ts";

/**
 * One frame of the live view. Never taller than rows - 1: a taller frame makes Ink clear the whole screen each time.
 * Failing objects come first, then those on their way; finished stacks take one line; what does not fit is counted.
 */
export function liveFrame(state: RunState, options: FrameOptions): Line[] {
  const symbols = symbolsOf(options.style);
  const height = Math.max(2, options.rows - 1);
  const top = [header(state, symbols, options)];
  const foot = [...footer(state, symbols, options), ...keysLine(state, options)];
  const free = height - top.length - foot.length;
  const values = valueLines(state, symbols, options, free);
  const steps = [...stepLines(state, symbols, options, free - values.length), ...values];
  const room = height - top.length - foot.length - steps.length;
  const body = room > 0 ? stackLines(state, symbols, options, room) : [];
  return [...top, ...steps, ...body, ...foot].slice(0, height);
}

/** Where there is room to spare, and nothing else is asked. */
function keysLine(state: RunState, options: FrameOptions): Line[] {
  if (options.rows < 16 || options.question !== null || state.counts.all === 0 || state.interrupted !== null) return [];
  return [[tone("dim", "Enter list  v verdict  l logs  ? keys  q leave")]];
}

function stackLines(state: RunState, symbols: Symbols, options: FrameOptions, room: number): Line[] {
  const rows = rowsByStack(state);
  const stacks = [...state.stacks.values()];
  const open = stacks.filter((s) => !isFinished(s) && (s.counts.failed > 0 || s.startedAt !== null || isMoving(s)));
  const finished = stacks.filter(isFinished);
  const waiting = stacks.filter((s) => !isFinished(s) && !open.includes(s));
  // Headings of quiet stacks are merged when they would take more than half of the screen.
  const merged = stacks.length > Math.max(3, room / 2);
  const quiet: Line[] = merged
    ? [
        ...mergedLine(finished, finishedWord(state), tone("good", symbols.done)),
        ...mergedLine(waiting, "waiting", symbols.waiting),
      ]
    : [];
  let left = room - quiet.length - (merged ? 0 : finished.length + waiting.length);
  const byNeed = [...open].sort((a, b) => Number(b.counts.failed > 0) - Number(a.counts.failed > 0));
  const shownOpen = byNeed.slice(0, Math.max(1, Math.floor(left / 2)));
  if (shownOpen.length < open.length) left -= 1;
  left -= shownOpen.length;
  const picked = pick(shownOpen, rows, symbols, options, left);
  const column = Math.min(
    Math.max(0, ...[...picked.values()].flat().map((b) => widthOf(nameOf(b.row)))),
    Math.min(60, Math.floor(options.columns * (options.columns < 100 ? 0.42 : 0.45))),
  );
  const one = (stack: StackRow): Line[] => {
    if (isFinished(stack)) return merged ? [] : [finishedLine(stack, finishedWord(state), symbols, options)];
    if (!shownOpen.includes(stack)) return open.includes(stack) || merged ? [] : [waitingLine(stack, symbols)];
    const blocks = picked.get(stack.name) ?? [];
    return [openLine(stack, blocks, symbols, options), ...blocks.flatMap((block) => block.lines(column))];
  };
  const more = open.length - shownOpen.length;
  return [
    ...(merged ? quiet.slice(0, finished.length > 0 ? 1 : 0) : []),
    ...stacks.flatMap(one),
    ...(more > 0 ? [[tone("dim", `${symbols.ellipsis} ${more} more stacks under way`)]] : []),
    ...(merged ? quiet.slice(finished.length > 0 ? 1 : 0) : []),
  ];
}

/** Fills the lines that are left with rows, over all stacks, in the order of their weight. */
function pick(
  stacks: readonly StackRow[],
  rows: ReturnType<typeof rowsByStack>,
  symbols: Symbols,
  options: FrameOptions,
  room: number,
): Map<string, RowBlock[]> {
  const mark = spinner(symbols, options);
  // Every stack shows its first rows before any shows its last.
  const ranked = stacks.flatMap((stack) => {
    const sorted = (rows.get(stack.name) ?? []).sort((a, b) => a.weight - b.weight || a.row.order - b.row.order);
    return sorted.map((weighed, rank) => ({ ...weighed, rank }));
  });
  const candidates = ranked.sort((a, b) => a.weight - b.weight || a.rank - b.rank || a.row.order - b.row.order);
  const picked = new Map<string, RowBlock[]>();
  let left = room;
  for (const { row } of candidates) {
    if (left <= 0) break;
    // One failure must not push all others out: its details may take a third of what is there.
    const block = rowBlock(row, {
      ...options,
      symbols,
      spinner: mark,
      detailLines: Math.min(left - 1, Math.max(1, Math.floor(room / 3))),
    });
    left -= block.height;
    picked.set(row.stack, [...(picked.get(row.stack) ?? []), block]);
  }
  return picked;
}

function isFinished(stack: StackRow): boolean {
  const c = stack.counts;
  return (
    c.failed === 0 &&
    c.skipped === 0 &&
    (stack.readyMs !== null ? c.tracking + c.applying === 0 : c.all > 0 && c.done === c.all)
  );
}

function isMoving(stack: StackRow): boolean {
  return stack.counts.applying + stack.counts.tracking + stack.counts.skipped > 0;
}

function finishedWord(state: RunState): string {
  return state.command === "down" ? "deleted" : "ready";
}

function finishedLine(stack: StackRow, word: string, symbols: Symbols, options: FrameOptions): Line {
  const took = stack.readyMs === null ? "" : `  ${formatDuration(stack.readyMs)}`;
  const name = pad(stack.name, Math.min(24, Math.floor(options.columns / 3)));
  return [tone("good", symbols.done), ` ${name}  `, `${stack.counts.done} ${word}`, tone("dim", took)];
}

function waitingLine(stack: StackRow, symbols: Symbols): Line {
  return [tone("dim", `${symbols.waiting} ${stack.name}  ${stack.counts.all} waiting`)];
}

function mergedLine(stacks: readonly StackRow[], word: string, mark: Span): Line[] {
  if (stacks.length === 0) return [];
  const objects = stacks.reduce((sum, s) => sum + s.counts.all, 0);
  return [
    [mark, ` ${stacks.length} stack${stacks.length === 1 ? "" : "s"} ${word}`, tone("dim", `  ${objects} objects`)],
  ];
}

function openLine(stack: StackRow, blocks: readonly RowBlock[], symbols: Symbols, options: FrameOptions): Line {
  const failed = stack.counts.failed > 0;
  const mark = failed ? tone("bad", symbols.failed) : tone("accent", spinner(symbols, options));
  return [
    mark,
    " ",
    tone("strong", stack.name),
    tone("dim", `  ${stack.counts.done}/${stack.counts.all}${hidden(stack, blocks, symbols)}`),
  ];
}

/** What the stack holds beyond the rows that are shown. */
function hidden(stack: StackRow, blocks: readonly RowBlock[], symbols: Symbols): string {
  const count = (state: string) => blocks.filter((b) => b.row.state === state).length;
  const c = stack.counts;
  const parts = [
    [c.failed - count("failed"), "failed"],
    [c.applying + c.tracking - count("applying") - count("tracking"), "under way"],
    [c.done - count("done"), "done"],
    [c.waiting - count("waiting"), "waiting"],
    [c.skipped - count("skipped"), "skipped"],
  ] as const;
  const words = parts.filter(([n]) => n > 0).map(([n, word]) => `${n} ${word}`);
  return words.length === 0 ? "" : `  ${symbols.ellipsis} ${words.join(", ")}`;
}
