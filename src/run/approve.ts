import { createHash } from "node:crypto";
import { type Problem, UserError, userError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { Plan, PlanItem, PlannedCluster } from "../model/plan.ts";
import { planHasChanges } from "../model/plan.ts";
import { losses } from "../plan/consequences.ts";
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

/** Where nobody is asked, losing data takes a word of its own. Throws UserError `data-loss`, one problem for each object. */
export function refuseLosses(
  plan: Plan,
  { asked, allowed }: { readonly asked: boolean; readonly allowed: boolean },
): void {
  if (asked || allowed) return;
  if (plan.cluster.action === "replace") throw new UserError(clusterLoss(plan.cluster));
  const lost = losses(plan);
  if (lost.length === 0) return;
  throw new UserError(
    lost.map((item) => ({
      code: "data-loss",
      message: `to ${item.action} it loses ${item.consequences.flatMap((c) => (c.type === "loses-data" ? [c.what] : [])).join(", ")}`,
      id: item.id,
      ...(item.origin?.position === undefined ? {} : { position: item.origin.position }),
      remedy: "say so with --allow-data-loss, or run it without --yes and look at the plan; nothing was changed",
      severity: "error" as const,
    })),
  );
}

function clusterLoss({ name, changes = [], losesClaims = [] }: PlannedCluster): Problem {
  const claims = losesClaims.length === 0 ? "" : `, the volume claims ${losesClaims.join(", ")} among them`;
  return {
    code: "data-loss",
    message: `to replace ${name} loses everything in it${claims} (${changes.map(({ path }) => path).join(", ")} cannot be changed in place)`,
    remedy: "say so with --allow-data-loss, or go on with the cluster as it is by `k8sctl apply`; nothing was changed",
    severity: "error",
  };
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

/** Deletes, replaces and conflicts that the approved plan did not have: a yes given beforehand does not cover them. */
export function unforeseen(plan: Plan, approved: Plan): readonly PlanItem[] {
  const before = new Map(itemsOf(approved).map((item) => [item.key, item.action]));
  return itemsOf(plan).filter(
    ({ key, action, consequences }) =>
      before.get(key) !== action &&
      (action === "delete" || action === "replace" || consequences.some(({ type }) => type === "takes-field")),
  );
}

/** The real plan turned out to be another than the approved one, and was not approved. */
export function notApproved(): Error {
  return userError("not-approved", "the plan on the real cluster does more than was approved, and was rejected", {
    remedy: "look at it with `k8sctl plan`",
  });
}
