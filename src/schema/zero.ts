import type { FieldType, StructType, TypeResolver } from "./types.ts";

/**
 * The object that the API server starts from before anything is set: what Go's JSON encoder writes for a zero value.
 * Structs that are no pointers are {}, required lists, maps and pointers null, required scalars "" or 0.
 */
export function zeroOf(type: FieldType, types: TypeResolver): unknown {
  if (type.type !== "struct") return null;
  const struct = types.structType(type.ref);
  return struct === null ? {} : zeroStruct(struct, types);
}

function zeroStruct(struct: StructType, types: TypeResolver): Record<string, unknown> {
  const zero: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(struct.fields)) {
    if (isEmptyStruct(field.default)) zero[name] = zeroOf(field.type, types);
    else if (field.default === "" || field.default === 0) zero[name] = field.default;
    else if (field.required) zero[name] = null;
  }
  // Until 1.34 Go wrote this one too, in every template.
  if (struct.name === "meta.v1.ObjectMeta") zero["creationTimestamp"] = null;
  return zero;
}

function isEmptyStruct(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
