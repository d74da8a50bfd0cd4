import type { Line } from "../line.ts";
import { tone } from "../line.ts";
import { firstLine, type Look } from "./look.ts";

interface ScrollOptions {
  readonly rows: number;
  readonly title: Line;
  /** Below the lines; never scrolled away. */
  readonly foot: readonly Line[];
}

/** Lines that fit between title and foot. */
export function pageOf(options: Pick<ScrollOptions, "rows" | "foot">): number {
  return Math.max(1, options.rows - 1 - 1 - options.foot.length);
}

/** A window on lines that may be more than fit; says which of them it shows. Never taller than rows - 1. */
export function scrollFrame(lines: readonly Line[], look: Look, options: ScrollOptions): Line[] {
  const page = pageOf(options);
  const from = firstLine(look, { lines: lines.length, page });
  const shown = lines.slice(from, from + page);
  const place = lines.length <= page ? "" : `  ${from + 1}-${from + shown.length} of ${lines.length}`;
  const title: Line = [...options.title, tone("dim", place)];
  // On a screen of a few lines the foot is worth most: it may hold a question.
  return [title, ...shown, ...options.foot].slice(-Math.max(2, options.rows - 1));
}
