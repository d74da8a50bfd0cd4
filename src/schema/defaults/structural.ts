import { Unknown } from "../../model/desired.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";

/**
 * Fills in what the schema of a custom resource sets where nothing is given; in place. A null where the schema allows none
 * is a missing value if there is a default (Kubernetes, "CustomResourceDefinitions", Defaulting); another is dropped as in
 * decoding, or stays for the schema to refuse.
 */
export function fillStructuralDefaults(value: Json, schema: JsonObject, nulls: "drop" | "keep" = "drop"): void {
  if (Array.isArray(value)) {
    const items = schema["items"];
    if (isJsonObject(items)) for (const item of value) fillStructuralDefaults(item, items, nulls);
    return;
  }
  if (!isJsonObject(value) || (value as object) instanceof Unknown) return;
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  for (const [name, property] of Object.entries(properties)) {
    if (!isJsonObject(property)) continue;
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    const missing = given === undefined || (given === null && property["nullable"] !== true);
    if (missing && property["default"] !== undefined) value[name] = structuredClone(property["default"]);
    else if (given === null && missing && nulls === "drop") delete value[name];
    const filled = value[name];
    if (filled !== undefined) fillStructuralDefaults(filled, property, nulls);
  }
  const additional = schema["additionalProperties"];
  if (isJsonObject(additional))
    for (const [name, child] of Object.entries(value))
      if (!Object.hasOwn(properties, name)) fillStructuralDefaults(child, additional, nulls);
}
