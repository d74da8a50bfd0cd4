import type { Json, JsonObject } from "./json.ts";
import { isJsonObject } from "./json.ts";

/** The value at a path of map keys and list indices below anything; undefined where a step finds nothing. */
export function at(value: unknown, ...path: readonly (string | number)[]): Json | undefined {
  let current = value as Json | undefined;
  for (const step of path) {
    if (typeof step === "number" ? Array.isArray(current) : isJsonObject(current)) {
      current = (current as Record<string | number, Json>)[step];
    } else return undefined;
  }
  return current;
}

export function listAt(value: unknown, ...path: readonly (string | number)[]): readonly Json[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export function objectAt(value: unknown, ...path: readonly (string | number)[]): JsonObject {
  const found = at(value, ...path);
  return isJsonObject(found) ? found : {};
}

/** "" where there is nothing. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return found === undefined || found === null ? "" : String(found);
}

/** 0 where there is no number. */
export function numberAt(value: unknown, ...path: readonly (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}
