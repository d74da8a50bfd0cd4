import { type Template, Unknown } from "../model/desired.ts";
import { assertNever } from "../model/json.ts";
import { canonicalQuantity } from "../schema/canonical-quantity.ts";
import type { FieldType } from "../schema/types.ts";
import { asExpressionText } from "./expression/parse.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { type Plain, toBool, toNumber, toText } from "./expression/value.ts";

/**
 * A value of a configuration in the form that the field's type demands; undefined where "" stands for no number.
 * Throws ExpressionErrors for what does not fit.
 */
export function converted(type: FieldType & { type: "scalar" }, value: Plain): Template | undefined {
  switch (type.format) {
    case "int-or-string":
      // `target_port = "8081"` is the number: the provider tells them apart by their text.
      return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : (value as number | string);
    case "quantity":
      return canonicalQuantity(toText(value)) ?? toText(value);
    case "byte":
      return Buffer.from(toText(value)).toString("base64");
  }
  switch (type.scalar) {
    case "string":
      return toText(value);
    case "integer": {
      // The provider has strings where the API may be without a number.
      if (value === "") return undefined;
      const number = toNumber(value);
      if (!Number.isInteger(number)) throw new ExpressionError("wrong-type", "expected a whole number");
      return number;
    }
    case "number":
      return toNumber(value);
    case "boolean":
      return toBool(value);
    case "any":
      return value as Template;
    default:
      return assertNever(type.scalar);
  }
}

/** The same conversions for a value to come, written into its expression. */
export function convertedLater(type: FieldType, value: Unknown): Unknown {
  if (type.type === "map" && type.values.type === "scalar" && type.values.format === "byte") {
    return rewritten(value, (e) => `{for k, v in ${e} : k => base64encode(v)}`);
  }
  if (type.type !== "scalar") return value;
  if (type.format === "int-or-string") return rewritten(value, (e) => `try(tonumber(${e}), ${e})`);
  if (type.format === "byte") return rewritten(value, (e) => `base64encode(${e})`);
  switch (type.scalar) {
    case "string":
      return rewritten(value, (e) => (e.startsWith('"') ? e : `tostring(${e})`));
    case "integer":
    case "number":
      return rewritten(value, (e) => `tonumber(${e})`);
    case "boolean":
      return rewritten(value, (e) => `tobool(${e})`);
    case "any":
      return value;
    default:
      return assertNever(type.scalar);
  }
}

function rewritten(value: Unknown, change: (expression: string) => string): Unknown {
  return new Unknown(`\${${change(asExpressionText(value.expression))}}`, value.needs, value.sensitive);
}
