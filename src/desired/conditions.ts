import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { type BodyContext, evaluateBody } from "./body.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare, toBool } from "./expression/value.ts";

/** Terraform JSON allows one block or a list of them. */
export function rulesOf(rules: Json | undefined): JsonObject[] {
  return (Array.isArray(rules) ? rules : [rules]).filter((rule) => isJsonObject(rule));
}

/**
 * What a `condition` with its `error_message` says (Terraform language, "Custom Conditions"): null when it holds, or
 * cannot be said yet and `unknown` is "wait".
 */
export function failedRule(
  rule: JsonObject,
  context: BodyContext,
  { code, what, unknown }: { readonly code: string; readonly what: string; readonly unknown: "wait" | "fail" },
): ExpressionError | null {
  try {
    const verdict = layBare(evaluateBody(rule["condition"] ?? true, context, []));
    if (verdict.needs !== null) {
      return unknown === "wait" ? null : new ExpressionError(code, `${what}: its condition is still not known`);
    }
    if (toBool(verdict.plain)) return null;
    const text = layBare(evaluateBody(rule["error_message"] ?? "", context, []));
    const reason = text.needs === null && !text.sensitive ? String(text.plain) : "its condition does not hold";
    return new ExpressionError(code, `${what}: ${reason}`);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}
