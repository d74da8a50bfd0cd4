import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { elementOf, memberType, placedItems, type Shape, shapeOf } from "./shape.ts";

/**
 * The nulls of a config as Go decodes them into a typed object: an absent field, and in a map of strings the empty
 * string. Nulls that only `value` has stay, and those that the schema leaves untyped.
 */
export function decodeNulls(value: unknown, config: unknown, type: FieldType, types: TypeResolver): unknown {
  if (config === undefined || type.type === "untyped") return value;
  const shape = shapeOf(type, value, types);
  if (shape.type === "list" && Array.isArray(value) && Array.isArray(config)) {
    return decodeItems(value, config, shape, types);
  }
  if (shape.type !== "map" || !isJsonObject(value) || !isJsonObject(config)) return value;
  const decoded: Record<string, unknown> = {};
  for (const name in value) {
    const member = memberType(shape, name);
    if (member === null || member.type === "untyped") decoded[name] = value[name];
    else if (value[name] !== null || config[name] !== null) {
      decoded[name] = decodeNulls(value[name], config[name], member, types);
    } else if (shape.fields === null && member.type === "scalar" && member.scalar === "string") decoded[name] = "";
  }
  return decoded;
}

function decodeItems(
  items: readonly unknown[],
  config: readonly unknown[],
  shape: Shape & { type: "list" },
  types: TypeResolver,
): unknown[] {
  const decode = (item: unknown, wanted: unknown): unknown => decodeNulls(item, wanted, shape.items, types);
  if (shape.list.type === "atomic") return items.map((item, index) => decode(item, config[index]));
  const placed = placedItems(shape, config, types);
  return items.map((item) => {
    const element = elementOf(shape, item, types);
    return typeof element === "string" ? decode(item, placed.get(element)) : item;
  });
}
