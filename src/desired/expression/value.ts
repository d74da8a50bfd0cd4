import { Unknown } from "../../model/desired.ts";
import { numberText } from "./decimals.ts";
import { isSet, SetOf } from "./sets.ts";
import { ExpressionError } from "./syntax.ts";

/** What an expression gives: JSON in which any node may be sensitive, and any leaf unknown. */
export type Value =
  | null
  | boolean
  | number
  | string
  | Unknown
  | Sensitive
  | readonly Value[]
  | { readonly [key: string]: Value };

/** A known value that must not be shown. */
export class Sensitive {
  readonly value: Exclude<Value, Sensitive | Unknown>;

  constructor(value: Exclude<Value, Sensitive | Unknown>) {
    this.value = value;
  }
}

export type ValueObject = { readonly [key: string]: Value };
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

export function isObject(value: Value): value is ValueObject {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Sensitive) &&
    !(value instanceof Unknown)
  );
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

export function mark(value: Value, sensitive: boolean): Value {
  if (!sensitive || value instanceof Sensitive) return value;
  if (value instanceof Unknown) return value.sensitive ? value : new Unknown(value.expression, value.needs, true);
  return new Sensitive(value);
}

/** What is left of marks and unknowns when a tree is laid bare. */
export interface Bare {
  /** Meaningless where `needs` is not null. */
  readonly plain: Plain;
  readonly sensitive: boolean;
  /** Addresses that an unknown part waits for; null when everything is known. */
  readonly needs: readonly string[] | null;
}

/** Takes every mark off a tree and says what was there. */
export function layBare(value: Value): Bare {
  if (value === null || typeof value !== "object") return { plain: value, sensitive: false, needs: null };
  if (value instanceof Unknown) return { plain: null, sensitive: value.sensitive, needs: value.needs };
  if (value instanceof Sensitive) return { ...layBare(value.value), sensitive: true };
  const isArray = isList(value);
  const keys = Object.keys(value);
  const children = (isArray ? value : Object.values(value)).map((child: Value) => layBare(child));
  const unknown = children.filter((c: Bare) => c.needs !== null);
  const plain = children.map((c: Bare) => c.plain);
  return {
    plain: isArray
      ? isSet(value)
        ? SetOf.from(plain)
        : plain
      : Object.fromEntries(children.map((c: Bare, i: number) => [keys[i], c.plain])),
    sensitive: children.some((c: Bare) => c.sensitive),
    needs: unknown.length === 0 ? null : [...new Set(unknown.flatMap((c: Bare) => c.needs ?? []))],
  };
}

/** An unknown result of an operation on operands of which at least one is unknown. */
export function pending(...operands: readonly Bare[]): Unknown {
  const needs = [...new Set(operands.flatMap((o) => o.needs ?? []))];
  return new Unknown(
    "",
    needs,
    operands.some((o) => o.sensitive),
  );
}

/** Lifts an operation on plain values over marks and unknowns. */
export function lift(operands: readonly Value[], apply: (...plain: Plain[]) => Value): Value {
  const bare = operands.map(layBare);
  if (bare.some((b) => b.needs !== null)) return pending(...bare);
  return mark(
    apply(...bare.map((b) => b.plain)),
    bare.some((b) => b.sensitive),
  );
}

/** Keys and elements of a collection; maps are walked in the order of their keys. */
export function pairsOf(collection: readonly Value[] | ValueObject): [Value, Value][] {
  if (isSet(collection)) return collection.map((item) => [item, item]);
  if (isList(collection)) return collection.map((item, i) => [i, item]);
  return Object.keys(collection)
    .sort()
    .map((key) => [key, collection[key] ?? null]);
}

export function describeType(value: Value): string {
  if (value === null) return "null";
  if (value instanceof Unknown) return "unknown";
  if (value instanceof Sensitive) return describeType(value.value);
  if (isList(value)) return isSet(value) ? "set" : "list";
  if (isObject(value)) return "object";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function wrongType(value: Plain, wanted: string): ExpressionError {
  // The value itself stays out of the message: it may be sensitive.
  return new ExpressionError("expression-type", `expected ${wanted}, found ${describeType(value)}`);
}

/** Terraform's automatic conversion of primitives to string. */
export function toText(value: Plain): string {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return numberText(value);
  throw wrongType(value, "a string");
}

export function toNumber(value: Plain): number {
  if (typeof value === "number") return value;
  if (typeof value === "string" && /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return finite(Number(value));
  throw wrongType(value, "a number");
}

/** Numbers here are doubles; Terraform's go further. */
export function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw new ExpressionError("expression-type", "the number is too large");
}

export function toBool(value: Plain): boolean {
  if (typeof value === "boolean") return value;
  if (value === "true" || value === "1") return true;
  if (value === "false" || value === "0") return false;
  throw wrongType(value, "a bool");
}

export function toPlainList(value: Plain): readonly Plain[] {
  if (Array.isArray(value)) return value as readonly Plain[];
  throw wrongType(value, "a list");
}

export function toPlainObject(value: Plain): { readonly [key: string]: Plain } {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as { readonly [key: string]: Plain };
  }
  throw wrongType(value, "an object or map");
}

export function isEqual(a: Plain, b: Plain): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b) || isSet(a) !== isSet(b)) return false;
  const left = Object.entries(a);
  const right = b as { readonly [key: string]: Plain };
  return left.length === Object.keys(b).length && left.every(([k, v]) => k in right && isEqual(v, right[k] ?? null));
}
