import type { FieldChange } from "../model/plan.ts";
import type { Line, Tone } from "./line.ts";
import { pad, tone, widthOf } from "./line.ts";
import { causeWords } from "./plan-words.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";
import type { DiffLine } from "./values.ts";
import { diffLines, formatShown } from "./values.ts";

export interface PlanTextOptions extends Style {
  /** Width of the terminal; Infinity where lines may be of any length. */
  readonly columns: number;
  /** Lists unchanged objects too. */
  readonly showUnchanged?: boolean;
  /** Shows every field of objects that are created, deleted or adopted. */
  readonly full?: boolean;
  /** The plan is of drift alone: what others did, and `up` would undo. */
  readonly drift?: boolean;
  /** ms since 1970, for "3 h ago"; without it the time itself is shown. */
  readonly now?: number;
}

const indent = "    ";

/** Changed fields of one object: `path  before → after`, paths aligned; texts of several lines as a small diff. */
export function fieldLines(changes: readonly FieldChange[], now: number | null, options: PlanTextOptions): Line[] {
  const short = changes.map((c) => widthOf(c.path)).filter((w) => w <= Math.min(options.columns, 120) * 0.5);
  const column = Math.max(0, ...short);
  const mixed = new Set(changes.map((c) => JSON.stringify(c.cause))).size > 1;
  return changes.flatMap((change) => {
    const cause = mixed ? causeWords(change.cause, now) : "";
    return oneField(change, column, cause === "" ? [] : [tone("dim", `  (${cause})`)], options);
  });
}

function oneField(change: FieldChange, column: number, note: Line, options: PlanTextOptions): Line[] {
  const before = formatShown(change.before);
  const after = formatShown(change.after);
  const arrow = ` ${symbolsOf(options).arrow} `;
  const path = pad(change.path, column);
  const shortPath = cutStart(change.path, options.columns - 6, symbolsOf(options).ellipsis);
  if ((before ?? "").includes("\n") || (after ?? "").includes("\n")) {
    const { sign, name } = signOfField(before, after);
    return [[indent, tone(name, sign), shortPath, ...note], ...textLines(before, after, options)];
  }
  if (before === null || after === null) {
    const { sign, name } = signOfField(before, after);
    const value = before ?? after ?? "";
    return fits([indent, tone(name, sign), `${path}  `, tone(name, value), ...note], options.columns)
      ? [[indent, tone(name, sign), `${path}  `, tone(name, value), ...note]]
      : [
          [indent, tone(name, sign), shortPath, ...note],
          [indent, "    ", tone(name, value)],
        ];
  }
  const whole = (start: string): Line => [
    indent,
    "  ",
    start,
    tone("remove", before),
    arrow,
    tone("add", after),
    ...note,
  ];
  if (fits(whole(`${path}  `), options.columns)) return [whole(`${path}  `)];
  if (fits(whole(`${change.path}  `), options.columns)) return [whole(`${change.path}  `)];
  const [was, is] = fromFirstDifference(before, after, options.columns - 10, symbolsOf(options).ellipsis);
  return [
    [indent, "  ", shortPath, ...note],
    [indent, "    ", tone("remove", `- ${was}`)],
    [indent, "    ", tone("add", `+ ${is}`)],
  ];
}

/** The end of a path tells more than its start. */
function cutStart(path: string, room: number, ellipsis: string): string {
  return path.length <= room ? path : ellipsis + path.slice(path.length - room + ellipsis.length);
}

/** Two long texts that begin alike would be cut before they differ: their common start is what can be left out. */
function fromFirstDifference(before: string, after: string, room: number, ellipsis: string): [string, string] {
  let same = 0;
  while (same < before.length && before[same] === after[same]) same++;
  const skip = same - 16;
  if (Math.max(widthOf(before), widthOf(after)) <= room || skip < 8) return [before, after];
  return [ellipsis + before.slice(skip), ellipsis + after.slice(skip)];
}

function fits(line: Line, columns: number): boolean {
  return line.reduce((sum, span) => sum + widthOf(typeof span === "string" ? span : span.text), 0) <= columns;
}

function signOfField(before: string | null, after: string | null): { sign: string; name: Tone } {
  if (before === null) return { sign: "+ ", name: "add" };
  if (after === null) return { sign: "- ", name: "remove" };
  return { sign: "  ", name: "change" };
}

function textLines(before: string | null, after: string | null, options: PlanTextOptions): Line[] {
  const symbols = symbolsOf(options);
  const margin = [indent, "    ", tone("dim", `${symbols.bar} `)];
  if (before === null || after === null) {
    const { sign, name } = signOfField(before, after);
    const all = (before ?? after ?? "").replace(/\n$/, "").split("\n");
    const shown = options.full === true ? all : all.slice(0, 12);
    const lines = shown.map((text): Line => [...margin, tone(name, `${sign}${text}`)]);
    return shown.length === all.length
      ? lines
      : [...lines, [...margin, tone("dim", `${symbols.ellipsis} ${all.length - shown.length} more lines`)]];
  }
  return diffLines(before, after).map((line): Line => [...margin, diffSpan(line, symbols.ellipsis)]);
}

function diffSpan(line: DiffLine, ellipsis: string): Line[number] {
  switch (line.sign) {
    case "gap":
      return tone("dim", `${ellipsis} ${line.skipped} unchanged line${line.skipped === 1 ? "" : "s"}`);
    case "+":
      return tone("add", `+ ${line.text}`);
    case "-":
      return tone("remove", `- ${line.text}`);
    case " ":
      return `  ${line.text}`;
  }
}
