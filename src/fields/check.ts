import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { fieldElement, type PathElement, printPath } from "./path-element.ts";
import { elementOf, memberType, type Shape, shapeOf } from "./shape.ts";

/**
 * What keeps an applied config from being typed: unknown fields, wrong types, list elements without a key or with the
 * same one. Each as the API server words it: `.spec.replicass: field not declared in schema`.
 */
export function checkTyped(value: unknown, type: FieldType, types: TypeResolver): string[] {
  const errors: string[] = [];
  checkAt(value, type, types, [], errors);
  return errors;
}

function checkAt(
  value: unknown,
  type: FieldType,
  types: TypeResolver,
  path: readonly PathElement[],
  errors: string[],
): void {
  if (value === null) return;
  const shape = shapeOf(type, value, types);
  const complain = (message: string, at = path): void => {
    errors.push(`${printPath(at)}: ${message}`);
  };
  if (shape.type === "leaf") {
    const message = scalarError(value, shape.scalar);
    if (message !== null) complain(message);
  } else if (shape.type === "list") {
    if (!Array.isArray(value)) complain(`expected list, got ${goValue(value)}`);
    else checkItems(value, shape, types, path, errors);
  } else if (!isJsonObject(value)) {
    complain(`expected map, got ${goValue(value)}`);
  } else {
    for (const name in value) {
      const below = [...path, fieldElement(name)];
      const member = memberType(shape, name);
      if (member === null) complain("field not declared in schema", below);
      else checkAt(value[name], member, types, below, errors);
    }
  }
}

function checkItems(
  items: readonly unknown[],
  shape: Shape & { type: "list" },
  types: TypeResolver,
  path: readonly PathElement[],
  errors: string[],
): void {
  const seen = new Set<PathElement>();
  items.forEach((item, index) => {
    if (shape.list.type === "atomic") {
      checkAt(item, shape.items, types, [...path, `i:${index}`], errors);
      return;
    }
    const element = elementOf(shape, item, types);
    if (typeof element !== "string") {
      errors.push(`${printPath(path)}: element ${index}: ${element.message}`);
      return;
    }
    if (seen.has(element)) errors.push(`${printPath(path)}: duplicate entries for key ${printPath([element])}`);
    seen.add(element);
    checkAt(item, shape.items, types, [...path, element], errors);
  });
}

function scalarError(value: unknown, scalar: (Shape & { type: "leaf" })["scalar"]): string | null {
  switch (scalar) {
    case "string":
      return typeof value === "string"
        ? null
        : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`;
    case "integer":
    case "number":
      return typeof value === "number" ? null : `expected numeric (int or float), got ${goType(value)}`;
    case "boolean":
      return typeof value === "boolean" ? null : `expected boolean, got ${goValue(value)}`;
    case "any":
      return typeof value === "object" ? `expected any scalar, got ${goValue(value)}` : null;
  }
}

/** Go's %T. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return "[]interface {}";
  if (typeof value === "object") return "map[string]interface {}";
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" ? (Number.isInteger(value) ? "int64" : "float64") : "string";
}

/** Go's %#v. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (isJsonObject(value)) {
    return `map[string]interface {}{${sortedEntries(value)
      .map(([k, v]) => `${JSON.stringify(k)}:${goSyntax(v)}`)
      .join(", ")}}`;
  }
  return value === null ? "interface {}(nil)" : JSON.stringify(value);
}

/** Go's %v of the pointer that holds the value. */
function goValue(value: unknown): string {
  return `&{${goPlain(value)}}`;
}

function goPlain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goPlain).join(" ")}]`;
  if (isJsonObject(value)) {
    return `map[${sortedEntries(value)
      .map(([k, v]) => `${k}:${goPlain(v)}`)
      .join(" ")}]`;
  }
  return value === null ? "<nil>" : String(value);
}

function sortedEntries(value: Readonly<Record<string, unknown>>): [string, unknown][] {
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
