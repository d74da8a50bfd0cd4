import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import type { ServedType } from "./catalog.ts";
import { unknownCustomFields } from "./custom/shape.ts";
import { badRequest, invalid, invalidValue } from "./failures.ts";

interface Findings {
  readonly unknown: string[];
  /** First value that Go could not hold; "" where there is none. */
  mismatch: string;
}

/**
 * What decoding into the kind's type says: unknown fields as warnings or, under Strict, as a refusal; a value of the
 * wrong type always refused. Throws Refusal 400, or 422 where a patch made the object; returns warnings.
 */
export function inspectFields(
  object: KubeObject,
  type: ServedType,
  types: TypeResolver,
  level: "Ignore" | "Warn" | "Strict",
  origin: "body" | "patch" = "body",
): string[] {
  if (type.custom !== null) return unknownFields(unknownCustomFields(object, type), type, level);
  const root = types.rootType(object.apiVersion, object.kind);
  if (root === null) return [];
  const findings: Findings = { unknown: [], mismatch: "" };
  walk(object, root, { path: "", goPath: type.kind, struct: type.kind }, types, findings);
  const cannot = `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  if (findings.mismatch !== "") {
    if (origin === "body") throw badRequest(`${cannot}: ${findings.mismatch}`);
    const error = invalidValue("patch", JSON.stringify(JSON.stringify(object)), findings.mismatch);
    throw invalid({ group: "", kind: "" }, "", [error]);
  }
  return unknownFields(findings.unknown, type, level);
}

function unknownFields(paths: readonly string[], type: ServedType, level: "Ignore" | "Warn" | "Strict"): string[] {
  const unknown = paths.map((path) => `unknown field "${path}"`);
  const cannot = `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  if (level === "Strict" && unknown.length > 0)
    throw badRequest(`${cannot}: strict decoding error: ${unknown.join(", ")}`);
  return level === "Warn" ? unknown : [];
}

interface Place {
  readonly path: string;
  /** Go names the struct that holds the field, then the whole path without indices: `EnvVar.spec.template...`. */
  readonly goPath: string;
  readonly struct: string;
}

function walk(value: unknown, type: FieldType, place: Place, types: TypeResolver, findings: Findings): void {
  if (value === null || value === undefined) return;
  switch (type.type) {
    case "untyped":
      return;
    case "scalar":
      checkScalar(value, type, place, findings);
      return;
    case "list":
      if (!Array.isArray(value)) mismatch(value, `[]${goType(type.items)}`, place, findings);
      else {
        for (const [index, item] of value.entries())
          walk(item, type.items, { ...place, path: `${place.path}[${index}]` }, types, findings);
      }
      return;
    case "map":
      if (!isJsonObject(value)) mismatch(value, `map[string]${goType(type.values)}`, place, findings);
      else {
        for (const [key, item] of Object.entries(value))
          walk(item, type.values, { ...place, path: `${place.path}.${key}` }, types, findings);
      }
      return;
    case "struct": {
      if (!isJsonObject(value)) {
        mismatch(value, type.ref, place, findings);
        return;
      }
      const struct = types.structType(type.ref);
      if (struct === null) return;
      const name = struct.name.slice(struct.name.lastIndexOf(".") + 1);
      for (const [key, item] of Object.entries(value)) {
        const field = struct.fields[key];
        const path = place.path === "" ? key : `${place.path}.${key}`;
        if (field !== undefined) {
          const goPath = `${place.path.replaceAll(/\[\d+\]/g, "")}${place.path === "" ? "" : "."}${key}`;
          walk(item, field.type, { path, goPath: `${name}.${goPath}`, struct: name }, types, findings);
        } else if (struct.rest === undefined) findings.unknown.push(path);
      }
    }
  }
}

function checkScalar(value: unknown, type: FieldType & { type: "scalar" }, place: Place, findings: Findings): void {
  if (type.format === "int-or-string" || type.format === "quantity" || type.scalar === "any") {
    if (typeof value === "string" || typeof value === "number") return;
    if (type.scalar === "any") return;
  } else if (type.scalar === "string" && typeof value === "string") return;
  else if (type.scalar === "boolean" && typeof value === "boolean") return;
  else if (type.scalar === "number" && typeof value === "number") return;
  else if (type.scalar === "integer" && Number.isInteger(value)) return;
  mismatch(value, goType(type), place, findings);
}

function goType(type: FieldType): string {
  if (type.type !== "scalar") return type.type === "struct" ? type.ref : "interface {}";
  if (type.scalar === "integer") return type.format === "" ? "int64" : type.format;
  if (type.scalar === "boolean") return "bool";
  return type.scalar === "number" ? "float64" : "string";
}

function mismatch(value: unknown, expected: string, place: Place, findings: Findings): void {
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  findings.mismatch ||= `json: cannot unmarshal ${kind} into Go struct field ${place.goPath} of type ${expected}`;
}
