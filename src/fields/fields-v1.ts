import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { FieldSet } from "./field-set.ts";
import { canonicalElement, compareElements, type PathElement } from "./path-element.ts";

/** Reads `fieldsV1` of a managedFields entry; null where it is not one (the server then starts afresh). */
export function parseFieldsV1(json: unknown): FieldSet | null {
  if (!isJsonObject(json)) return null;
  const set = parseNode(json);
  return set === null ? null : { own: false, children: set.children };
}

/** An empty object is a leaf, owned; one with children is owned where it says "." too. */
function parseNode(json: JsonObject): FieldSet | null {
  const children = new Map<PathElement, FieldSet>();
  let own = false;
  let empty = true;
  for (const name in json) {
    empty = false;
    if (name === ".") {
      own = true;
      continue;
    }
    const value = json[name];
    const element = canonicalElement(name);
    const child = isJsonObject(value) ? parseNode(value) : null;
    if (element === null || child === null) return null;
    children.set(element, child);
  }
  return { own: own || empty, children };
}

export function printFieldsV1(set: FieldSet): JsonObject {
  const json: JsonObject = set.own && set.children.size > 0 ? { ".": {} } : {};
  for (const element of [...set.children.keys()].sort(compareElements)) {
    json[element] = printFieldsV1(set.children.get(element)!);
  }
  return json;
}
