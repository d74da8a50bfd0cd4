import type { FieldPath } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";
import { fieldText, joinSteps, keyText } from "../schema/path-text.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { fieldElement, type PathElement, parseElement } from "./path-element.ts";
import { elementOf, memberType, shapeOf } from "./shape.ts";

/**
 * A path as people read it: `spec.template.spec.containers[web].ports[80/TCP]`, keys that are no plain words quoted:
 * `metadata.labels["app.kubernetes.io/name"]`.
 */
export function displayPath(path: readonly PathElement[]): string {
  return joinSteps(path.map(displayElement));
}

function displayElement(element: PathElement): string {
  const parsed = parseElement(element);
  switch (parsed?.type) {
    case "field":
      return fieldText(parsed.name);
    case "key":
      return keyText(Object.values(parsed.keys));
    case "value":
      return keyText([parsed.value]);
    case "index":
      return keyText([parsed.index]);
    default:
      return fieldText(element);
  }
}

/** A path of names and list indexes into an object, with list elements by their key where the schema has one. */
export function elementsOf(path: FieldPath, object: unknown, type: FieldType, types: TypeResolver): PathElement[] {
  const elements: PathElement[] = [];
  let value = object;
  let at: FieldType = type;
  for (const step of path) {
    const shape = shapeOf(at, value, types);
    if (shape.type === "list") {
      const item: unknown = Array.isArray(value) ? value[Number(step)] : undefined;
      const element = shape.list.type === "atomic" || item === undefined ? null : elementOf(shape, item, types);
      elements.push(typeof element === "string" ? element : `i:${step}`);
      value = item;
      at = shape.items;
    } else {
      elements.push(typeof step === "number" ? `i:${step}` : fieldElement(step));
      value = isJsonObject(value) ? value[step] : undefined;
      at = (shape.type === "map" ? memberType(shape, String(step)) : null) ?? { type: "untyped" };
    }
  }
  return elements;
}
