import { Unknown } from "../../model/desired.ts";
import { functions } from "./functions.ts";
import { ExpressionError } from "./syntax.ts";
import { isList, layBare, lift, mark, Sensitive, type Value } from "./value.ts";

/** What does the work of functions that we leave out. */
const instead: Readonly<Record<string, string>> = {
  bcrypt: "compute the hash in TypeScript: this function gives another one at each plan",
  uuid: "use random_uuid, whose value is kept: this function gives another one at each plan",
};

/**
 * A function of the language. Its arguments are asked for only when it is known; `expand`: the last one is a list of
 * the rest (`f(xs...)`).
 */
export function callFunction(name: string, given: () => readonly Value[], expand: boolean): Value {
  const found = functions[name];
  if (found === undefined) {
    throw new ExpressionError(
      "unsupported-function",
      `function ${name}() is not supported`,
      Object.hasOwn(instead, name) ? instead[name] : "compute the value in TypeScript",
    );
  }
  let args = given();
  if (expand) {
    const last = args.at(-1) ?? null;
    if (last instanceof Unknown) return last;
    const inner = last instanceof Sensitive ? last.value : last;
    if (!isList(inner)) throw new ExpressionError("expression-type", `"..." in ${name}() needs a list`);
    args = [...args.slice(0, -1), ...inner.map((item) => mark(item, last instanceof Sensitive))];
  }
  const [least, most] = found.arity;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least}` : `${least} to ${most === Number.POSITIVE_INFINITY ? "any" : most}`;
    throw new ExpressionError(
      "expression-arguments",
      `${name}() takes ${wanted} ${wanted === "1" ? "argument" : "arguments"}, not ${args.length}`,
    );
  }
  try {
    return found.type === "plain" ? lift(args, found.apply) : found.apply(args);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    // A message may quote its arguments.
    const isSecret = args.some((arg) => layBare(arg).sensitive);
    const reason = isSecret ? "it does not take this (sensitive) argument" : error.message;
    throw new ExpressionError(error.code, `${name}(): ${reason}`, error.remedy);
  }
}
