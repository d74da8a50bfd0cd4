import { Unknown } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";

/** One thing that a structural schema says against a value, in the words of the real server's validator. */
export interface SchemaFinding {
  readonly reason:
    | "FieldValueRequired"
    | "FieldValueInvalid"
    | "FieldValueTypeInvalid"
    | "FieldValueNotSupported"
    | "FieldValueDuplicate"
    | "FieldValueTooLong"
    | "FieldValueTooMany";
  /** `spec.parts[0].size` */
  readonly field: string;
  readonly message: string;
}

/**
 * What the schema of a custom resource (API reference, JSONSchemaProps) says against an object; its head is left out.
 * CEL rules (`x-kubernetes-validations`) are not evaluated; a value that is not known yet fits everything.
 */
export function structuralFindings(object: JsonObject, schema: JsonObject): SchemaFinding[] {
  const { apiVersion: _, kind: __, metadata: ___, ...rest } = object;
  return errorsAt(rest, { ...schema, properties: withoutHead(schema["properties"]) }, "");
}

function withoutHead(properties: Json | undefined): JsonObject {
  if (!isJsonObject(properties)) return {};
  const { apiVersion: _, kind: __, metadata: ___, ...rest } = properties;
  return rest;
}

function isUnknown(value: unknown): boolean {
  return value instanceof Unknown;
}

/** A field that the schema does not know, and those that it knows in its place. */
export interface UnknownField {
  /** `spec.parts[0].colour` */
  readonly path: string;
  readonly siblings: readonly string[];
}

/** In place (API reference, "Field pruning"). `embedded`: the value is a whole object with kind and metadata. */
export function prune(value: Json, schema: JsonObject, path: string, unknown: UnknownField[], embedded: boolean): void {
  if (isUnknown(value)) return;
  if (Array.isArray(value)) {
    const items = schema["items"];
    if (isJsonObject(items))
      for (const [i, item] of value.entries()) prune(item, items, `${path}[${i}]`, unknown, isEmbedded(items));
    return;
  }
  if (!isJsonObject(value)) return;
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const additional = schema["additionalProperties"];
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true || additional === true;
  for (const [name, child] of Object.entries(value)) {
    const below = path === "" ? name : `${path}.${name}`;
    if (embedded && head.has(name)) continue;
    const property = Object.hasOwn(properties, name) ? properties[name] : additional;
    if (isJsonObject(property)) prune(child, property, below, unknown, isEmbedded(property));
    else if (!open) {
      delete value[name];
      unknown.push({ path: below, siblings: Object.keys(properties) });
    }
  }
}

const isEmbedded = (schema: JsonObject) => schema["x-kubernetes-embedded-resource"] === true;

function errorsAt(value: Json, schema: JsonObject, path: string): SchemaFinding[] {
  if (isUnknown(value)) return [];
  if (value === null && schema["nullable"] === true) return [];
  const wrongType = typeError(value, schema, path);
  if (wrongType !== null) return [wrongType];
  return [
    ...enumErrors(value, schema, path),
    ...(typeof value === "number" ? numberErrors(value, schema, path) : []),
    ...(typeof value === "string" ? textErrors(value, schema, path) : []),
    ...(Array.isArray(value) ? listErrors(value, schema, path) : []),
    ...(isJsonObject(value) ? objectErrors(value, schema, path) : []),
    ...combinedErrors(value, schema, path),
  ];
}

function invalidAt(path: string, shown: string, why: string): SchemaFinding {
  return { reason: "FieldValueInvalid", field: path, message: `Invalid value: ${shown}: ${path} in body ${why}` };
}

function typeError(value: Json, schema: JsonObject, path: string): SchemaFinding | null {
  const is = typeName(value);
  if (schema["x-kubernetes-int-or-string"] === true && (is === "integer" || is === "string")) return null;
  const wanted = schema["type"];
  if (typeof wanted !== "string" || wanted === is || (wanted === "number" && is === "integer")) return null;
  const message = `Invalid value: "${is}": ${path} in body must be of type ${wanted}: "${is}"`;
  return { reason: "FieldValueTypeInvalid", field: path, message };
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

function enumErrors(value: Json, schema: JsonObject, path: string): SchemaFinding[] {
  const allowed = schema["enum"];
  const text = JSON.stringify(value);
  if (!Array.isArray(allowed) || allowed.some((item) => JSON.stringify(item) === text)) return [];
  const list = allowed.map((item) => JSON.stringify(item)).join(", ");
  const message = `Unsupported value: ${text}: supported values: ${list}`;
  return [{ reason: "FieldValueNotSupported", field: path, message }];
}

function numberErrors(value: number, schema: JsonObject, path: string): SchemaFinding[] {
  const { minimum, maximum, multipleOf } = schema;
  const errors: SchemaFinding[] = [];
  if (typeof minimum === "number") {
    const strict = schema["exclusiveMinimum"] === true;
    if (strict ? value <= minimum : value < minimum)
      errors.push(invalidAt(path, String(value), `should be greater than ${strict ? "" : "or equal to "}${minimum}`));
  }
  if (typeof maximum === "number") {
    const strict = schema["exclusiveMaximum"] === true;
    if (strict ? value >= maximum : value > maximum)
      errors.push(invalidAt(path, String(value), `should be less than ${strict ? "" : "or equal to "}${maximum}`));
  }
  if (typeof multipleOf === "number" && value % multipleOf !== 0)
    errors.push(invalidAt(path, String(value), `should be a multiple of ${multipleOf}`));
  return errors;
}

function textErrors(value: string, schema: JsonObject, path: string): SchemaFinding[] {
  const { minLength, maxLength, pattern } = schema;
  const errors: SchemaFinding[] = [];
  const length = [...value].length;
  if (typeof maxLength === "number" && length > maxLength) {
    const message = `Too long: may not be more than ${maxLength} bytes`;
    errors.push({ reason: "FieldValueTooLong", field: path, message });
  }
  if (typeof minLength === "number" && length < minLength)
    errors.push(invalidAt(path, JSON.stringify(value), `should be at least ${minLength} chars long`));
  if (typeof pattern === "string" && !matches(pattern, value))
    errors.push(invalidAt(path, JSON.stringify(value), `should match '${pattern}'`));
  return errors;
}

/** A pattern that only Go's regular expressions know counts as matched. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function listErrors(value: readonly Json[], schema: JsonObject, path: string): SchemaFinding[] {
  const { minItems, maxItems, items } = schema;
  const errors: SchemaFinding[] = [];
  if (typeof maxItems === "number" && value.length > maxItems) {
    const message = `Too many: ${value.length}: must have at most ${maxItems} items`;
    errors.push({ reason: "FieldValueTooMany", field: path, message });
  }
  if (typeof minItems === "number" && value.length < minItems)
    errors.push(invalidAt(path, String(value.length), `should have at least ${minItems} items`));
  if (isJsonObject(items)) errors.push(...value.flatMap((item, i) => errorsAt(item, items, `${path}[${i}]`)));
  return [...errors, ...duplicates(value, schema, path)];
}

function duplicates(value: readonly Json[], schema: JsonObject, path: string): SchemaFinding[] {
  const kind = schema["x-kubernetes-list-type"];
  if (kind !== "map" && kind !== "set") return [];
  const keys = kind === "map" ? (schema["x-kubernetes-list-map-keys"] as Json[] | undefined) : undefined;
  const seen = new Set<string>();
  return value.flatMap((item, i): SchemaFinding[] => {
    const own = keys?.map(String).map((key) => [key, isJsonObject(item) ? item[key] : null]);
    const shown =
      own === undefined
        ? JSON.stringify(item)
        : `{${own.map(([key, v]) => `${JSON.stringify(key)}:${JSON.stringify(v)}`).join(",")}}`;
    if (seen.has(shown)) {
      return [{ reason: "FieldValueDuplicate", field: `${path}[${i}]`, message: `Duplicate value: ${shown}` }];
    }
    seen.add(shown);
    return [];
  });
}

function objectErrors(value: JsonObject, schema: JsonObject, path: string): SchemaFinding[] {
  const below = (name: string) => (path === "" ? name : `${path}.${name}`);
  const properties = isJsonObject(schema["properties"]) ? schema["properties"] : {};
  const additional = schema["additionalProperties"];
  const required = Array.isArray(schema["required"]) ? schema["required"].map(String) : [];
  const missing = required.filter((name) => !Object.hasOwn(value, name) && !head.has(name));
  return [
    ...missing.map((name): SchemaFinding => {
      return { reason: "FieldValueRequired", field: below(name), message: "Required value" };
    }),
    ...Object.entries(value).flatMap(([name, child]) => {
      const property = Object.hasOwn(properties, name) ? properties[name] : additional;
      return isJsonObject(property) ? errorsAt(child, property, below(name)) : [];
    }),
  ];
}

const head = new Set(["apiVersion", "kind", "metadata"]);

function combinedErrors(value: Json, schema: JsonObject, path: string): SchemaFinding[] {
  const branches = (name: string) => (Array.isArray(schema[name]) ? (schema[name] as Json[]).filter(isJsonObject) : []);
  const valid = (branch: JsonObject) => errorsAt(value, branch, path).length === 0;
  const errors = branches("allOf").flatMap((branch) => errorsAt(value, branch, path));
  const must = (what: string) => errors.push(invalidAt(path, '""', `must validate ${what}`));
  const [anyOf, oneOf, not] = [branches("anyOf"), branches("oneOf"), schema["not"]];
  if (anyOf.length > 0 && !anyOf.some(valid)) must("at least one schema (anyOf)");
  const count = oneOf.filter(valid).length;
  if (oneOf.length > 0 && count !== 1)
    must(`one and only one schema (oneOf). ${count === 0 ? "Found none valid" : `Found ${count} valid alternatives`}`);
  if (isJsonObject(not) && valid(not)) must("not the schema (not)");
  return errors;
}
