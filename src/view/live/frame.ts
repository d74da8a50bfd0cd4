import type { ObjectKey } from "../../model/ids.ts";
import { describeId } from "../../model/ids.ts";
import { assertNever } from "../../model/json.ts";
import type { ObjectRow, RunState } from "../../progress/state.ts";
import type { Line } from "../line.ts";
import { cut, pad, tone, widthOf } from "../line.ts";
import type { Symbols } from "../style.ts";
import { symbolsOf } from "../style.ts";
import { verdictLines } from "../verdict-lines.ts";
import { type FrameOptions, footer, header } from "./edges.ts";
import { HELP } from "./keys.ts";
import { listing, listLines } from "./list.ts";
import type { Look, LookFacts } from "./look.ts";
import { liveFrame } from "./overview.ts";
import { pageOf, scrollFrame } from "./scrolling.ts";

/** What a frame shows beside the state of the run. */
export interface FrameContent {
  /** The plan as it was printed, for the pane and for the question. */
  readonly plan: readonly Line[];
  /** Lines of the log that is followed. */
  readonly log: readonly Line[];
}

/**
 * One frame, whatever pane it shows. Never taller than rows - 1: a taller frame makes Ink clear the whole screen each
 * time.
 */
export function frameOf(state: RunState, look: Look, content: FrameContent, options: FrameOptions): Line[] {
  const scrolled = scrolledPane(state, look, content, options);
  if (scrolled !== null) return scrollFrame(scrolled.lines, look, { rows: options.rows, ...scrolled });
  if (look.pane.name === "overview") return liveFrame(state, options);
  const symbols = symbolsOf(options.style);
  const foot = [...footer(state, symbols, options), hint("list", symbols, options)];
  const room = Math.max(1, options.rows - 1 - 1 - foot.length);
  const list = listLines(state, look, listing(state, look), symbols, options, room);
  return [header(state, symbols, options), ...list, ...foot].slice(0, Math.max(2, options.rows - 1));
}

/** What keys need to know of the frame that is on the screen. */
export function lookFacts(state: RunState, look: Look, content: FrameContent, options: FrameOptions): LookFacts {
  const { entries, failed } = listing(state, look);
  const scrolled = scrolledPane(state, look, content, options);
  if (scrolled === null) return { entries, failed, lines: 0, page: Math.max(1, options.rows - 4) };
  return { entries, failed, lines: scrolled.lines.length, page: pageOf({ rows: options.rows, foot: scrolled.foot }) };
}

interface ScrolledPane {
  readonly title: Line;
  readonly lines: readonly Line[];
  readonly foot: readonly Line[];
}

/** null for panes that do not scroll. A question is asked below the plan that it is about. */
function scrolledPane(state: RunState, look: Look, content: FrameContent, options: FrameOptions): ScrolledPane | null {
  const symbols = symbolsOf(options.style);
  const row = (key: ObjectKey): ObjectRow | null => state.objects.get(key) ?? null;
  const titled = (key: ObjectKey, what: string): Line => {
    const found = row(key);
    return [tone("strong", found === null ? key : describeId(found.id)), tone("dim", `  ${what}`)];
  };
  if (options.question !== null) {
    const keys = content.plan.length > options.rows - 3 ? [hint("question", symbols, options)] : [];
    return {
      title: [tone("strong", "Plan")],
      lines: content.plan,
      foot: [...keys, ...footer(state, symbols, options)],
    };
  }
  const foot = [hint("pane", symbols, options)];
  switch (look.pane.name) {
    case "overview":
    case "list":
      return null;
    case "plan":
      return { title: [tone("strong", "Plan")], lines: content.plan, foot };
    case "help":
      return { title: [tone("strong", "Keys")], lines: helpLines(), foot };
    case "detail": {
      const found = row(look.pane.object);
      return { title: titled(look.pane.object, found?.stack ?? ""), lines: detailLines(found, options), foot };
    }
    case "logs":
      return { title: titled(look.pane.object, "logs"), lines: content.log, foot };
    default:
      return assertNever(look.pane);
  }
}

function detailLines(row: ObjectRow | null, options: FrameOptions): Line[] {
  if (row === null) return [];
  if (row.state === "failed")
    return verdictLines(row, { ...options.style, columns: options.columns, logLines: 100 }).slice(1);
  const count = row.total === null ? "" : ` ${row.ready ?? 0}/${row.total}`;
  return [
    [`${row.state}${count}`],
    ...(row.message === "" ? [] : [[row.message]]),
    ...row.notes.map((note): Line => [tone("dim", note)]),
  ];
}

function helpLines(): Line[] {
  const width = Math.max(...HELP.map(([keys]) => widthOf(keys)));
  return HELP.map(([keys, what]): Line => [`  ${pad(keys, width)}  `, what]);
}

const hints = {
  list: "↑↓ choose  Enter open  f failing  v verdict  l logs  p plan  Esc overview  ? keys  q leave",
  pane: "↑↓ PgUp PgDn scroll  Esc back  ? keys",
  question: "↑↓ PgUp PgDn scroll the plan",
} as const;

function hint(pane: keyof typeof hints, symbols: Symbols, options: FrameOptions): Line {
  const text = options.style.unicode ? hints[pane] : hints[pane].replace("↑↓", "j k");
  return [tone("dim", cut(text, options.columns, symbols.ellipsis))];
}
