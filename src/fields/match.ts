import type { FieldType, TypeResolver } from "../schema/types.ts";
import type { PathElement } from "./path-element.ts";
import { placedItems } from "./shape.ts";

/** The same list element on both sides; undefined where a side lacks it. */
interface ItemPair {
  readonly element: PathElement;
  readonly before: unknown;
  readonly after: unknown;
}

export interface MatchedLists {
  /** Elements in the order of `after`, then those that are only in `before`. */
  readonly pairs: readonly ItemPair[];
  /** Elements of both sides stand in another order. Atomic lists are never reordered: their elements go by index. */
  readonly reordered: boolean;
}

/**
 * Pairs list elements for a diff: by merge key in a list of maps, by value in a set, by index in an atomic list and
 * where an element has no key or shares it.
 */
export function matchLists(
  before: readonly unknown[],
  after: readonly unknown[],
  type: FieldType & { type: "list" },
  types: TypeResolver,
): MatchedLists {
  const keys = [before, after].map((items) => placedByKey(items, type, types));
  const keyed = keys.every((placed) => placed !== null);
  const lefts = keyed ? keys[0]! : placedByIndex(before);
  const rights = keyed ? keys[1]! : placedByIndex(after);
  const elements = [...new Set([...rights.keys(), ...lefts.keys()])];
  const pairs = elements.map((element) => ({ element, before: lefts.get(element), after: rights.get(element) }));
  const shared = (from: ReadonlyMap<PathElement, unknown>, other: ReadonlyMap<PathElement, unknown>): string =>
    JSON.stringify([...from.keys()].filter((element) => other.has(element)));
  return { pairs, reordered: shared(lefts, rights) !== shared(rights, lefts) };
}

/** null where the list has no keys, or not every element one of its own. */
function placedByKey(
  items: readonly unknown[],
  type: FieldType & { type: "list" },
  types: TypeResolver,
): ReadonlyMap<PathElement, unknown> | null {
  if (type.list.type === "atomic") return null;
  const placed = placedItems({ type: "list", items: type.items, list: type.list }, items, types);
  return placed.size === items.length ? placed : null;
}

function placedByIndex(items: readonly unknown[]): ReadonlyMap<PathElement, unknown> {
  return new Map(items.map((item, index) => [`i:${index}`, item]));
}
