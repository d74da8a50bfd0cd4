import { type Problem, UserError } from "../model/errors.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import { refusalRemedy } from "../model/refusal-remedy.ts";

/** Nothing blocked may be applied: the plan says what, this says it once more and stops before the first change. */
export function refuseBlocked(plan: Plan): void {
  const problems = blockedProblems(plan);
  if (problems.length > 0) throw new UserError(problems);
}

/** One for each blocked object. */
export function blockedProblems(plan: Plan): Problem[] {
  const blocked = plan.stacks.flatMap((stack) => stack.items.filter((item) => item.action === "blocked"));
  return blocked.map((item) => ({
    code: "blocked",
    message: item.why,
    id: item.id,
    ...(item.origin?.position === undefined ? {} : { position: item.origin.position }),
    ...(item.origin === null ? {} : { address: item.origin.address }),
    remedy: remedyOf(item),
    severity: "error" as const,
  }));
}

/** Without a refusal no field is at fault: the object is somebody else's, or may not be destroyed, as the reason says. */
function remedyOf(item: PlanItem): string {
  if (item.refusal === null) return "mend what the plan says stands against it; nothing was changed";
  return item.refusal.status === 409
    ? "take the fields (--take FIELD, --force-conflicts), leave them to their owner (--yield FIELD), or out of the stack"
    : `${refusalRemedy(item.refusal) || "mend what the server names"}; nothing was changed`;
}
