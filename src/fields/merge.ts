import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import type { PathElement } from "./path-element.ts";
import { elementOf, memberType, placedItems, type Shape, sharedShape } from "./shape.ts";

/** `config` laid over `live` by schema. The config must have passed `checkTyped`. undefined: neither side has a value. */
export function merge(live: unknown, config: unknown, type: FieldType, types: TypeResolver): unknown {
  if (live === undefined && config === undefined) return undefined;
  const shape = sharedShape(type, live, config, types);
  if (shape.type === "leaf") return config === undefined ? live : config;
  if (shape.type === "list") {
    const lefts = Array.isArray(live) ? live : [];
    const rights = Array.isArray(config) ? config : [];
    if (shape.list.type === "atomic" || lefts.length + rights.length === 0) return config === undefined ? live : config;
    return mergeLists(shape, lefts, rights, types);
  }
  const left = isJsonObject(live) ? live : {};
  const right = isJsonObject(config) ? config : {};
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  if (shape.atomic || names.size === 0) return config === undefined ? live : config;
  const merged: Record<string, unknown> = {};
  for (const name of names) {
    const member = memberType(shape, name);
    const value = member === null ? left[name] : merge(left[name], right[name], member, types);
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}

/**
 * The order of KEP-555's list merge: the config's order among the elements it lists; elements that only live has stay
 * after the shared element they followed.
 */
function mergeLists(
  shape: Shape & { type: "list" },
  live: readonly unknown[],
  config: readonly unknown[],
  types: TypeResolver,
): unknown[] {
  const lefts = placedItems(shape, live, types);
  const rights = placedItems(shape, config, types);
  const leftOrder = live.map((item) => elementOf(shape, item, types)).filter((element) => typeof element === "string");
  const rightOrder = [...rights.keys()];
  const shared = rightOrder.filter((element) => lefts.has(element));
  const done = new Set<PathElement>();
  const merged: unknown[] = [];
  const take = (element: PathElement): void => {
    if (rights.has(element)) done.add(element);
    merged.push(merge(lefts.get(element), rights.get(element), shape.items, types));
  };
  let next = shared.shift();
  let l = 0;
  let r = 0;
  while (l < leftOrder.length || r < rightOrder.length) {
    const left = leftOrder[l];
    const right = rightOrder[r];
    if (left !== undefined && right !== undefined) {
      if (left === right) {
        take(left);
        l++;
        r++;
        next = shared.shift();
        continue;
      }
      if (rights.has(left) && next !== undefined && next !== left) {
        l++;
        continue;
      }
    }
    if (left !== undefined) {
      if (!rights.has(left)) {
        take(left);
        l++;
        continue;
      }
      if (done.has(left)) l++;
    }
    if (right !== undefined) {
      take(right);
      r++;
      if (next === right) next = shared.shift();
    }
  }
  return merged;
}
