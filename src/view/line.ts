import stringWidth from "string-width";
import { plainText } from "../model/text.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";

/** What a piece of text means; the palette gives it a colour that reads on dark and light backgrounds. */
export type Tone = "add" | "change" | "remove" | "good" | "bad" | "warn" | "dim" | "strong" | "accent";

/** A piece of one line. A line is measured and cut as plain text, and painted last: colour never counts as width. */
export type Span = string | { readonly text: string; readonly tone: Tone };
export type Line = readonly Span[];

const codes: Record<Tone, readonly [on: string, off: string]> = {
  add: ["32", "39"],
  change: ["33", "39"],
  remove: ["31", "39"],
  good: ["32", "39"],
  bad: ["31", "39"],
  warn: ["33", "39"],
  dim: ["2", "22"],
  strong: ["1", "22"],
  accent: ["36", "39"],
};

export function tone(name: Tone, text: string): Span {
  return { text, tone: name };
}

function textOf(span: Span): string {
  return typeof span === "string" ? span : span.text;
}

/** One line's worth of harmless text: every span passes through here before it is measured or printed. */
export function inLine(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : plainText(text).replace(/[\n\t]+/g, " ");
}

/** ASCII and our own symbols (style.ts): a column each, without asking a library that takes 20 ms for its first answer. */
const oneColumnEach = /^[\x20-\x7e→…⟳✔✖↷·│█░❯▸▾↑↓←\u2800-\u28ff]*$/;

/** Columns that a text takes, wide and combining characters included. */
export function widthOf(text: string): number {
  return oneColumnEach.test(text) ? text.length : stringWidth(text);
}

export function lineWidth(line: Line): number {
  return line.reduce((sum, span) => sum + widthOf(inLine(textOf(span))), 0);
}

/** Fills up with spaces on the right; never cuts. */
export function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Cuts to at most `width` columns, the last of them an ellipsis where something is missing. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(ellipsis);
  if (room < 0) return ellipsis.slice(0, Math.max(0, width));
  return takeColumns(text, room) + ellipsis;
}

/** As `cut`, with the ellipsis in the middle: names of one kind differ at their ends. */
export function cutMiddle(text: string, width: number, ellipsis: string): string {
  const room = width - widthOf(ellipsis);
  if (widthOf(text) <= width || room < 8) return cut(text, width, ellipsis);
  const segments = [...new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)].map((s) => s.segment);
  let end = "";
  for (const segment of segments.reverse()) {
    if (widthOf(segment + end) > Math.floor(room / 2)) break;
    end = segment + end;
  }
  return takeColumns(text, room - widthOf(end)) + ellipsis + end;
}

function takeColumns(text: string, room: number): string {
  let taken = "";
  let used = 0;
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(text)) {
    used += widthOf(segment);
    if (used > room) break;
    taken += segment;
  }
  return taken;
}

/** Breaks a sentence into lines of at most `width` columns, between words where it can. Keeps its own line ends. */
export function wrap(text: string, width: number): string[] {
  const limit = Math.max(8, width);
  return plainText(text)
    .split("\n")
    .flatMap((paragraph) => {
      const lines: string[] = [];
      let line = "";
      for (let word of paragraph.split(/[ \t]+/)) {
        if (line !== "" && widthOf(line) + 1 + widthOf(word) <= limit) {
          line += ` ${word}`;
          continue;
        }
        if (line !== "") lines.push(line);
        while (widthOf(word) > limit) {
          const head = takeColumns(word, limit);
          lines.push(head);
          word = word.slice(head.length);
        }
        line = word;
      }
      return [...lines, line];
    });
}

/** A left and a right part on one line; the right part is left out where it does not fit. */
export function spread(left: Line, right: Line, columns: number): Line {
  const gap = columns - lineWidth(left) - lineWidth(right);
  return gap < 2 || !Number.isFinite(gap) ? left : [...left, " ".repeat(gap), ...right];
}

/** The text of a line for a screen of `columns`: neutralized, cut, painted. */
export function paint(line: Line, columns: number, style: Style): string {
  const { ellipsis } = symbolsOf(style);
  const spans = line.map((span) => ({ text: inLine(textOf(span)), tone: typeof span === "string" ? null : span.tone }));
  const tooWide = spans.reduce((sum, s) => sum + widthOf(s.text), 0) > columns;
  let text = "";
  for (const span of tooWide ? cutSpans(spans, columns, ellipsis) : spans) {
    text += span.tone === null || !style.colour || span.text === "" ? span.text : coloured(span.text, span.tone);
  }
  return text.trimEnd();
}

interface PlainSpan {
  readonly text: string;
  readonly tone: Tone | null;
}

function cutSpans(spans: readonly PlainSpan[], columns: number, ellipsis: string): PlainSpan[] {
  const kept: PlainSpan[] = [];
  let room = columns - widthOf(ellipsis);
  for (const span of spans) {
    const width = widthOf(span.text);
    if (width > room) return [...kept, { ...span, text: `${takeColumns(span.text, room)}${ellipsis}` }];
    kept.push(span);
    room -= width;
  }
  return kept;
}

function coloured(text: string, name: Tone): string {
  const [on, off] = codes[name];
  return `\x1b[${on}m${text}\x1b[${off}m`;
}

export function paintAll(lines: readonly Line[], columns: number, style: Style): string {
  return lines.map((line) => `${paint(line, columns, style)}\n`).join("");
}

/** The opposite of painting. */
export function stripPaint(text: string): string {
  return text.replace(/\x1b\[\d+m/g, "");
}
