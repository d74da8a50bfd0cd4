import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { equalJson } from "./equal.ts";
import { type FieldSet, SetBuilder } from "./field-set.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { memberType, placedItems, type Shape, shapeOf, sharedShape } from "./shape.ts";

/** What differs between two values of one type. A container that appears or goes is listed with all that is below it. */
export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

interface Builders {
  readonly added: SetBuilder;
  readonly removed: SetBuilder;
  readonly modified: SetBuilder;
}

export function compare(before: unknown, after: unknown, type: FieldType, types: TypeResolver): Comparison {
  const into = { added: new SetBuilder(), removed: new SetBuilder(), modified: new SetBuilder() };
  compareAt(before, after, type, types, [], into);
  return { added: into.added.build(), removed: into.removed.build(), modified: into.modified.build() };
}

function compareAt(
  before: unknown,
  after: unknown,
  type: FieldType,
  types: TypeResolver,
  path: readonly PathElement[],
  into: Builders,
): void {
  if (before === undefined && after === undefined) return;
  const shape = sharedShape(type, before, after, types);
  if (isValue(before) && isValue(after)) {
    // An untyped value that turned from a map into a list or a scalar: what was below it is gone.
    const old = shapeOf(type, before, types);
    if (old.type !== shape.type) descend(old, before, null, types, path, into);
  }
  if (descend(shape, before, after, types, path, into)) return;
  if (before === undefined) into.added.insert(path);
  else if (after === undefined) into.removed.insert(path);
}

const isValue = (value: unknown): boolean => value !== undefined && value !== null;

/** True where the value was compared as one leaf. */
function descend(
  shape: Shape,
  before: unknown,
  after: unknown,
  types: TypeResolver,
  path: readonly PathElement[],
  into: Builders,
): boolean {
  if (shape.type === "leaf") return compareLeaf(before, after, path, into);
  if (shape.type === "list") {
    const left = Array.isArray(before) ? before : [];
    const right = Array.isArray(after) ? after : [];
    if (shape.list.type === "atomic" || left.length + right.length === 0) return compareLeaf(before, after, path, into);
    const lefts = placedItems(shape, left, types);
    const rights = placedItems(shape, right, types);
    for (const element of new Set([...lefts.keys(), ...rights.keys()])) {
      compareAt(lefts.get(element), rights.get(element), shape.items, types, [...path, element], into);
    }
    return false;
  }
  const left = isJsonObject(before) ? before : {};
  const right = isJsonObject(after) ? after : {};
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  if (shape.atomic || names.size === 0) return compareLeaf(before, after, path, into);
  for (const name of names) {
    const member = memberType(shape, name);
    if (member === null) continue;
    compareAt(left[name], right[name], member, types, [...path, fieldElement(name)], into);
  }
  return false;
}

function compareLeaf(before: unknown, after: unknown, path: readonly PathElement[], into: Builders): boolean {
  if (before === undefined) into.added.insert(path);
  else if (after === undefined) into.removed.insert(path);
  else if (!equalJson(before, after)) into.modified.insert(path);
  return true;
}
