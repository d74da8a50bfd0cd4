import { typeOf } from "../../model/ids.ts";
import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { canonicalQuantity } from "../canonical-quantity.ts";
import type { FieldType, TypeResolver } from "../types.ts";
import { defaultPod } from "./pods.ts";
import { resourceDefaults } from "./resources.ts";
import { workloadDefaults } from "./workloads.ts";

/**
 * Gives a built-in object, in place, the values that its kind takes where the user gave none. What is allocated or set by
 * admission (cluster IPs, node ports, finalizers) is not here: it is owned by nobody.
 */
export function fillDefaults(object: JsonObject): void {
  const { group, kind } = typeOf(String(object["apiVersion"]), String(object["kind"]));
  const key = `${group}/${kind}`;
  const rule = key === "/Pod" ? defaultPod : (workloadDefaults[key] ?? resourceDefaults[key]);
  rule?.(object);
}

/** Quantities in their canonical form, and nulls dropped where a struct cannot hold them. In place. */
export function normalize(value: Json, type: FieldType, types: TypeResolver): Json | undefined {
  switch (type.type) {
    case "scalar":
      return type.format === "quantity" ? (canonicalQuantity(String(value)) ?? value) : value;
    case "struct": {
      const struct = types.structType(type.ref);
      if (struct === null || !isJsonObject(value)) return value;
      const { fields } = struct;
      for (const [key, child] of Object.entries(value)) {
        const field = fields[key];
        // Decoding into the kind's type drops what the type does not know.
        if (field === undefined && struct.rest === undefined) delete value[key];
        else if (child === null) {
          if (field !== undefined) delete value[key];
        } else if (field !== undefined && !field.required && isEmptyCollection(child, field.type)) delete value[key];
        else if (field !== undefined) value[key] = normalize(child, field.type, types) ?? child;
      }
      return value;
    }
    case "map": {
      if (!isJsonObject(value)) return value;
      for (const [key, child] of Object.entries(value)) value[key] = normalize(child, type.values, types) ?? child;
      return value;
    }
    case "list": {
      if (!Array.isArray(value)) return value;
      for (const [index, child] of value.entries()) value[index] = normalize(child, type.items, types) ?? child;
      return value;
    }
    case "untyped":
      return value;
  }
}

/** Go leaves empty maps and lists out of its JSON; an empty struct says something and stays. */
function isEmptyCollection(value: Json, type: FieldType): boolean {
  if (type.type === "list") return Array.isArray(value) && value.length === 0;
  return type.type === "map" && isJsonObject(value) && Object.keys(value).length === 0;
}
