import { isJsonObject } from "../model/json.ts";
import type { FieldType, ListKind, TypeResolver } from "../schema/types.ts";
import { keyElement, type PathElement, valueElement } from "./path-element.ts";

/** What a value is for merging. `fields` of a struct; without it a map, whose values all have the type `values`. */
export type Shape =
  | { readonly type: "leaf"; readonly scalar: "string" | "integer" | "number" | "boolean" | "any" }
  | { readonly type: "list"; readonly items: FieldType; readonly list: ListKind }
  | {
      readonly type: "map";
      readonly atomic: boolean;
      readonly fields: Readonly<Record<string, { readonly type: FieldType }>> | null;
      /** Type of what `fields` does not declare; null where that is an error. */
      readonly values: FieldType | null;
    };

const UNTYPED: FieldType = { type: "untyped" };
const UNTYPED_MAP: Shape = { type: "map", atomic: false, fields: null, values: UNTYPED };
const UNTYPED_LIST: Shape = { type: "list", items: UNTYPED, list: { type: "atomic" } };
const UNTYPED_LEAF: Shape = { type: "leaf", scalar: "any" };

/** An untyped value is what it looks like: maps are granular, lists atomic. */
export function shapeOf(type: FieldType, value: unknown, types: TypeResolver): Shape {
  switch (type.type) {
    case "scalar":
      return { type: "leaf", scalar: type.scalar };
    case "list":
      return { type: "list", items: type.items, list: type.list };
    case "map":
      return { type: "map", atomic: type.atomic, fields: null, values: type.values };
    case "struct": {
      const struct = types.structType(type.ref);
      if (struct === null) throw new Error(`the type ${type.ref} is referred to, but nobody knows it`);
      return { type: "map", atomic: type.atomic, fields: struct.fields, values: struct.rest ?? null };
    }
    case "untyped":
      return Array.isArray(value) ? UNTYPED_LIST : isJsonObject(value) ? UNTYPED_MAP : UNTYPED_LEAF;
  }
}

/** The shape that two sides share; null and absent take the other's. */
export function sharedShape(type: FieldType, left: unknown, right: unknown, types: TypeResolver): Shape {
  return shapeOf(type, right ?? left, types);
}

export function memberType(shape: Shape & { type: "map" }, name: string): FieldType | null {
  return shape.fields?.[name]?.type ?? shape.values;
}

export function declares(shape: Shape & { type: "map" }, name: string): boolean {
  return shape.fields?.[name] !== undefined;
}

/** A list element's place; an Error says what keeps it from having one. Messages as structured-merge-diff words them. */
export function elementOf(shape: Shape & { type: "list" }, item: unknown, types: TypeResolver): PathElement | Error {
  const { list } = shape;
  if (list.type === "atomic") throw new Error("elements of an atomic list have no place of their own");
  if (list.type === "set") {
    if (item === null) return new Error("associative list without keys has an element that's an explicit null");
    if (typeof item === "object") return new Error("associative list without keys has an element that's a map type");
    return valueElement(item);
  }
  if (item === null) return new Error("associative list with keys may not have a null element");
  if (!isJsonObject(item)) return new Error("associative list with keys may not have non-map elements");
  const keys: Record<string, unknown> = {};
  for (const key of list.keys) {
    const value = Object.hasOwn(item, key) ? item[key] : defaultOf(shape.items, key, types);
    if (value !== undefined) keys[key] = value;
  }
  if (Object.keys(keys).length === 0) {
    return new Error(
      `associative list with keys has an element that omits all key fields [${list.keys.map((key) => JSON.stringify(key)).join(" ")}] (and doesn't have default values for any key fields)`,
    );
  }
  return keyElement(keys);
}

function defaultOf(items: FieldType, key: string, types: TypeResolver): unknown {
  return items.type === "struct" ? types.structType(items.ref)?.fields[key]?.default : undefined;
}

/** Elements of live data, which may lack a place or share one: the first of each place, in order. */
export function placedItems(
  shape: Shape & { type: "list" },
  items: readonly unknown[],
  types: TypeResolver,
): Map<PathElement, unknown> {
  const placed = new Map<PathElement, unknown>();
  for (const item of items) {
    const element = elementOf(shape, item, types);
    if (typeof element === "string" && !placed.has(element)) placed.set(element, item);
  }
  return placed;
}
