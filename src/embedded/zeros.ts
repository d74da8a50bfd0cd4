import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { dropsZeros } from "./protobuf.ts";

/**
 * Drops, in place, what Go leaves out of its JSON: false, 0 and "" in fields that are no pointers and say omitempty. So a
 * writer's `paused: false` is owned, but not stored. The object's own metadata stays: an empty name there is an error.
 */
export function dropZeros(object: JsonObject, apiVersion: string, kind: string): void {
  const ref = dropsZeros.root(apiVersion, kind);
  if (ref === null) return;
  for (const [name, field] of dropsZeros.fields(ref)) {
    const value = object[name];
    if (name === "metadata" || value === undefined) continue;
    if (field.dropsZero && isZero(value)) delete object[name];
    else below(value, field.code);
  }
}

const isZero = (value: Json): boolean => value === false || value === 0 || value === "";

function drop(object: JsonObject, ref: string): void {
  const fields = dropsZeros.fields(ref);
  for (const [name, value] of Object.entries(object)) {
    const field = fields.get(name);
    if (field === undefined) continue;
    if (field.dropsZero && isZero(value)) delete object[name];
    else below(value, field.code);
  }
}

function below(value: Json, code: string): void {
  if (code.startsWith("[]") && Array.isArray(value)) for (const item of value) below(item, code.slice(2));
  else if (code.startsWith("{}") && isJsonObject(value))
    for (const item of Object.values(value)) below(item, code.slice(2));
  else if (code.startsWith("@") && isJsonObject(value)) drop(value, code.slice(1));
}
