import { ExpressionError } from "../syntax.ts";
import type { Plain, Value } from "../value.ts";

/**
 * A function of the Terraform language. `plain` functions see bare values: the evaluator gives the result the marks of
 * all arguments and answers unknown when any part of an argument is. `value` functions see marks and unknowns and keep
 * them on the elements they move.
 */
export type LanguageFunction =
  | {
      readonly type: "plain";
      /** Least and most arguments. */
      readonly arity: readonly [number, number];
      readonly apply: (...args: Plain[]) => Value;
    }
  | {
      readonly type: "value";
      readonly arity: readonly [number, number];
      readonly apply: (args: readonly Value[]) => Value;
    };

export type FunctionTable = Readonly<Record<string, LanguageFunction>>;

export const ANY = Number.POSITIVE_INFINITY;

export function plain(least: number, most: number, apply: (...args: Plain[]) => Value): LanguageFunction {
  // An argument that was left out arrives as undefined, so that defaults work.
  return { type: "plain", arity: [least, most], apply };
}

export function onValues(least: number, most: number, apply: (args: readonly Value[]) => Value): LanguageFunction {
  return { type: "value", arity: [least, most], apply };
}

export function fail(message: string): never {
  throw new ExpressionError("expression-function", message);
}
