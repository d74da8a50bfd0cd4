import { createHash } from "node:crypto";
import { userError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import { planHasChanges } from "../model/plan.ts";
import type { Approver } from "../ports.ts";

interface ApprovalContext {
  readonly emit: Emit;
  readonly approver: Approver;
  readonly drain: AbortSignal;
}

/** Asks, unless there is nothing to approve or the person said yes beforehand. */
export async function approvePlan(
  { emit, approver, drain }: ApprovalContext,
  plan: Plan,
  approvedBefore: boolean,
): Promise<"approved" | "rejected"> {
  if (!planHasChanges(plan)) {
    emit({ type: "approved", by: "nothing-to-do" });
    return "approved";
  }
  if (approvedBefore) {
    emit({ type: "approved", by: "flag" });
    return "approved";
  }
  emit({ type: "approval-requested", planDigest: planDigest(plan) });
  const answer = await approver.approve(plan, drain);
  emit(answer === "approved" ? { type: "approved", by: "person" } : { type: "rejected" });
  return answer;
}

/** sha256 over what the plan shows; says which plan was approved without holding any of its values. */
function planDigest(plan: Plan): string {
  const items = plan.stacks.flatMap((stack) => stack.items.map((item) => [item.key, item.action, item.changes]));
  return createHash("sha256").update(JSON.stringify(items)).digest("hex");
}

/**
 * Whether a plan does more than the approved one: an object that was not in it, or an action that is not the approved
 * one. Less is fine: what was predicted as a create may turn out to be there already and unchanged.
 */
export function exceeds(plan: Plan, approved: Plan): boolean {
  const before = new Map(itemsOf(approved).map((item) => [item.key, item]));
  return itemsOf(plan).some((item) => {
    if (item.action === "unchanged" || item.action === "forget") return false;
    return before.get(item.key)?.action !== item.action;
  });
}

function itemsOf(plan: Plan): readonly PlanItem[] {
  return plan.stacks.flatMap((stack) => stack.items);
}

/** The real plan turned out to be another than the approved one, and was not approved. */
export function notApproved(): Error {
  return userError("not-approved", "the plan on the real cluster does more than was approved, and was rejected", {
    remedy: "look at it with `k8sctl plan`",
  });
}
