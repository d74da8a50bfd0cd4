import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import type { FieldSet } from "./field-set.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { declares, elementOf, memberType, shapeOf } from "./shape.ts";

/** The value without the paths of a set. What is emptied by that is null, not absent: its owner may be another. */
export function removeFields(value: unknown, set: FieldSet, type: FieldType, types: TypeResolver): unknown {
  const shape = shapeOf(type, value, types);
  if (shape.type === "list" && Array.isArray(value) && shape.list.type !== "atomic") {
    const kept: unknown[] = [];
    for (const item of value) {
      const element = elementOf(shape, item, types);
      const below = typeof element === "string" ? set.children.get(element) : undefined;
      if (below?.own === true) continue;
      kept.push(below === undefined ? item : removeFields(item, below, shape.items, types));
    }
    return kept.length > 0 ? kept : null;
  }
  if (shape.type === "map" && isJsonObject(value) && !shape.atomic) {
    const kept: Record<string, unknown> = {};
    for (const name in value) {
      const below = set.children.get(fieldElement(name));
      if (below?.own === true) continue;
      const member = memberType(shape, name);
      kept[name] =
        below === undefined || member === null ? value[name] : removeFields(value[name], below, member, types);
    }
    return Object.keys(kept).length > 0 ? kept : null;
  }
  return value;
}

/**
 * Struct fields on the way to a member become members too: `f:spec` is rarely in a set itself, yet is not to be removed
 * on its own, and goes when all below it goes.
 */
export function withNamedFields(set: FieldSet, type: FieldType | null, types: TypeResolver): FieldSet {
  if (set.children.size === 0) return set;
  const shape = type === null ? null : shapeOf(type, null, types);
  const children = new Map<PathElement, FieldSet>();
  for (const [element, child] of set.children) {
    const name = element.startsWith("f:") ? element.slice(2) : null;
    let member: FieldType | null = null;
    if (shape?.type === "map" && name !== null) member = memberType(shape, name);
    else if (shape?.type === "list" && element.startsWith("k:")) member = shape.items;
    const named = shape?.type === "map" && name !== null && declares(shape, name);
    const below = withNamedFields(child, member, types);
    children.set(element, { own: child.own || (named && child.children.size > 0), children: below.children });
  }
  return { own: set.own, children };
}

/** Drops what `removeFields` emptied, that is what is null now and was not before. */
export function dropEmptied(value: unknown, before: unknown): unknown {
  if (!isJsonObject(value) || !isJsonObject(before)) return value;
  const kept: Record<string, unknown> = {};
  for (const name in value) {
    if (value[name] === null && before[name] !== null) continue;
    kept[name] = dropEmptied(value[name], before[name]);
  }
  return kept;
}
