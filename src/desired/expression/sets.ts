/**
 * A set of Terraform: its elements in their own order and each once. It is a list wherever a list will do, but has no
 * indexes, and a `for` over it has the elements as keys.
 */
export class SetOf<T> extends Array<T> {
  /** `map` and `filter` of a set give lists. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }
}

export function isSet<T>(value: readonly T[] | T): value is SetOf<T> {
  return value instanceof SetOf;
}

/** A set of values that are of one type already. */
export function setOf<T>(values: readonly T[]): SetOf<T> {
  const seen = new Map(values.map((v) => [JSON.stringify(v), v]));
  const out = new SetOf<T>();
  out.push(...[...seen.values()].sort(compare));
  return out;
}

/** Strings by code point, numbers by size, false before true, nulls last; what is left by its JSON. */
function compare(a: unknown, b: unknown): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "string" && typeof b === "string") return byCodePoint(a, b);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return byCodePoint(JSON.stringify(a), JSON.stringify(b));
}

/** The order of UTF-8 bytes, in which Terraform sorts; JavaScript's own differs beyond the first plane. */
export function byCodePoint(a: string, b: string): number {
  if (a === b) return 0;
  if (!/[\ud800-\udfff]/.test(a + b)) return a < b ? -1 : 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
