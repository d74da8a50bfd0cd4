import { Unknown } from "../model/desired.ts";
import type { Json } from "../model/json.ts";
import type { FieldType } from "../schema/types.ts";
import { isList, isObject, Sensitive, toText, type Value } from "./expression/value.ts";
import { fieldFor, structOf } from "./fields.ts";
import { structOfKind } from "./kind-structs.ts";
import { kindOf } from "./resource-types.ts";

/**
 * A part of a resource's configuration as others see it: the provider's attributes have types, so a number in a map of
 * strings is text to whoever refers to it. Numbers and bools of the API stay as they were given.
 */
export function asAttribute(resourceType: string, path: readonly (string | number)[], value: Value): Value {
  const kind = kindOf(resourceType, null);
  const type = kind === undefined ? null : typeAt({ type: "struct", ref: structOfKind(kind), atomic: false }, path);
  return type === null ? value : withTexts(value, type);
}

/**
 * An attribute that nobody set: blocks have no elements. So have lists and maps of a data source, which computes all of
 * its own; those of a resource are null, as anything else is.
 */
export function emptyAttribute(of: "resource" | "data", type: string, path: readonly (string | number)[]): Value {
  const kind = kindOf(type, null);
  if (kind === undefined || path.length === 0) return null;
  const found = typeAt({ type: "struct", ref: structOfKind(kind), atomic: false }, path);
  if (found === null || (found.type === "struct" && isIndex(path.at(-1)))) return null;
  const isBlock = found.type === "struct" || (found.type === "list" && found.items.type === "struct");
  if (!isBlock && of === "resource") return null;
  return found.type === "map" ? {} : isBlock || found.type === "list" ? [] : null;
}

/** A live value as the attribute: ports that may have names, and file modes, are text to the provider. */
export function liveAttribute(resourceType: string, path: readonly (string | number)[], value: Json): Json {
  if (typeof value !== "number") return value;
  if (/^(default_)?mode$/.test(String(path.at(-1)))) return `0${value.toString(8)}`;
  const kind = kindOf(resourceType, null);
  const type = kind === undefined ? null : typeAt({ type: "struct", ref: structOfKind(kind), atomic: false }, path);
  return type?.type === "scalar" && type.format === "int-or-string" ? String(value) : value;
}

function isIndex(step: string | number | undefined): boolean {
  return typeof step === "number" || /^\d+$/.test(step ?? "");
}

/** Blocks are lists to Terraform: index 0 of a struct is the struct. */
function typeAt(root: FieldType, path: readonly (string | number)[]): FieldType | null {
  let at: FieldType | null = root;
  for (const step of path) {
    if (at === null) return null;
    if (typeof step === "number" || /^\d+$/.test(step)) at = at.type === "list" ? at.items : at;
    else if (at.type === "struct") at = fieldType(at.ref, step);
    else at = at.type === "map" ? at.values : null;
  }
  return at;
}

function fieldType(ref: string, attribute: string): FieldType | null {
  const struct = structOf(ref);
  const target = struct === null ? null : fieldFor(struct, attribute);
  if (target?.type === "flatten") return { type: "struct", ref, atomic: false };
  return target?.type === "field" ? target.spec.type : null;
}

function withTexts(value: Value, type: FieldType): Value {
  if (value === null || value instanceof Unknown) return value;
  if (value instanceof Sensitive) return new Sensitive(withTexts(value.value, type) as Sensitive["value"]);
  if (typeof value === "number" || typeof value === "boolean") {
    return type.type === "scalar" && type.scalar === "string" ? toText(value) : value;
  }
  if (isList(value)) {
    const items = type.type === "list" ? type.items : type;
    return value.map((item) => withTexts(item, items));
  }
  if (!isObject(value)) return value;
  const of = (name: string): FieldType | null => {
    if (type.type === "map") return type.values;
    if (type.type === "list") return type.items.type === "struct" ? fieldType(type.items.ref, name) : null;
    return type.type === "struct" ? fieldType(type.ref, name) : null;
  };
  const entries = Object.entries(value).map(([name, child]): [string, Value] => {
    const inner = of(name);
    return [name, inner === null ? child : withTexts(child, inner)];
  });
  return Object.fromEntries(entries);
}
