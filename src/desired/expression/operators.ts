import { assertNever } from "../../model/json.ts";
import { arithmetic } from "./decimals.ts";
import { type BinaryOperator, ExpressionError } from "./syntax.ts";
import { isEqual, type Plain, toBool, toNumber, type Value } from "./value.ts";

export function operate(operator: BinaryOperator, a: Plain, b: Plain): Value {
  switch (operator) {
    case "||":
      return either(toBool(a), toBool(b));
    case "&&":
      return !either(!toBool(a), !toBool(b));
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
      return arithmetic("+", toNumber(a), toNumber(b));
    case "-":
      return arithmetic("-", toNumber(a), toNumber(b));
    case "*":
      return arithmetic("*", toNumber(a), toNumber(b));
    case "/":
      if (toNumber(b) === 0) throw new ExpressionError("expression-division", "division by zero");
      return arithmetic("/", toNumber(a), toNumber(b));
    case "%":
      if (toNumber(b) === 0) throw new ExpressionError("expression-division", "division by zero");
      return arithmetic("%", toNumber(a), toNumber(b));
    default:
      return assertNever(operator);
  }
}

/** Both operands are converted before either decides. */
function either(a: boolean, b: boolean): boolean {
  return a || b;
}
