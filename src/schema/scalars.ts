import { formatError, quantityError } from "./formats.ts";
import type { FieldType } from "./types.ts";

export interface ScalarFinding {
  readonly kind: "wrong-type" | "enum" | "format";
  readonly message: string;
}

type ScalarType = FieldType & { readonly type: "scalar" };

/** What is wrong with a value where the schema wants a scalar; null where nothing is. */
export function scalarFinding(value: unknown, type: ScalarType): ScalarFinding | null {
  const expected = expectedType(value, type);
  if (expected !== null) return { kind: "wrong-type", message: `must be ${expected}, is ${nameType(value)}` };
  if (type.values !== undefined && value !== "" && !type.values.includes(value as string)) {
    return { kind: "enum", message: `must be one of ${type.values.join(", ")}, is ${JSON.stringify(value)}` };
  }
  const message = formatMessage(value, type);
  return message === null ? null : { kind: "format", message };
}

/** null where the value has the right JSON type. */
function expectedType(value: unknown, type: ScalarType): string | null {
  switch (type.scalar) {
    case "string":
      return typeof value === "string" ? null : "a string";
    case "integer":
      return Number.isInteger(value) ? null : "an integer";
    case "number":
      return typeof value === "number" ? null : "a number";
    case "boolean":
      return typeof value === "boolean" ? null : "true or false";
    case "any": {
      if (typeof value === "string" || Number.isInteger(value)) return null;
      if (type.format === "quantity") return typeof value === "number" ? null : "a quantity";
      return "an integer or a string";
    }
  }
}

function formatMessage(value: unknown, type: ScalarType): string | null {
  if (type.format === "quantity") return quantityError(value);
  if (type.format === "int32") return value === ((value as number) | 0) ? null : "is beyond 32 bits";
  return typeof value === "string" ? formatError(value, type.format) : null;
}

export function nameType(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" ? `the number ${value}` : "a string";
}
