import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { asJson, type KubeObject } from "../../model/objects.ts";
import { at, textAt } from "../../model/read-field.ts";
import { structuralFindings } from "../../schema/structural.ts";
import type { ServedType } from "../catalog.ts";
import { type FieldError, invalidValue } from "../failures.ts";
import { ruleErrors } from "./rules.ts";

/** What a custom object's schema says against it, in the words of the real server's validator, its CEL rules last. */
export function validateCustom(object: KubeObject, type: ServedType, live: KubeObject | null = null): FieldError[] {
  const schema = type.custom?.schema;
  if (schema === null || schema === undefined) return [];
  const errors: FieldError[] = [...structuralFindings(asJson(object), schema), ...scaleErrors(asJson(object), type)];
  if (!hasRules(schema)) return errors;
  if (!errors.some(({ reason }) => blocking.has(reason)))
    return [...errors, ...ruleErrors(asJson(object), live === null ? null : asJson(live), schema)];
  const why =
    "some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";
  return [...errors, { reason: "FieldValueInvalid", field: "<nil>", message: `Invalid value: null: ${why}` }];
}

/** The scale subresource must be able to read its number of replicas. */
function scaleErrors(object: JsonObject, type: ServedType): FieldError[] {
  const path = textAt(type.custom?.scale, "specReplicasPath");
  const value = path === "" ? undefined : at(object, ...path.split(".").slice(1));
  if (typeof value !== "string") return [];
  return [invalidValue(path, "0", `${path} accessor error: ${value} is of the type string, expected int64`)];
}

/** Errors after which the real server does not try the schema's CEL rules. */
const blocking = new Set([
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueNotSupported",
  "FieldValueTypeInvalid",
]);

function hasRules(schema: Json): boolean {
  if (Array.isArray(schema)) return schema.some(hasRules);
  return isJsonObject(schema) && ("x-kubernetes-validations" in schema || Object.values(schema).some(hasRules));
}
