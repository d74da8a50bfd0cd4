import { Unknown } from "../../../model/desired.ts";
import { arithmetic } from "../decimals.ts";
import { byCodePoint, isSet, setOf } from "../sets.ts";
import { unified } from "../unify.ts";
import type { Plain, Value, ValueObject } from "../value.ts";
import {
  describeType,
  isEqual,
  isList,
  isObject,
  layBare,
  mark,
  pending,
  Sensitive,
  toBool,
  toNumber,
  toPlainList,
  toPlainObject,
  toText,
} from "../value.ts";
import { ANY, type FunctionTable, fail, onValues, plain } from "./define.ts";
import { characters } from "./strings.ts";

type Known = Exclude<Value, Unknown | Sensitive>;

/** Opens the outer layer of each argument: an unknown one makes the result unknown, a mark moves to the result. */
function outer(least: number, most: number, apply: (args: readonly Known[]) => Value) {
  return onValues(least, most, (args) => {
    const unknown = args.filter((a) => a instanceof Unknown);
    if (unknown.length > 0) return pending(...args.map(layBare));
    const opened = args.map((a) => (a instanceof Sensitive ? a.value : a) as Known);
    return mark(
      apply(opened),
      args.some((a) => a instanceof Sensitive),
    );
  });
}

function list(value: Value | undefined): readonly Value[] {
  if (value !== undefined && isList(value)) return value;
  return fail(`expected a list, found ${describeType(value ?? null)}`);
}

/** A list whose elements have places; a set has none. */
function ordered(value: Value | undefined): readonly Value[] {
  const found = list(value);
  return isSet(found) ? fail("a set has no order: turn it into a list by tolist()") : found;
}

/** The elements of one type, as those of a list or a map are. */
function alike<T extends Value>(values: readonly T[]): T[] {
  return (unified(values) as T[] | null) ?? fail("the elements must be of one type");
}

function asSet(value: Plain): Plain {
  const items = toPlainList(value);
  return setOf(isSet(items) ? items : alike(items));
}

function whole(value: Value | undefined): number {
  const number = toNumber((value ?? null) as Plain);
  return Number.isInteger(number) ? number : fail("a whole number is needed");
}

function object(value: Value | undefined): ValueObject {
  if (value !== undefined && isObject(value)) return value;
  return fail(`expected a map or object, found ${describeType(value ?? null)}`);
}

function sortedKeys(value: ValueObject): string[] {
  return Object.keys(value).sort(byCodePoint);
}

/** An element's key must be readable; a mark on it would have to move to the whole. */
function key(value: Value | undefined): string {
  const bare = layBare(value ?? null);
  if (bare.needs !== null) return fail("a key is known only after apply");
  return toText(bare.plain);
}

/** A mark on a key moves to the whole map. */
function zipped(keys: readonly Value[], values: readonly Value[]): Value {
  if (keys.length !== values.length) fail("there must be as many keys as values");
  const bare = keys.map(layBare);
  if (bare.some((each) => each.needs !== null)) return pending(...bare);
  const entries = bare.map((each, i): [string, Value] => [toText(each.plain), values[i] ?? null]);
  return mark(
    Object.fromEntries(entries),
    bare.some((each) => each.sensitive),
  );
}

function length(value: Known | undefined): number {
  if (typeof value === "string") return characters(value).length;
  if (value !== undefined && isList(value)) return value.length;
  return Object.keys(object(value)).length;
}

function flatten(value: Value): readonly Value[] {
  if (value instanceof Sensitive && isList(value.value)) return flatten(value.value).map((v) => mark(v, true));
  return isList(value) ? value.flatMap(flatten) : [value];
}

function coalesce(given: readonly Value[], isEmpty: (plain: Plain) => boolean): Value {
  const args = alike(given);
  for (const arg of args) {
    if (arg instanceof Unknown) return arg;
    if (!isEmpty(layBare(arg).plain)) return arg;
  }
  return fail("every argument is null or empty");
}

function listOrFail(value: Value): Value {
  const bare = layBare(value);
  if (bare.needs === null && isSet(toPlainList(bare.plain))) fail("a list is needed, found a set");
  return value;
}

function distinct(values: readonly Plain[]): Plain[] {
  return values.filter((v, i) => values.findIndex((w) => isEqual(v, w)) === i);
}

function range(start: number, limit: number, step: number): number[] {
  if (step === 0 || (limit - start) * step < 0) fail("the step leads away from the limit");
  const out: number[] = [];
  for (let n = start; step > 0 ? n < limit : n > limit; n = arithmetic("+", n, step)) {
    if (out.length === 1024) fail("a range has at most 1024 elements");
    out.push(n);
  }
  return out;
}

/** The elements of several sets, brought to one type. */
function oneType(sets: readonly Plain[]): Plain[][] {
  const lists = sets.map(toPlainList);
  const all = alike(lists.flat());
  let start = 0;
  return lists.map((items) => {
    start += items.length;
    return all.slice(start - items.length, start);
  });
}

function product(lists: readonly (readonly Plain[])[]): Plain[][] {
  return lists.reduce<Plain[][]>((rows, items) => rows.flatMap((row) => items.map((item) => [...row, item])), [[]]);
}

function at(index: number, length: number): number {
  if (length === 0) fail("the list is empty");
  // Below 0 it counts from the end.
  return ((index % length) + length) % length;
}

export const collections: FunctionTable = {
  alltrue: plain(1, 1, (l = null) => toPlainList(l).every((v) => v !== null && toBool(v))),
  anytrue: plain(1, 1, (l = null) => toPlainList(l).some((v) => v !== null && toBool(v))),
  chunklist: outer(2, 2, ([l, size]) => {
    const items = list(l);
    const width = whole(size);
    if (width < 0) fail("the size must not be negative");
    if (items.length === 0) return [];
    if (width === 0) return [items];
    return Array.from({ length: Math.ceil(items.length / width) }, (_, i) => items.slice(i * width, (i + 1) * width));
  }),
  coalesce: onValues(1, ANY, (args) => coalesce(args, (v) => v === null || v === "")),
  coalescelist: onValues(1, ANY, (args) => coalesce(args.map(listOrFail), (v) => toPlainList(v).length === 0)),
  compact: plain(1, 1, (l = null) =>
    toPlainList(l)
      .filter((v) => v !== null && v !== "")
      .map(toText),
  ),
  concat: outer(1, ANY, (lists) => lists.flatMap((l) => ordered(l))),
  contains: plain(2, 2, (l = null, v = null) => {
    if (v === null) fail("the value must not be null");
    return toPlainList(l).some((w) => isEqual(v, w));
  }),
  distinct: plain(1, 1, (l = null) => distinct(alike(toPlainList(l)))),
  element: outer(2, 2, ([l, i]) => ordered(l)[at(whole(i), ordered(l).length)] ?? null),
  flatten: outer(1, 1, ([l]) => flatten(list(l))),
  index: plain(2, 2, (l = null, v = null) => {
    const found = toPlainList(l).findIndex((w) => isEqual(v, w));
    return found < 0 ? fail("the value is not in the list") : found;
  }),
  keys: outer(1, 1, ([m]) => sortedKeys(object(m))),
  length: outer(1, 1, ([v]) => length(v)),
  lookup: outer(2, 3, ([m, k, fallback]) => {
    const found = object(m);
    const name = key(k);
    if (Object.hasOwn(found, name)) return found[name] ?? null;
    return fallback === undefined ? fail(`there is no key "${name}" and no default`) : fallback;
  }),
  matchkeys: plain(3, 3, (values = null, keys = null, wanted = null) => {
    const [from, places] = [toPlainList(values), toPlainList(keys)];
    if (from.length !== places.length) fail("there must be as many keys as values");
    const both = alike([...places, ...toPlainList(wanted)]);
    return from.filter((_, i) => both.slice(places.length).some((w) => isEqual(w, both[i] ?? null)));
  }),
  merge: outer(0, ANY, (maps) => {
    const out: Record<string, Value> = {};
    for (const map of maps) if (map !== null) Object.assign(out, object(map));
    return out;
  }),
  one: outer(1, 1, ([l]) => (list(l).length > 1 ? fail("the list has more than one element") : (list(l)[0] ?? null))),
  range: plain(1, 3, (a = null, b, c) => {
    if (b === undefined) return range(0, toNumber(a), toNumber(a) < 0 ? -1 : 1);
    const [start, limit] = [toNumber(a), toNumber(b)];
    return range(start, limit, c === undefined ? (limit < start ? -1 : 1) : toNumber(c));
  }),
  reverse: outer(1, 1, ([l]) => [...list(l)].reverse()),
  setintersection: plain(1, ANY, (first = null, ...rest) => {
    const sets = oneType([first, ...rest]);
    return setOf((sets[0] ?? []).filter((v) => sets.every((set) => set.some((w) => isEqual(v, w)))));
  }),
  setproduct: plain(2, ANY, (...sets) => {
    const rows = product(sets.map((set) => alike(toPlainList(set))));
    return sets.every(isSet) ? setOf(rows) : rows;
  }),
  setsubtract: plain(2, 2, (a = null, b = null) => {
    const [from = [], less = []] = oneType([a, b]);
    return setOf(from.filter((v) => !less.some((w) => isEqual(v, w))));
  }),
  setunion: plain(1, ANY, (...sets) => setOf(oneType(sets).flat())),
  slice: outer(3, 3, ([l, from, to]) => {
    const [start, end] = [whole(from), whole(to)];
    if (start < 0 || end > list(l).length || start > end) fail("the range is outside the list");
    return ordered(l).slice(start, end);
  }),
  sort: plain(1, 1, (l = null) => toPlainList(l).map(toText).sort(byCodePoint)),
  tolist: outer(1, 1, ([l]) => (l === null || l === undefined ? null : alike([...list(l)]))),
  toset: plain(1, 1, (l = null) => (l === null ? null : asSet(l))),
  tomap: outer(1, 1, ([m]) => {
    if (m === null || m === undefined) return null;
    const found = object(m);
    const values = alike(Object.values(found));
    return Object.fromEntries(Object.keys(found).map((k, i) => [k, values[i] ?? null]));
  }),
  transpose: plain(1, 1, (m = null) => {
    const out: Record<string, string[]> = {};
    for (const [k, values] of Object.entries(toPlainObject(m))) {
      for (const v of toPlainList(values)) out[toText(v)] = [...(out[toText(v)] ?? []), k].sort();
    }
    return out;
  }),
  values: outer(1, 1, ([m]) => sortedKeys(object(m)).map((k) => object(m)[k] ?? null)),
  zipmap: outer(2, 2, ([k, v]) => zipped(list(k), list(v))),
};

export const marks: FunctionTable = {
  // Nothing here is ephemeral.
  ephemeralasnull: onValues(1, 1, ([v = null]) => v),
  sensitive: onValues(1, 1, ([v = null]) => mark(v, true)),
  nonsensitive: onValues(1, 1, ([v = null]) => {
    if (v instanceof Unknown) return new Unknown(v.expression, v.needs, false);
    return v instanceof Sensitive ? v.value : v;
  }),
  issensitive: onValues(1, 1, ([v = null]) => v instanceof Sensitive || (v instanceof Unknown && v.sensitive)),
};
