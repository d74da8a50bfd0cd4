import type { Plain } from "../value.ts";
import { toBool, toNumber, toPlainList, toText } from "../value.ts";
import { ANY, type FunctionTable, fail, plain } from "./define.ts";
import { formatText } from "./format.ts";
import { matchesOf, pattern, replaceMatches } from "./patterns.ts";

function whole(value: Plain): number {
  const number = toNumber(value);
  return Number.isInteger(number) ? number : fail("a whole number is needed");
}

function text(change: (s: string) => string) {
  return plain(1, 1, (s = null) => change(toText(s)));
}

/** Terraform counts characters as people see them (grapheme clusters). */
const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

export function characters(s: string): string[] {
  return /^[\x20-\x7e]*$/.test(s) ? [...s] : Array.from(segmenter.segment(s), (part) => part.segment);
}

function substr(s: string, offset: number, length: number): string {
  const all = characters(s);
  const start = offset < 0 ? Math.max(0, all.length + offset) : offset;
  return all.slice(start, length < 0 ? undefined : start + length).join("");
}

function trimSet(s: string, cut: string): string {
  const set = new Set(characters(cut));
  const all = characters(s);
  let from = 0;
  let to = all.length;
  while (from < to && set.has(all[from]!)) from++;
  while (to > from && set.has(all[to - 1]!)) to--;
  return all.slice(from, to).join("");
}

function replace(s: string, what: string, by: string): string {
  if (what.length > 1 && what.startsWith("/") && what.endsWith("/")) return replaceMatches(what.slice(1, -1), s, by);
  // Nothing stands before, between and behind all characters.
  if (what === "") return [...s].reduce((out, char) => out + char + by, by);
  return s.split(what).join(by);
}

/** Matches as `regex` gives them: the whole, a list of groups, or a map of named groups. */
function matched(found: RegExpMatchArray): Plain {
  if (found.groups !== undefined)
    return Object.fromEntries(Object.entries(found.groups).map(([k, v]) => [k, v ?? null]));
  if (found.length > 1) return found.slice(1).map((g) => g ?? null);
  return found[0];
}

/** A pattern with nothing else to be told by but what it matches: all its groups have names, or none has. */
function uniform(source: string): string {
  const groups = new RegExp(`${pattern(source, "").source}|`, "u").exec("");
  const named = Object.keys(groups?.groups ?? {}).length;
  if (groups !== null && named > 0 && named !== groups.length - 1) {
    fail("a pattern has named groups or unnamed ones, not both");
  }
  return source;
}

function indent(spaces: number, s: string): string {
  if (!Number.isInteger(spaces) || spaces < 0) fail("the number of spaces must be a whole one");
  return s.replaceAll("\n", `\n${" ".repeat(spaces)}`);
}

/** Letter by letter: one that has no single counterpart (as the sharp s) stays, as in Go. */
function letters(s: string, change: (char: string) => string): string {
  return Array.from(s, (char) => {
    const changed = change(char);
    return [...changed].length === 1 ? changed : char;
  }).join("");
}

/** Unicode's white space at the ends; JavaScript counts the byte order mark in and U+0085 out. */
const blanks = /^[\p{White_Space}]+|[\p{White_Space}]+$/gu;

function words(...lists: readonly Plain[]): string[] {
  return lists.flatMap((list) => toPlainList(list).map(toText));
}

export const strings: FunctionTable = {
  chomp: text((s) => s.replace(/[\r\n]+$/, "")),
  endswith: plain(2, 2, (s = null, end = null) => toText(s).endsWith(toText(end))),
  startswith: plain(2, 2, (s = null, start = null) => toText(s).startsWith(toText(start))),
  strcontains: plain(2, 2, (s = null, part = null) => toText(s).includes(toText(part))),
  format: plain(1, ANY, (template = null, ...args) => formatText(toText(template), args)),
  formatlist: plain(1, ANY, (template = null, ...args) => {
    const lengths = args.filter((a) => Array.isArray(a)).map((a) => toPlainList(a).length);
    const count = lengths[0] ?? 1;
    if (lengths.some((l) => l !== count)) fail("the lists differ in length");
    return Array.from({ length: count }, (_, i) =>
      formatText(
        toText(template),
        args.map((a) => (Array.isArray(a) ? (toPlainList(a)[i] ?? null) : a)),
      ),
    );
  }),
  indent: plain(2, 2, (spaces = null, s = null) => indent(whole(spaces), toText(s))),
  join: plain(2, ANY, (separator = null, ...lists) => words(...lists).join(toText(separator))),
  lower: text((s) => letters(s, (c) => (c === "İ" ? "i" : c.toLowerCase()))),
  upper: text((s) => letters(s, (c) => c.toUpperCase())),
  // A word begins behind anything but a letter, a digit or an underscore; outside of ASCII, behind spaces only.
  title: text((s) =>
    s.replace(/(?<=^|[\0-/:-@[-^`{-\x7f\s])\p{L}/gu, (letter) => letters(letter, (c) => c.toUpperCase())),
  ),
  regex: plain(2, 2, (source = null, s = null) =>
    matched(toText(s).match(pattern(uniform(toText(source)), "")) ?? fail("the pattern matches nowhere")),
  ),
  regexall: plain(2, 2, (source = null, s = null) => matchesOf(uniform(toText(source)), toText(s)).map(matched)),
  replace: plain(3, 3, (s = null, what = null, by = null) => replace(toText(s), toText(what), toText(by))),
  split: plain(2, 2, (separator = null, s = null) => toText(s).split(toText(separator))),
  strrev: text((s) => characters(s).reverse().join("")),
  substr: plain(3, 3, (s = null, offset = null, length = null) => substr(toText(s), whole(offset), whole(length))),
  trim: plain(2, 2, (s = null, cut = null) => trimSet(toText(s), toText(cut))),
  trimprefix: plain(2, 2, (s = null, p = null) =>
    toText(s).startsWith(toText(p)) ? toText(s).slice(toText(p).length) : toText(s),
  ),
  trimsuffix: plain(2, 2, (s = null, p = null) =>
    toText(p) !== "" && toText(s).endsWith(toText(p)) ? toText(s).slice(0, -toText(p).length) : toText(s),
  ),
  trimspace: text((s) => s.replace(blanks, "")),
};

export const conversions: FunctionTable = {
  tostring: plain(1, 1, (v = null) => (v === null ? null : toText(v))),
  tonumber: plain(1, 1, (v = null) => (v === null ? null : toNumber(v))),
  tobool: plain(1, 1, (v = null) => (v === null ? null : toBool(v))),
};
