import { assertNever } from "../../model/json.ts";
import { type BinaryOperator, ExpressionError } from "./syntax.ts";
import { isEqual, type Plain, toBool, toNumber, type Value } from "./value.ts";

export function operate(operator: BinaryOperator, a: Plain, b: Plain): Value {
  switch (operator) {
    case "||":
      return toBool(a) || toBool(b);
    case "&&":
      return toBool(a) && toBool(b);
    case "==":
      return isEqual(a, b);
    case "!=":
      return !isEqual(a, b);
    case "<":
      return toNumber(a) < toNumber(b);
    case "<=":
      return toNumber(a) <= toNumber(b);
    case ">":
      return toNumber(a) > toNumber(b);
    case ">=":
      return toNumber(a) >= toNumber(b);
    case "+":
      return toNumber(a) + toNumber(b);
    case "-":
      return toNumber(a) - toNumber(b);
    case "*":
      return toNumber(a) * toNumber(b);
    case "/":
      if (toNumber(b) === 0) throw new ExpressionError("expression-division", "division by zero");
      return toNumber(a) / toNumber(b);
    case "%":
      if (toNumber(b) === 0) throw new ExpressionError("expression-division", "division by zero");
      return toNumber(a) % toNumber(b);
    default:
      return assertNever(operator);
  }
}
