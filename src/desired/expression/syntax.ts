import type { Json } from "../../model/json.ts";

/** A parsed expression. Names are those of HCL's native syntax (HCL specification, "Expressions"). */
export type Expression =
  | { readonly type: "literal"; readonly value: Json }
  /** Parts are rendered as strings and joined. */
  | { readonly type: "template"; readonly parts: readonly Expression[] }
  | { readonly type: "name"; readonly name: string }
  /** `target.key` and `target[key]`. */
  | { readonly type: "get"; readonly target: Expression; readonly key: Expression }
  /** `target[*].rest`: `rest` sees each element as `splat-item`. */
  | { readonly type: "splat"; readonly target: Expression; readonly rest: Expression }
  | { readonly type: "splat-item" }
  | { readonly type: "call"; readonly name: string; readonly args: readonly Expression[]; readonly expand: boolean }
  | { readonly type: "unary"; readonly operator: "!" | "-"; readonly operand: Expression }
  | {
      readonly type: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly type: "conditional";
      readonly condition: Expression;
      readonly yes: Expression;
      readonly no: Expression;
    }
  | { readonly type: "tuple"; readonly items: readonly Expression[] }
  | { readonly type: "object"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | ForExpression;

export interface ForExpression {
  readonly type: "for";
  readonly keyName: string | null;
  readonly valueName: string;
  readonly collection: Expression;
  /** null for a tuple result, else the key of each element of the object result. */
  readonly key: Expression | null;
  readonly value: Expression;
  /** `...` after the value: values of equal keys are collected in lists. */
  readonly group: boolean;
  readonly condition: Expression | null;
  /** A `%{ for }` directive: the values are joined to a string. */
  readonly join: boolean;
}

export type BinaryOperator = "||" | "&&" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%";

/** What is wrong with an expression; the caller adds address and position. */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: string;
  readonly remedy: string | undefined;

  constructor(code: string, message: string, remedy?: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}

export function syntaxError(message: string): ExpressionError {
  return new ExpressionError("expression-syntax", message);
}
