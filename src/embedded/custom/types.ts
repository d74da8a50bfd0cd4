import { typeOf } from "../../model/ids.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { builtinTypes } from "../../schema/table.ts";
import type { FieldSpec, FieldType, ListKind, StructType, TypeResolver } from "../../schema/types.ts";
import type { Catalog } from "../catalog.ts";

/** Types of Kubernetes' own kinds and of custom resources; a custom kind without a schema is not known. */
export function typesOf(catalog: Catalog): TypeResolver {
  return {
    rootType(apiVersion, kind) {
      const builtin = builtinTypes.rootType(apiVersion, kind);
      if (builtin !== null) return builtin;
      const { group, version } = typeOf(apiVersion, kind);
      const schema = catalog.findKind(group, version, kind)?.custom?.schema;
      return schema === null || schema === undefined ? null : rootOf(schema);
    },
    structType: (ref) => customStructs.get(ref) ?? builtinTypes.structType(ref),
  };
}

const roots = new WeakMap<JsonObject, FieldType>();
/** A definition that is stored again has the same schema in a new object. */
const byText = new Map<string, FieldType>();
/** Structs made from schemas, under numbers of their own. */
const customStructs = new Map<string, StructType>();
let made = 0;

function rootOf(schema: JsonObject): FieldType {
  const known = roots.get(schema);
  if (known !== undefined) return known;
  const text = JSON.stringify(schema);
  const same = byText.get(text);
  if (same !== undefined) {
    roots.set(schema, same);
    return same;
  }
  const { type, struct } = structOf(schema);
  const name: FieldSpec = { type: { type: "scalar", scalar: "string", format: "" }, required: false };
  const metadata: FieldSpec = { type: { type: "struct", ref: "meta.v1.ObjectMeta", atomic: false }, required: false };
  Object.assign(struct.fields, { apiVersion: name, kind: name, metadata });
  roots.set(schema, type);
  byText.set(text, type);
  return type;
}

function structOf(schema: JsonObject): { type: FieldType; struct: StructType } {
  const ref = `custom.${++made}`;
  const fields: Record<string, FieldSpec> = Object.create(null);
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  for (const [name, property] of Object.entries(properties)) {
    const given = isJsonObject(property) ? property : {};
    // Go knows no zero values of these types, so nothing is "required" in the table's sense; keys of lists have defaults.
    const spec = { type: typeOfSchema(given), required: false };
    const preset = given["default"];
    fields[name] = isZero(preset) ? spec : { ...spec, default: preset };
  }
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const struct: StructType = open ? { name: ref, fields, rest: { type: "untyped" } } : { name: ref, fields };
  customStructs.set(ref, struct);
  return { type: { type: "struct", ref, atomic: schema["x-kubernetes-map-type"] === "atomic" }, struct };
}

function isZero(preset: Json | undefined): boolean {
  return preset === undefined || preset === "" || preset === 0 || typeof preset === "object";
}

/** A structural schema (KEP-1979 names the list types) as server-side apply sees it. */
function typeOfSchema(schema: JsonObject): FieldType {
  if (schema["x-kubernetes-int-or-string"] === true) return { type: "scalar", scalar: "any", format: "int-or-string" };
  switch (schema["type"]) {
    case "string":
    case "integer":
    case "number":
    case "boolean":
      return { type: "scalar", scalar: schema["type"], format: "" };
    case "array":
      return { type: "list", items: typeOfSchema(objectIn(schema["items"])), list: listKind(schema) };
    case "object": {
      if (isJsonObject(schema["properties"])) return structOf(schema).type;
      if (schema["x-kubernetes-preserve-unknown-fields"] === true) return { type: "untyped" };
      const values = schema["additionalProperties"];
      const atomic = schema["x-kubernetes-map-type"] === "atomic";
      return { type: "map", values: isJsonObject(values) ? typeOfSchema(values) : { type: "untyped" }, atomic };
    }
    default:
      return { type: "untyped" };
  }
}

function listKind(schema: JsonObject): ListKind {
  const keys = schema["x-kubernetes-list-map-keys"];
  switch (schema["x-kubernetes-list-type"]) {
    case "map":
      return { type: "map", keys: Array.isArray(keys) ? keys.map(String) : [] };
    case "set":
      return { type: "set" };
    default:
      return { type: "atomic" };
  }
}

function objectIn(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
