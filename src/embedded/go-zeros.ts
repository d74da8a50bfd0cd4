import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";

/**
 * Writes, in place, what Go's JSON encoder writes where a writer left something out: "" and 0 of required fields, {} of
 * structs that are no pointers. Metadata and status are the server's own affair.
 */
export function fillGoZeros(object: JsonObject, root: FieldType, types: TypeResolver): void {
  const { metadata, status, ...rest } = object;
  fillStruct(rest, root, types, new Set(["metadata", "status"]));
  for (const [name, value] of Object.entries(rest)) object[name] = value;
}

function fillStruct(value: JsonObject, type: FieldType, types: TypeResolver, besides?: ReadonlySet<string>): void {
  const struct = type.type === "struct" ? types.structType(type.ref) : null;
  // The metadata of templates is written without what it lacks.
  if (struct === null || struct.name === "meta.v1.ObjectMeta") return;
  for (const [name, field] of Object.entries(struct.fields)) {
    if (besides?.has(name)) continue;
    const said = value[name];
    if (said !== undefined && said !== null) below(said, field.type, types);
    else if (name === "metadata" || name === "status") continue;
    else if (isJsonObject(field.default) && Object.keys(field.default).length === 0) {
      const none: JsonObject = {};
      fillStruct(none, field.type, types);
      value[name] = none;
    } else if (field.required && (field.default === "" || field.default === 0)) value[name] = field.default;
  }
}

function below(value: Json, type: FieldType, types: TypeResolver): void {
  if (type.type === "struct" && isJsonObject(value)) fillStruct(value, type, types);
  else if (type.type === "list" && Array.isArray(value)) for (const item of value) below(item, type.items, types);
  else if (type.type === "map" && isJsonObject(value))
    for (const item of Object.values(value)) below(item, type.values, types);
}
