import { Unknown } from "../../model/desired.ts";
import { isSet, SetOf } from "./sets.ts";
import { isList, isObject, Sensitive, toText, type Value } from "./value.ts";

/** What must be known of a value's type to bring it together with others; `any` stands for null and the unknown. */
type Type =
  | { readonly type: "any" }
  | { readonly type: "string" | "number" | "bool" }
  | { readonly type: "tuple"; readonly items: readonly Type[] }
  | { readonly type: "list"; readonly items: Type; readonly set: boolean }
  | { readonly type: "object"; readonly fields: ReadonlyMap<string, Type> }
  | { readonly type: "map"; readonly values: Type };

const ANY: Type = { type: "any" };

/**
 * Brings values to the one type that Terraform finds for them (numbers and bools become strings beside strings, tuples
 * of several lengths lists); null where there is none, as for a number beside a list.
 */
export function unified(values: readonly Value[]): Value[] | null {
  const type = commonType(values.map(typeOf));
  return type === null ? null : values.map((value) => convert(value, type));
}

function typeOf(value: Value): Type {
  if (value === null || value instanceof Unknown) return ANY;
  if (value instanceof Sensitive) return typeOf(value.value);
  if (typeof value === "string") return { type: "string" };
  if (typeof value === "number") return { type: "number" };
  if (typeof value === "boolean") return { type: "bool" };
  if (isSet(value)) return { type: "list", items: commonType(value.map(typeOf)) ?? ANY, set: true };
  if (isList(value)) return { type: "tuple", items: value.map(typeOf) };
  return { type: "object", fields: new Map(Object.entries(value).map(([k, v]) => [k, typeOf(v)])) };
}

function commonType(types: readonly Type[]): Type | null {
  return types.reduce<Type | null>((a, b) => (a === null ? null : join(a, b)), ANY);
}

function join(a: Type, b: Type): Type | null {
  if (a.type === "any") return b;
  if (b.type === "any") return a;
  const primitive = (t: Type): boolean => t.type === "string" || t.type === "number" || t.type === "bool";
  if (primitive(a) && primitive(b)) {
    if (a.type === b.type) return a;
    return a.type === "string" || b.type === "string" ? { type: "string" } : null;
  }
  if (a.type === "tuple" && b.type === "tuple" && a.items.length === b.items.length) {
    const items = a.items.map((item, i) => join(item, b.items[i]!));
    return items.every((item) => item !== null) ? { type: "tuple", items } : null;
  }
  if ((a.type === "tuple" || a.type === "list") && (b.type === "tuple" || b.type === "list")) {
    const items = commonType([...itemsOf(a), ...itemsOf(b)]);
    return items === null ? null : { type: "list", items, set: isSetType(a) && isSetType(b) };
  }
  if ((a.type === "object" || a.type === "map") && (b.type === "object" || b.type === "map")) return joinObjects(a, b);
  return null;
}

function joinObjects(a: Type & { type: "object" | "map" }, b: Type & { type: "object" | "map" }): Type | null {
  if (a.type === "object" && b.type === "object" && sameKeys(a.fields, b.fields)) {
    const fields = [...a.fields].map(([k, type]): [string, Type | null] => [k, join(type, b.fields.get(k)!)]);
    if (fields.some(([, type]) => type === null)) return null;
    return { type: "object", fields: new Map(fields as [string, Type][]) };
  }
  const values = commonType([...valuesOf(a), ...valuesOf(b)]);
  return values === null ? null : { type: "map", values };
}

function sameKeys(a: ReadonlyMap<string, Type>, b: ReadonlyMap<string, Type>): boolean {
  return a.size === b.size && [...a.keys()].every((k) => b.has(k));
}

function itemsOf(type: Type & { type: "tuple" | "list" }): readonly Type[] {
  return type.type === "tuple" ? type.items : [type.items];
}

function valuesOf(type: Type & { type: "object" | "map" }): readonly Type[] {
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
