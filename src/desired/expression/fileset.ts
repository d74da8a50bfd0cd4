import { posix } from "node:path";
import { ExpressionError } from "./syntax.ts";

/** Names in a folder, those of folders with a slash at their end; null where there is no such folder. */
export type ListFolder = (folder: string) => readonly string[] | null;

/**
 * The files below `path` that a pattern names, relative to it: `*`, `?`, `[class]` and `{a,b}` within a name, `**` for any
 * number of folders (Terraform, "fileset Function"; names that begin with a dot are names like any other).
 */
export function filesBelow(list: ListFolder, path: string, pattern: string): string[] {
  const found = new Set<string>();
  for (const one of alternatives(pattern)) {
    const steps = one.split("/").filter((step, i, all) => step !== "." && (step !== "" || i === all.length - 1));
    collect(list, posix.join(path, "."), "", steps, found);
  }
  return [...found].sort();
}

function collect(list: ListFolder, base: string, at: string, steps: readonly string[], found: Set<string>): void {
  const [step, ...rest] = steps;
  if (step === undefined) return;
  if (step === "..") {
    collect(list, base, posix.join(at, ".."), rest, found);
    return;
  }
  const names = list(posix.join(base, at, "/")) ?? [];
  const below = (name: string): string => posix.join(at, name);
  if (step === "**") {
    if (rest.length > 0) collect(list, base, at, rest, found);
    for (const name of names) {
      if (name.endsWith("/")) collect(list, base, below(name.slice(0, -1)), steps, found);
      else if (rest.length === 0) found.add(below(name));
    }
    return;
  }
  const fits = nameMatcher(step);
  for (const name of names) {
    const isFolder = name.endsWith("/");
    const plain = isFolder ? name.slice(0, -1) : name;
    if (!fits(plain)) continue;
    if (isFolder) collect(list, base, below(plain), rest, found);
    else if (rest.length === 0) found.add(below(plain));
  }
}

/** `a{b,c}/d` as `ab/d` and `ac/d`. */
function alternatives(pattern: string): string[] {
  const open = unescaped(pattern, "{", 0);
  if (open < 0) return [pattern];
  let depth = 0;
  const cuts = [open];
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === "\\") i += 1;
    else if (pattern[i] === "{") depth += 1;
    else if (pattern[i] === "," && depth === 1) cuts.push(i);
    else if (pattern[i] === "}" && --depth === 0) {
      cuts.push(i);
      const [head, tail] = [pattern.slice(0, open), pattern.slice(i + 1)];
      return cuts.slice(1).flatMap((cut, n) => alternatives(head + pattern.slice((cuts[n] ?? 0) + 1, cut) + tail));
    }
  }
  throw wrong();
}

function unescaped(text: string, character: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i += 1;
    else if (text[i] === character) return i;
  }
  return -1;
}

function nameMatcher(step: string): (name: string) => boolean {
  let source = "";
  for (let i = 0; i < step.length; i++) {
    const c = step[i] ?? "";
    if (c === "*") source += "[^]*";
    else if (c === "?") source += "[^]";
    else if (c === "\\") {
      i += 1;
      if (i >= step.length) throw wrong();
      source += quoted(step[i] ?? "");
    } else if (c === "[") {
      const end = unescaped(step, "]", i + 1);
      const inner = step.slice(i + 1, end);
      if (end < 0 || inner === "" || inner === "^") throw wrong();
      const negated = inner.startsWith("^");
      const set = (negated ? inner.slice(1) : inner).replace(/[[\]^]/g, "\\$&");
      source += `[${negated ? "^" : ""}${set}]`;
      i = end;
    } else source += quoted(c);
  }
  try {
    const expression = new RegExp(`^${source}$`, "u");
    return (name) => expression.test(name);
  } catch {
    // A range that runs backwards holds nothing.
    return () => false;
  }
}

function quoted(character: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character;
}

function wrong(): ExpressionError {
  return new ExpressionError("expression-function", "fileset(): syntax error in pattern");
}
