import type { Json, JsonObject } from "../model/json.ts";
import { assertNever, isJsonObject } from "../model/json.ts";
import { builtinTypes } from "../schema/table.ts";
import type { FieldSpec, FieldType } from "../schema/types.ts";
import type { ServedType } from "./catalog.ts";

/** Schemas of kinds and of all that they refer to, by the names of OpenAPI documents. */
export function schemasOf(types: readonly ServedType[]): JsonObject {
  const schemas: JsonObject = {};
  for (const type of types) {
    const { group, version, kind } = type;
    const named: JsonObject[] = [{ group, version, kind }];
    if (type.custom !== null) {
      schemas[customName(type)] = { ...customSchema(type, schemas), "x-kubernetes-group-version-kind": named };
      continue;
    }
    const root = builtinTypes.rootType(group === "" ? version : `${group}/${version}`, kind);
    if (root?.type !== "struct") continue;
    addStruct(root.ref, schemas);
    const schema = schemas[root.ref] as JsonObject;
    schema["x-kubernetes-group-version-kind"] = named;
  }
  return schemas;
}

/** `com.example.stable.v1.CronTab`, as the real server names the kinds of a group. */
function customName({ group, version, kind }: ServedType): string {
  return `${group.split(".").reverse().join(".")}.${version}.${kind}`;
}

function customSchema(type: ServedType, schemas: JsonObject): JsonObject {
  const schema = type.custom?.schema ?? { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  addStruct("meta.v1.ObjectMeta", schemas);
  const head = {
    apiVersion: { type: "string" },
    kind: { type: "string" },
    metadata: { allOf: [{ $ref: "#/components/schemas/meta.v1.ObjectMeta" }] },
  };
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  return { ...schema, properties: { ...properties, ...head } };
}

function addStruct(ref: string, schemas: JsonObject): void {
  if (schemas[ref] !== undefined) return;
  const struct = builtinTypes.structType(ref);
  const properties: JsonObject = {};
  const schema: JsonObject = { description: whereDescribed(ref), type: "object", properties };
  schemas[ref] = schema;
  if (struct === null) return;
  const required: string[] = [];
  for (const [name, field] of Object.entries(struct.fields)) {
    properties[name] = fieldSchema(field, schemas);
    if (field.required) required.push(name);
  }
  if (required.length > 0) schema["required"] = required;
}

/** Groups whose name in paths is not the one in the names of their structs. */
const groupNames: Readonly<Record<string, string>> = {
  rbac: "rbac-authorization-k8s-io",
  flowcontrol: "flowcontrol-apiserver-k8s-io",
};
const plainGroups = new Set(["core", "meta", "apps", "batch", "autoscaling", "policy"]);

/** The texts of the API reference are not shipped: `kubectl explain` says where they stand. */
function whereDescribed(ref: string): string {
  const [group = "", version = "", name = ""] = ref.split(".");
  const named = groupNames[group] ?? (plainGroups.has(group) ? group : `${group}-k8s-io`);
  const anchor = `${name.toLowerCase()}-${version}-${named}`;
  return `${name} is described at https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#${anchor}`;
}

function fieldSchema(field: FieldSpec, schemas: JsonObject): JsonObject {
  const schema = typeSchema(field.type, schemas);
  return field.default === undefined || schema["$ref"] !== undefined
    ? schema
    : { ...schema, default: field.default as Json };
}

/** Scalars of two types have a name, which `kubectl explain` shows. */
const eithers: Readonly<Record<string, JsonObject>> = {
  Quantity: { oneOf: [{ type: "string" }, { type: "number" }] },
  IntOrString: { format: "int-or-string", oneOf: [{ type: "integer" }, { type: "string" }] },
};

function eitherSchema(format: string, schemas: JsonObject): JsonObject {
  const name = format === "quantity" ? "Quantity" : format === "int-or-string" ? "IntOrString" : null;
  if (name === null) return { "x-kubernetes-preserve-unknown-fields": true };
  const ref = `io.k8s.apimachinery.${name}`;
  schemas[ref] = eithers[name]!;
  return { $ref: `#/components/schemas/${ref}` };
}

function typeSchema(type: FieldType, schemas: JsonObject): JsonObject {
  switch (type.type) {
    case "untyped":
      return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
    case "scalar":
      if (type.scalar === "any") return eitherSchema(type.format, schemas);
      return {
        type: type.scalar,
        ...(type.format === "" ? {} : { format: type.format }),
        ...(type.values === undefined ? {} : { enum: [...type.values] }),
      };
    case "struct":
      addStruct(type.ref, schemas);
      return {
        allOf: [{ $ref: `#/components/schemas/${type.ref}` }],
        ...(type.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
      };
    case "map":
      return {
        type: "object",
        additionalProperties: typeSchema(type.values, schemas),
        ...(type.atomic ? { "x-kubernetes-map-type": "atomic" } : {}),
      };
    case "list":
      return {
        type: "array",
        items: typeSchema(type.items, schemas),
        "x-kubernetes-list-type": type.list.type,
        ...(type.list.type === "map" ? { "x-kubernetes-list-map-keys": [...type.list.keys] } : {}),
      };
    default:
      return assertNever(type);
  }
}
