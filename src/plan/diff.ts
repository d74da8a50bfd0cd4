import { isDeepStrictEqual } from "node:util";
import { matchLists } from "../fields/match.ts";
import type { PathElement } from "../fields/path-element.ts";
import { fieldElement } from "../fields/path-element.ts";
import type { Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import type { FieldType } from "../schema/types.ts";

/** One leaf that differs. `undefined` means that the field is absent on that side. */
export interface Difference {
  readonly path: readonly PathElement[];
  readonly before: Template | undefined;
  readonly after: Template | undefined;
}

type Fields = { readonly [key: string]: Template };

/**
 * Leaves in which two objects of one type differ, in the order of `after`, then what only `before` has. Elements of
 * associative lists are paired by their merge keys, sets by value; an atomic list is compared whole unless both sides
 * have as many maps (then map by map, so that one changed word does not print the whole list).
 */
export function diffObjects(
  apiVersion: string,
  kind: string,
  before: Fields | null,
  after: Fields | null,
): Difference[] {
  const found: Difference[] = [];
  walk(before ?? undefined, after ?? undefined, rootType(apiVersion, kind), [], found);
  return found;
}

function walk(
  before: Template | Fields | undefined,
  after: Template | Fields | undefined,
  type: FieldType | null,
  path: readonly PathElement[],
  found: Difference[],
): void {
  const differ = (): void => {
    found.push({ path, before: before as Template, after: after as Template });
  };
  if (before instanceof Unknown || after instanceof Unknown) differ();
  else if (isMap(before ?? after) && isMap(after ?? before)) {
    walkMap((before ?? {}) as Fields, (after ?? {}) as Fields, type, path, found);
    if (isEmptied(before, after)) differ();
  } else if (Array.isArray(before ?? after) && Array.isArray(after ?? before)) {
    walkList((before ?? []) as Template[], (after ?? []) as Template[], type, path, found);
    if (isEmptied(before, after)) differ();
  } else if (!isDeepStrictEqual(before, after)) differ();
}

/** `{}` against absent is a change of its own: emptyDir, podSelector. */
function isEmptied(before: unknown, after: unknown): boolean {
  if (before !== undefined && after !== undefined) return false;
  return Object.keys((before ?? after) as object).length === 0;
}

function walkMap(
  before: Fields,
  after: Fields,
  type: FieldType | null,
  path: readonly PathElement[],
  found: Difference[],
): void {
  const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
  for (const key of keys) {
    walk(before[key], after[key], memberType(type, key), [...path, fieldElement(key)], found);
  }
}

function memberType(type: FieldType | null, key: string): FieldType | null {
  if (type?.type === "map") return type.values;
  if (type?.type !== "struct") return null;
  return builtinTypes.structType(type.ref)?.fields[key]?.type ?? null;
}

function walkList(
  before: readonly Template[],
  after: readonly Template[],
  type: FieldType | null,
  path: readonly PathElement[],
  found: Difference[],
): void {
  const list: FieldType & { type: "list" } =
    type?.type === "list" ? type : { type: "list", items: { type: "untyped" }, list: { type: "atomic" } };
  const maps = before.every(isMap) && after.every(isMap) && before.length === after.length;
  if (list.list.type === "atomic" && !maps) {
    if (!isDeepStrictEqual(before, after))
      found.push({ path, before: listOrAbsent(before), after: listOrAbsent(after) });
    return;
  }
  const { pairs, reordered } = matchLists(before, after, list, builtinTypes);
  for (const pair of pairs) {
    const [left, right] = [pair.before as Template | undefined, pair.after as Template | undefined];
    walk(left, right, list.items, [...path, pair.element], found);
  }
  // The server follows the order of who applies: it decides what runs first, and which variables see which.
  if (reordered && list.list.type === "map") {
    const { keys } = list.list;
    found.push({ path, before: keysOf(before, keys), after: keysOf(after, keys) });
  }
}

/** What tells the elements of a list apart, in their order. */
function keysOf(items: readonly Template[], keys: readonly string[]): Template[] {
  return items.map((item) => {
    const held = keys.map((key) => (item as Fields)[key] ?? null);
    return held.length === 1 ? held[0]! : held.filter((value) => value !== null).join("/");
  });
}

function listOrAbsent(list: readonly Template[]): Template | undefined {
  return list.length > 0 ? [...list] : undefined;
}

function isMap(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}
