import { isJsonObject } from "../model/json.ts";
import type { FieldSet } from "./field-set.ts";

/** The object with the fields of a set (names only) as they live: what a write through a subresource leaves alone. */
export function restoreFields(object: unknown, live: unknown, reset: FieldSet): unknown {
  if (!isJsonObject(object)) return object;
  const restored: Record<string, unknown> = { ...object };
  for (const [element, below] of reset.children) {
    const name = element.slice(2);
    const value = isJsonObject(live) ? live[name] : undefined;
    const next = below.own ? value : restoreFields(object[name], value, below);
    if (next === undefined) delete restored[name];
    else restored[name] = next;
  }
  return restored;
}
