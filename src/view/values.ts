import type { Shown } from "../model/plan.ts";
import { SENSITIVE } from "../model/secrets.ts";

const KNOWN_AFTER_APPLY = "(known after apply)";

/** A value as one text, possibly of several lines. A string is quoted only where it could be taken for something else. */
export function formatValue(value: unknown): string {
  if (typeof value === "string") return ambiguous(value) ? JSON.stringify(value) : value;
  if (typeof value === "object" && value !== null) {
    const short = JSON.stringify(value);
    return short.length <= 60 ? short : JSON.stringify(value, null, 2);
  }
  return String(value);
}

function ambiguous(text: string): boolean {
  return text.trim() !== text.replace(/\n+$/, "") || /^(|true|false|null|-?\d+(\.\d+)?|[[{"(].*)$/.test(text);
}

/** null: there is nothing on this side. */
export function formatShown(shown: Shown): string | null {
  switch (shown.kind) {
    case "absent":
      return null;
    case "value":
      return formatValue(shown.value);
    case "unknown":
      return KNOWN_AFTER_APPLY;
    case "sensitive":
      return SENSITIVE;
  }
}

export interface DiffLine {
  readonly sign: " " | "+" | "-" | "gap";
  /** For a gap: "" */
  readonly text: string;
  /** For a gap: how many equal lines are left out. */
  readonly skipped: number;
}

/** Past this many lines on either side, middle parts are shown as removed and added whole: time stays bounded. */
const LONGEST = 400;

/** A line diff of two texts with one line of context, from the longest common subsequence. */
export function diffLines(before: string, after: string): DiffLine[] {
  const a = splitLines(before);
  const b = splitLines(after);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ sign: " ", text, skipped: 0 }));
  const middle = compareLines(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return withGaps([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))], 1);
}

function splitLines(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

function compareLines(a: readonly string[], b: readonly string[]): DiffLine[] {
  const remove = (text: string): DiffLine => ({ sign: "-", text, skipped: 0 });
  const add = (text: string): DiffLine => ({ sign: "+", text, skipped: 0 });
  if (a.length > LONGEST || b.length > LONGEST) return [...a.map(remove), ...b.map(add)];
  // common[i][j]: length of the longest common subsequence of a[i..] and b[j..]
  const common = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i]![j] = a[i] === b[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!);
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ sign: " ", text: a[i]!, skipped: 0 });
      i++;
      j++;
    } else if (common[i + 1]![j]! >= common[i]![j + 1]!) lines.push(remove(a[i++]!));
    else lines.push(add(b[j++]!));
  }
  return [...lines, ...a.slice(i).map(remove), ...b.slice(j).map(add)];
}

function withGaps(lines: readonly DiffLine[], context: number): DiffLine[] {
  const near = lines.map((_, i) => lines.slice(Math.max(0, i - context), i + context + 1).some((l) => l.sign !== " "));
  const shown: DiffLine[] = [];
  for (const [i, line] of lines.entries()) {
    const last = shown.at(-1);
    if (near[i]) shown.push(line);
    else if (last?.sign === "gap") shown[shown.length - 1] = { ...last, skipped: last.skipped + 1 };
    else shown.push({ sign: "gap", text: "", skipped: 1 });
  }
  return shown;
}
