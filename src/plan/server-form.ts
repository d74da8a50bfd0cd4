import type { Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { fillDefaults, normalize } from "../schema/defaults/defaults.ts";
import { fillStructuralDefaults } from "../schema/defaults/structural.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import type { TemplateObject } from "./body.ts";

/** The object as the server is expected to keep it; a stand-in takes the place of what is not known. */
export function serverForm(sent: Template | TemplateObject, schema: JsonObject | null, standIn: string): JsonObject {
  const copy = withStandIns(sent, standIn) as JsonObject;
  const type = rootType(String(copy["apiVersion"]), String(copy["kind"]));
  if (type !== null) {
    normalize(copy, type, builtinTypes);
    fillDefaults(copy);
  } else if (schema !== null) fillStructuralDefaults(copy, schema);
  return copy;
}

function withStandIns(value: Template | TemplateObject, standIn: string): Json {
  if (value instanceof Unknown) return standIn;
  if (Array.isArray(value)) return value.map((item) => withStandIns(item, standIn));
  if (!isJsonObject(value)) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withStandIns(child, standIn)]));
}
