import { Unknown } from "../../model/desired.ts";
import { isSet, SetOf } from "./sets.ts";
import { isList, isObject, Sensitive, toText, type Value } from "./value.ts";

/**
 * What must be known of a value's type to bring it together with others. `any` fits whatever stands beside it: a value
 * that is not known yet. `dynamic`, the type of null, fits too, but beside it several types that differ stay as they are.
 */
type Type =
  | { readonly type: "any" | "dynamic" }
  | { readonly type: "string" | "number" | "bool" }
  | { readonly type: "tuple"; readonly items: readonly Type[] }
  | { readonly type: "list"; readonly items: Type; readonly set: boolean }
  | { readonly type: "object"; readonly fields: ReadonlyMap<string, Type> }
  | { readonly type: "map"; readonly values: Type };

const ANY: Type = { type: "any" };
const DYNAMIC: Type = { type: "dynamic" };

/**
 * Brings values to the one type that Terraform finds for them (numbers and bools become strings beside strings, tuples
 * of several lengths lists); null where there is none, as for a number beside a list.
 */
export function unified(values: readonly Value[]): Value[] | null {
  const type = commonType(values.map(typeOf));
  return type === null ? null : values.map((value) => convert(value, type));
}

function typeOf(value: Value): Type {
  if (value === null) return DYNAMIC;
  if (value instanceof Unknown) return ANY;
  if (value instanceof Sensitive) return typeOf(value.value);
  if (typeof value === "string") return { type: "string" };
  if (typeof value === "number") return { type: "number" };
  if (typeof value === "boolean") return { type: "bool" };
  if (isSet(value)) return { type: "list", items: commonType(value.map(typeOf)) ?? ANY, set: true };
  if (isList(value)) return { type: "tuple", items: value.map(typeOf) };
  return { type: "object", fields: new Map(Object.entries(value).map(([k, v]) => [k, typeOf(v)])) };
}

/** All types at once: a number and a bool fit together only where a string is among them. */
function commonType(types: readonly Type[]): Type | null {
  const known = types.filter((t) => t.type !== "any" && t.type !== "dynamic");
  const isDynamic = types.some((t) => t.type === "dynamic");
  const [first] = known;
  if (first === undefined) return isDynamic ? DYNAMIC : ANY;
  if (known.length === 1) return first;
  if (known.every(isPrimitive)) {
    if (known.every((t) => t.type === first.type)) return first;
    if (known.some((t) => t.type === "string")) return { type: "string" };
    return isDynamic ? DYNAMIC : null;
  }
  if (known.every(isSequence)) return isDynamic ? DYNAMIC : commonSequence(known);
  if (known.every(isKeyed)) return isDynamic ? DYNAMIC : commonKeyed(known);
  return isDynamic && !(known.some(isSequence) && known.some(isKeyed)) ? DYNAMIC : null;
}

type Sequence = Type & { type: "tuple" | "list" };
type Keyed = Type & { type: "object" | "map" };

function isPrimitive(type: Type): boolean {
  return type.type === "string" || type.type === "number" || type.type === "bool";
}

function isSequence(type: Type): type is Sequence {
  return type.type === "tuple" || type.type === "list";
}

function isKeyed(type: Type): type is Keyed {
  return type.type === "object" || type.type === "map";
}

function commonSequence(types: readonly Sequence[]): Type | null {
  const tuples = types.map((t) => (t.type === "tuple" ? t.items : null)).filter((items) => items !== null);
  const [first] = tuples;
  if (first !== undefined && tuples.length === types.length && tuples.every((t) => t.length === first.length)) {
    const items = first.map((_, i) => commonType(tuples.map((t) => t[i]!)));
    return items.every((item) => item !== null) ? { type: "tuple", items } : null;
  }
  const items = commonType(types.flatMap(itemsOf));
  return items === null ? null : { type: "list", items, set: types.every(isSetType) };
}

function commonKeyed(types: readonly Keyed[]): Type | null {
  const objects = types.map((t) => (t.type === "object" ? t.fields : null)).filter((fields) => fields !== null);
  const [first] = objects;
  if (first !== undefined && objects.length === types.length && objects.every((o) => sameKeys(o, first))) {
    const fields = [...first.keys()].map((k) => [k, commonType(objects.map((o) => o.get(k)!))] as const);
    if (fields.some(([, type]) => type === null)) return null;
    return { type: "object", fields: new Map(fields as [string, Type][]) };
  }
  const values = commonType(types.flatMap(valuesOf));
  return values === null ? null : { type: "map", values };
}

function sameKeys(a: ReadonlyMap<string, Type>, b: ReadonlyMap<string, Type>): boolean {
  return a.size === b.size && [...a.keys()].every((k) => b.has(k));
}

function itemsOf(type: Sequence): readonly Type[] {
  return type.type === "tuple" ? type.items : [type.items];
}

function valuesOf(type: Keyed): readonly Type[] {
  return type.type === "map" ? [type.values] : [...type.fields.values()];
}

function isSetType(type: Type): boolean {
  return type.type === "list" && type.set;
}

function convert(value: Value, type: Type): Value {
  if (value === null || value instanceof Unknown) return value;
  if (value instanceof Sensitive) return new Sensitive(convert(value.value, type) as Sensitive["value"]);
  if (type.type === "string" && (typeof value === "number" || typeof value === "boolean")) return toText(value);
  if (isList(value)) {
    const itemType = (i: number): Type => {
      if (type.type === "list") return type.items;
      return type.type === "tuple" ? (type.items[i] ?? ANY) : ANY;
    };
    const items = value.map((item, i) => convert(item, itemType(i)));
    return isSet(value) && isSetType(type) ? SetOf.from(items) : items;
  }
  if (!isObject(value)) return value;
  const fieldType = (k: string): Type => {
    if (type.type === "map") return type.values;
    return type.type === "object" ? (type.fields.get(k) ?? ANY) : ANY;
  };
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, convert(v, fieldType(k))]));
}
