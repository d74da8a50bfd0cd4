import { isDeepStrictEqual } from "node:util";
import type { Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import type { FieldType, ListKind } from "../schema/types.ts";
import type { DiffStep } from "./path.ts";

/** One leaf that differs. `undefined` means that the field is absent on that side. */
export interface Difference {
  readonly path: readonly DiffStep[];
  readonly before: Template | undefined;
  readonly after: Template | undefined;
}

/**
 * Leaves in which two objects of one type differ, in document order of `after`, then what only `before` has. Elements
 * of associative lists are paired by their merge keys, sets by value, atomic lists compared whole unless both have
 * maps of the same length (then element by element, so that one changed word does not print the whole list).
 */
export function diffObjects(
  apiVersion: string,
  kind: string,
  before: { readonly [key: string]: Template } | null,
  after: { readonly [key: string]: Template } | null,
): Difference[] {
  const found: Difference[] = [];
  walk(before ?? undefined, after ?? undefined, rootType(apiVersion, kind), [], found);
  return found;
}

type Fields = { readonly [key: string]: Template };

function walk(
  before: Template | Fields | undefined,
  after: Template | Fields | undefined,
  type: FieldType | null,
  path: readonly DiffStep[],
  found: Difference[],
): void {
  if (before instanceof Unknown || after instanceof Unknown) {
    found.push({ path, before: before as Template, after: after as Template });
  } else if (isMap(before ?? after) && isMap(after ?? before)) {
    walkMap((before ?? {}) as Fields, (after ?? {}) as Fields, type, path, found);
    if (isEmptied(before, after)) found.push({ path, before: before as Template, after: after as Template });
  } else if (Array.isArray(before ?? after) && Array.isArray(after ?? before)) {
    walkList((before ?? []) as Template[], (after ?? []) as Template[], type, path, found);
  } else if (!isDeepStrictEqual(before, after)) {
    found.push({ path, before: before as Template, after: after as Template });
  }
}

/** `{}` against absent is a change of its own: emptyDir, podSelector. */
function isEmptied(before: unknown, after: unknown): boolean {
  if (before !== undefined && after !== undefined) return false;
  const there = (before ?? after) as object;
  return Object.keys(there).length === 0;
}

function walkMap(
  before: Fields,
  after: Fields,
  type: FieldType | null,
  path: readonly DiffStep[],
  found: Difference[],
): void {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  for (const key of keys) {
    walk(before[key], after[key], childType(type, key), [...path, { field: key }], found);
  }
}

function childType(type: FieldType | null, key: string): FieldType | null {
  if (type?.type === "map") return type.values;
  if (type?.type !== "struct") return null;
  return builtinTypes.structType(type.ref)?.fields[key]?.type ?? null;
}

function walkList(
  before: readonly Template[],
  after: readonly Template[],
  type: FieldType | null,
  path: readonly DiffStep[],
  found: Difference[],
): void {
  const list: ListKind = type?.type === "list" ? type.list : { type: "atomic" };
  const items = type?.type === "list" ? type.items : null;
  if (list.type === "map") {
    walkByKeys(before, after, list.keys, items, path, found);
  } else if (list.type === "set") {
    const added = after.filter((value) => !includes(before, value));
    const removed = before.filter((value) => !includes(after, value));
    for (const value of added) found.push({ path: [...path, { value }], before: undefined, after: value });
    for (const value of removed) found.push({ path: [...path, { value }], before: value, after: undefined });
  } else if (before.length === after.length && before.every(isMap) && after.every(isMap)) {
    for (const [index, value] of after.entries()) walk(before[index], value, items, [...path, { index }], found);
  } else if (!isDeepStrictEqual(before, after)) {
    found.push({ path, before: listOrAbsent(before), after: listOrAbsent(after) });
  }
}

function listOrAbsent(list: readonly Template[]): Template | undefined {
  return list.length > 0 ? [...list] : undefined;
}

function walkByKeys(
  before: readonly Template[],
  after: readonly Template[],
  keys: readonly string[],
  items: FieldType | null,
  path: readonly DiffStep[],
  found: Difference[],
): void {
  const old = new Map(before.map((element) => [identity(element, keys), element]));
  const seen = new Set<string>();
  for (const element of after) {
    const id = identity(element, keys);
    seen.add(id);
    walk(old.get(id), element, items, [...path, { keys: keyValues(element, keys) }], found);
  }
  for (const [id, element] of old) {
    if (!seen.has(id)) walk(element, undefined, items, [...path, { keys: keyValues(element, keys) }], found);
  }
}

/** Keys that are left out take the API's default; `protocol` is the only key that has one. */
function keyValues(element: Template, keys: readonly string[]): { readonly [key: string]: Template } {
  const map = element as { [key: string]: Template };
  return Object.fromEntries(
    keys.flatMap((key) => {
      const value = map[key] ?? (key === "protocol" ? "TCP" : undefined);
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

function identity(element: Template, keys: readonly string[]): string {
  return JSON.stringify(keyValues(element, keys));
}

function includes(list: readonly Template[], value: Template): boolean {
  return list.some((each) => isDeepStrictEqual(each, value));
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}
