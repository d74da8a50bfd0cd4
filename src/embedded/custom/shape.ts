import type { JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { asJson, type KubeObject } from "../../model/objects.ts";
import { fillStructuralDefaults } from "../../schema/defaults/structural.ts";
import { prune, type UnknownField } from "../../schema/structural.ts";
import type { ServedType } from "../catalog.ts";

/** The custom object without fields that its schema does not know, and with the schema's defaults. Others stay as they are. */
export function shapeCustom(object: KubeObject, type: ServedType, nulls: "drop" | "keep" = "drop"): KubeObject {
  if (type.custom === null) return object;
  const copy = structuredClone(object);
  tidyMetadata(copy.metadata as unknown as JsonObject);
  const { schema } = type.custom;
  if (schema === null || schema === undefined) return copy;
  prune(asJson(copy), schema, "", [], true);
  fillStructuralDefaults(asJson(copy), schema, nulls);
  return copy;
}

/** Metadata is of one type whatever the kind: what is empty there is not written. */
function tidyMetadata(metadata: JsonObject): void {
  for (const [key, value] of Object.entries(metadata)) {
    const empty = Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
    if (value === null || empty) delete metadata[key];
  }
}

/** Paths of fields that pruning would drop: `spec.parts[0].colour`. */
export function unknownCustomFields(object: KubeObject, type: ServedType): string[] {
  const schema = type.custom?.schema;
  const unknown: UnknownField[] = [];
  if (schema !== null && schema !== undefined) prune(structuredClone(asJson(object)), schema, "", unknown, true);
  return unknown.map(({ path }) => path);
}
