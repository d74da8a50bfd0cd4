import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Plain, Value } from "./expression/value.ts";
import { mark, toBool, toNumber, toPlainList, toText } from "./expression/value.ts";
import { unwrapped } from "./interpolation.ts";
import type { StackSource } from "./source.ts";

/** The value of `var.name`: from k8sctl.yaml or --var, else its default. */
export function variableValue(name: string, source: StackSource): Value {
  const declared = source.variables.get(name) ?? {};
  const given = Object.hasOwn(source.stack.vars, name) ? source.stack.vars[name] : undefined;
  const value = given ?? declared["default"];
  if (value === undefined) {
    throw new ExpressionError(
      "missing-variable",
      `variable "${name}" has no value and no default`,
      `set it under vars of the stack in k8sctl.yaml, or with --var ${name}=...`,
    );
  }
  const type = declared["type"];
  return mark(typeof type === "string" ? convert(value, type, name) : value, declared["sensitive"] === true);
}

/** Converts to a type constraint (Terraform language, "Type Constraints"); structural types stay as given. */
function convert(value: Json, type: string, name: string): Value {
  if (value === null) return null;
  const constraint = unwrapped(type.trim());
  try {
    switch (constraint) {
      case "string":
        return toText(value);
      case "number":
        return toNumber(value);
      case "bool":
        return toBool(value);
      default:
        return convertCollection(value, constraint, name);
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ExpressionError("variable-type", `variable "${name}" must be of type ${type}: ${error.message}`);
  }
}

function convertCollection(value: Json, constraint: string, name: string): Value {
  const match = /^(list|set|map)\((.*)\)$/s.exec(constraint);
  if (match === null) return value;
  const [, outer, inner = "any"] = match;
  if (outer === "map") {
    if (!isJsonObject(value)) throw new ExpressionError("variable-type", "expected a map");
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, convert(v, inner, name)]));
  }
  const items = toPlainList(value as Plain).map((v) => convert(v as Json, inner, name));
  return outer === "set" ? [...new Set(items)] : items;
}
