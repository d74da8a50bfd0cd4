import type { ObjectKey } from "../../model/ids.ts";
import { assertNever } from "../../model/json.ts";

/** What the person at the terminal looks at. The overview chooses by itself what is worth the lines. */
export type Pane =
  | { readonly name: "overview" }
  | { readonly name: "list" }
  | { readonly name: "plan" }
  | { readonly name: "help" }
  | { readonly name: "detail"; readonly object: ObjectKey }
  | { readonly name: "logs"; readonly object: ObjectKey };

/** Pure: the terminal's side of the live view, beside the state of the run. */
export interface Look {
  readonly pane: Pane;
  /** Line of the list that keys act on; `stack NAME` or an object's key. null: the first. */
  readonly cursor: string | null;
  /** Stacks that somebody opened or closed; the others are open while something in them moves or fails. */
  readonly open: ReadonlyMap<string, boolean>;
  readonly failingOnly: boolean;
  /** First line shown of a pane that scrolls; Infinity stays at the end. */
  readonly scroll: number;
}

export const firstLook: Look = {
  pane: { name: "overview" },
  cursor: null,
  open: new Map(),
  failingOnly: false,
  scroll: 0,
};

export type KeyName =
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "home"
  | "end"
  | "enter"
  | "back"
  | "filter"
  | "verdict"
  | "logs"
  | "plan"
  | "help"
  | "quit";

/** One line of the list. */
export type ListEntry =
  | { readonly type: "stack"; readonly id: string; readonly name: string; readonly open: boolean }
  | { readonly type: "object"; readonly id: ObjectKey; readonly failed: boolean };

export interface LookFacts {
  /** Lines of the list as it is now. */
  readonly entries: readonly ListEntry[];
  /** Every object with a verdict, in the order of the list, also those in closed stacks. */
  readonly failed: readonly ObjectKey[];
  /** Lines of the pane that scrolls, and how many of them fit. */
  readonly lines: number;
  readonly page: number;
}

/** What a key does. `quit` on the outermost pane is for the caller: the look stays. */
export function press(look: Look, key: KeyName, facts: LookFacts): Look {
  switch (key) {
    case "up":
      return move(look, -1, facts);
    case "down":
      return move(look, 1, facts);
    case "page-up":
      return move(look, -facts.page, facts);
    case "page-down":
      return move(look, facts.page, facts);
    case "home":
      return move(look, Number.NEGATIVE_INFINITY, facts);
    case "end":
      return move(look, Number.POSITIVE_INFINITY, facts);
    case "enter":
      return enter(look, facts);
    case "back":
      return back(look);
    case "filter":
      return { ...look, pane: { name: "list" }, failingOnly: !look.failingOnly, cursor: null };
    case "verdict":
      return nextVerdict(look, facts);
    case "logs": {
      const object = chosen(look, facts);
      return object === null ? look : { ...look, pane: { name: "logs", object }, scroll: Number.POSITIVE_INFINITY };
    }
    case "plan":
      return { ...look, pane: { name: "plan" }, scroll: 0 };
    case "help":
      return look.pane.name === "help" ? back(look) : { ...look, pane: { name: "help" }, scroll: 0 };
    case "quit":
      return look;
    default:
      return assertNever(key);
  }
}

/** The line of the list that keys act on; -1 for an empty list. */
export function cursorIndex(look: Look, entries: readonly ListEntry[]): number {
  const at = entries.findIndex(({ id }) => id === look.cursor);
  return at >= 0 ? at : entries.length === 0 ? -1 : 0;
}

/** The first line that is shown of a pane that scrolls. */
export function firstLine(look: Look, { lines, page }: Pick<LookFacts, "lines" | "page">): number {
  return Math.max(0, Math.min(look.scroll, lines - page));
}

function move(look: Look, by: number, facts: LookFacts): Look {
  const { pane } = look;
  // The first arrow leaves the overview: from then on the person chooses what is shown.
  if (pane.name === "overview") return { ...look, pane: { name: "list" } };
  if (pane.name === "list") {
    const last = facts.entries.length - 1;
    const to = Math.max(0, Math.min(last, cursorIndex(look, facts.entries) + by));
    return { ...look, cursor: facts.entries[to]?.id ?? null };
  }
  const end = Math.max(0, facts.lines - facts.page);
  const to = Math.max(0, Math.min(end, firstLine(look, facts) + by));
  // A log that is read at its end stays there.
  return { ...look, scroll: to === end && pane.name === "logs" ? Number.POSITIVE_INFINITY : to };
}

function enter(look: Look, facts: LookFacts): Look {
  if (look.pane.name === "overview") return { ...look, pane: { name: "list" } };
  if (look.pane.name !== "list") return look;
  const entry = facts.entries[cursorIndex(look, facts.entries)];
  if (entry === undefined) return look;
  if (entry.type === "stack")
    return { ...look, cursor: entry.id, open: new Map(look.open).set(entry.name, !entry.open) };
  return { ...look, cursor: entry.id, pane: { name: "detail", object: entry.id }, scroll: 0 };
}

function back(look: Look): Look {
  switch (look.pane.name) {
    case "overview":
    case "list":
      return { ...firstLook, open: look.open };
    case "plan":
    case "help":
      return { ...look, pane: { name: look.cursor === null ? "overview" : "list" } };
    case "detail":
    case "logs":
      return { ...look, pane: { name: "list" } };
    default:
      return assertNever(look.pane);
  }
}

function nextVerdict(look: Look, { failed }: LookFacts): Look {
  if (failed.length === 0) return look;
  const current = look.pane.name === "detail" ? failed.indexOf(look.pane.object) : -1;
  const object = failed[(current + 1) % failed.length];
  return object === undefined ? look : { ...look, cursor: object, pane: { name: "detail", object }, scroll: 0 };
}

function chosen(look: Look, facts: LookFacts): ObjectKey | null {
  const { pane } = look;
  if (pane.name === "detail" || pane.name === "logs") return pane.object;
  if (pane.name !== "list") return facts.failed[0] ?? null;
  const entry = facts.entries[cursorIndex(look, facts.entries)];
  return entry?.type === "object" ? entry.id : null;
}
