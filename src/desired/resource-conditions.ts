import type { Problem } from "../model/errors.ts";
import { failedRule } from "./conditions.ts";
import type { Evaluation } from "./evaluation.ts";
import type { Instance } from "./instances.ts";
import { conditionsOf } from "./meta-arguments.ts";
import { problemOf } from "./problems.ts";

/**
 * Pre- or postconditions of one instance that do not hold. While planning (`unknown` "wait"), what depends on values to
 * come is left for later, and `self` is only what the configuration says: the live object is about to change.
 */
export function conditionProblems(
  evaluation: Evaluation,
  instance: Instance,
  when: "before" | "after",
  unknown: "wait" | "fail",
): Problem[] {
  const { resource } = instance;
  const rules = conditionsOf(resource.body, when);
  if (rules.length === 0) return [];
  const context = evaluation.context(resource.stack, instance, when === "before" ? null : unknown);
  const code = when === "before" ? "precondition-failed" : "postcondition-failed";
  return rules
    .map((rule) =>
      failedRule(rule, context, { code, what: when === "before" ? "its precondition" : "its postcondition", unknown }),
    )
    .filter((error) => error !== null)
    .map((error) => problemOf(error, { ...resource.origin, address: instance.address }));
}
