import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { at } from "../../model/read-field.ts";

/** Gives the field a value where it has none. Defaulting works on a copy of its own, in place. */
export function fill(object: JsonObject, values: Readonly<JsonObject>): void {
  for (const [key, value] of Object.entries(values)) {
    if (object[key] === undefined || object[key] === null) object[key] = structuredClone(value);
  }
}

/** The struct at a key, made where it is missing. */
export function child(object: JsonObject, key: string): JsonObject {
  const found = object[key];
  if (isJsonObject(found)) return found;
  const made: JsonObject = {};
  object[key] = made;
  return made;
}

/** The structs of a list, none where there is no list. */
export function each(object: JsonObject, ...path: string[]): JsonObject[] {
  const found: Json | undefined = at(object, ...path);
  return Array.isArray(found) ? found.filter(isJsonObject) : [];
}

/** The struct at a path, if it is there. */
export function existing(object: JsonObject, ...path: string[]): JsonObject | null {
  const found: Json | undefined = at(object, ...path);
  return isJsonObject(found) ? found : null;
}
