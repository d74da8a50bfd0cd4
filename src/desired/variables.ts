import type { Json } from "../model/json.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { mark } from "./expression/value.ts";
import { unwrapped } from "./interpolation.ts";
import type { StackSource } from "./source.ts";
import { constrained } from "./type-constraints.ts";

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

function convert(value: Json, type: string, name: string): Value {
  try {
    return constrained(value, unwrapped(type.trim()));
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    const remedy = error.message.startsWith("the type is none")
      ? "mend the type: string, number, bool, any, list(...), map(...) ..."
      : undefined;
    throw new ExpressionError("variable-type", `variable "${name}" must be of type ${type}: ${error.message}`, remedy);
  }
}
