import type { PlanCounts, PlanItem } from "../model/plan.ts";

export function countActions(items: Iterable<PlanItem>): PlanCounts {
  const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, adopt: 0, forget: 0, blocked: 0 };
  for (const item of items) counts[item.action] += 1;
  return counts;
}
