import { type Template, Unknown } from "../model/desired.ts";
import { rootType, structType } from "../schema/table.ts";
import type { FieldType } from "../schema/types.ts";
import { define } from "./expression/own-property.ts";
import { toText } from "./expression/value.ts";
import { isPlainTree, type Tree } from "./tree.ts";

/**
 * A manifest with its primitives in the types of the API, as the provider brings them there: a `port` that came out of a
 * template is text, an annotation may be a number. What does not fit, and kinds that only the cluster knows, stay as
 * they are.
 */
export function withTypes(object: Tree): Tree {
  const { apiVersion, kind } = object;
  if (typeof apiVersion !== "string" || typeof kind !== "string") return object;
  const type = rootType(apiVersion, kind);
  const typed = type === null ? object : fitted(object, type);
  return isPlainTree(typed) ? typed : object;
}

function fitted(value: Template, type: FieldType): Template {
  if (value === null || value instanceof Unknown) return value;
  switch (type.type) {
    case "scalar":
      return typeof value === "object" ? value : scalar(value, type);
    case "list":
      return Array.isArray(value) ? value.map((item) => fitted(item, type.items)) : value;
    case "map":
      return isPlainTree(value) ? fields(value, () => type.values) : value;
    case "struct": {
      const struct = structType(type.ref);
      return isPlainTree(value) && struct !== null ? fields(value, (name) => struct.fields[name]?.type) : value;
    }
    default:
      return value;
  }
}

function fields(tree: Tree, typeOf: (name: string) => FieldType | undefined): Tree {
  const out: Tree = {};
  for (const [name, value] of Object.entries(tree)) {
    const type = typeOf(name);
    define<Template>(out, name, type === undefined ? value : fitted(value, type));
  }
  return out;
}

function scalar(value: string | number | boolean, type: FieldType & { type: "scalar" }): Template {
  if (type.format === "int-or-string")
    return typeof value === "string" && /^[+-]?\d+$/.test(value) ? Number(value) : value;
  if (type.format === "quantity") return toText(value);
  switch (type.scalar) {
    case "string":
      return toText(value);
    case "integer":
    case "number":
      return typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
    case "boolean":
      return value === "true" || value === "false" ? value === "true" : value;
    default:
      return value;
  }
}
