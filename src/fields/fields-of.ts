import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { emptySet, type FieldSet, SetBuilder } from "./field-set.ts";
import { fieldElement, type PathElement } from "./path-element.ts";
import { declares, elementOf, memberType, shapeOf } from "./shape.ts";

/**
 * The fields that a manager owns who applies this value: leaves; atomic lists and maps as one; elements of other lists
 * and keys of maps also themselves; of struct fields only those that are null or empty (as structured-merge-diff has it).
 */
export function fieldsOf(value: unknown, type: FieldType, types: TypeResolver): FieldSet {
  const builder = new SetBuilder();
  collect(value, type, types, [], builder);
  return isJsonObject(value) ? builder.build() : emptySet();
}

function collect(
  value: unknown,
  type: FieldType,
  types: TypeResolver,
  path: readonly PathElement[],
  into: SetBuilder,
): void {
  const shape = shapeOf(type, value, types);
  if (shape.type === "leaf" || isAtomic(shape)) {
    into.insert(path);
    return;
  }
  if (shape.type === "list") {
    if (!Array.isArray(value)) return;
    for (const item of value) {
      const element = elementOf(shape, item, types);
      if (typeof element !== "string") continue;
      const below = [...path, element];
      collect(item, shape.items, types, below, into);
      into.insert(below);
    }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const name in value) {
    const member = memberType(shape, name);
    if (member === null) continue;
    const below = [...path, fieldElement(name)];
    collect(value[name], member, types, below, into);
    if (isHollow(value[name]) || !declares(shape, name)) into.insert(below);
  }
}

function isAtomic(shape: ReturnType<typeof shapeOf>): boolean {
  return shape.type === "list" ? shape.list.type === "atomic" : shape.type === "map" && shape.atomic;
}

function isHollow(value: unknown): boolean {
  return value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}
