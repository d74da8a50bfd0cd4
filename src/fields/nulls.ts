import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { memberType, shapeOf } from "./shape.ts";

/**
 * null as Go decodes it into a typed object: an absent field, and in a map of strings the empty string. What the schema
 * leaves untyped keeps its nulls.
 */
export function decodeNulls(value: unknown, type: FieldType, types: TypeResolver): unknown {
  if (type.type === "untyped") return value;
  const shape = shapeOf(type, value, types);
  if (shape.type === "list" && Array.isArray(value)) {
    return value.map((item) => decodeNulls(item, shape.items, types));
  }
  if (shape.type !== "map" || !isJsonObject(value)) return value;
  const decoded: Record<string, unknown> = {};
  for (const name in value) {
    const member = memberType(shape, name);
    if (member === null) decoded[name] = value[name];
    else if (value[name] !== null) decoded[name] = decodeNulls(value[name], member, types);
    else if (member.type === "untyped") decoded[name] = null;
    else if (shape.fields === null && member.type === "scalar" && member.scalar === "string") decoded[name] = "";
  }
  return decoded;
}
