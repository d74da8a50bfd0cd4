import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { quantityValue } from "../schema/quantity.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import type { ServedType } from "./catalog.ts";
import { unknownCustomFields } from "./custom/shape.ts";
import { badRequest } from "./failures.ts";
import { formatMismatch } from "./go-formats.ts";
import { unfitPatch } from "./patch-words.ts";

interface Findings {
  readonly unknown: string[];
  /** First value that Go could not hold; "" where there is none. */
  mismatch: string;
}

/**
 * What decoding into the kind's type says: unknown fields as warnings or, under Strict, as a refusal; a value of the
 * wrong type always refused. Throws Refusal 400, or 422 with the text of `patched` where a patch made the object; returns
 * warnings.
 */
export function inspectFields(
  object: KubeObject,
  type: ServedType,
  types: TypeResolver,
  level: "Ignore" | "Warn" | "Strict",
  options: { readonly patched?: () => string; readonly duplicates?: readonly string[] } = {},
): string[] {
  const patched = options.patched ?? null;
  const duplicates = options.duplicates ?? [];
  const found = (paths: readonly string[]) => [...duplicates, ...paths.map((path) => `unknown field "${path}"`)];
  if (type.custom !== null) return strictly(found(unknownCustomFields(object, type)), type, level, patched);
  const root = types.rootType(object.apiVersion, object.kind);
  if (root === null) return [];
  const findings: Findings = { unknown: [], mismatch: "" };
  walk(object, root, { path: "", goPath: type.kind, struct: type.kind }, types, findings);
  const cannot = `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  if (findings.mismatch !== "") {
    if (patched !== null) throw unfitPatch(patched(), findings.mismatch);
    throw badRequest(`${cannot}: ${findings.mismatch}`);
  }
  return strictly(found(findings.unknown), type, level, patched);
}

function strictly(
  found: readonly string[],
  type: ServedType,
  level: "Ignore" | "Warn" | "Strict",
  patched: (() => string) | null,
): string[] {
  const cannot = `${type.kind} in version "${type.version}" cannot be handled as a ${type.kind}`;
  if (level === "Strict" && found.length > 0) {
    const why = `strict decoding error: ${found.join(", ")}`;
    throw patched === null ? badRequest(`${cannot}: ${why}`) : unfitPatch(patched(), why);
  }
  return level === "Warn" ? [...found] : [];
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
    if (type.format === "quantity" && typeof value === "string" && quantityValue(value) === null)
      findings.mismatch ||= notAQuantity;
    if (typeof value === "string" || typeof value === "number") return;
    if (type.scalar === "any") return;
  } else if (type.scalar === "string" && typeof value === "string") {
    findings.mismatch ||= formatMismatch(value, type.format, place.goPath);
    return;
  } else if (type.scalar === "boolean" && typeof value === "boolean") return;
  else if (type.scalar === "number" && typeof value === "number") return;
  else if (type.scalar === "integer" && Number.isInteger(value)) return;
  mismatch(value, goType(type), place, findings);
}

const notAQuantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

function goType(type: FieldType): string {
  if (type.type !== "scalar") return type.type === "struct" ? type.ref : "interface {}";
  if (type.scalar === "integer") return type.format === "" ? "int64" : type.format;
  if (type.scalar === "boolean") return "bool";
  return type.scalar === "number" ? "float64" : "string";
}

function mismatch(value: unknown, expected: string, place: Place, findings: Findings): void {
  const fraction = typeof value === "number" && /^u?int/.test(expected);
  const kind = Array.isArray(value)
    ? "array"
    : typeof value === "boolean"
      ? "bool"
      : fraction
        ? `number ${value}`
        : typeof value;
  findings.mismatch ||= `json: cannot unmarshal ${kind} into Go struct field ${place.goPath} of type ${expected}`;
}
