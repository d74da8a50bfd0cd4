import { type ObjectKey, objectKey, wholeOf } from "../model/ids.ts";
import type { PlanItem } from "../model/plan.ts";

/** A part goes with its object when that is replaced, and is applied anew to the next one. */
export function followReplaced(items: readonly PlanItem[], replaced: ReadonlySet<ObjectKey>): PlanItem[] {
  return items.map((item) => {
    if (item.action !== "unchanged" || item.id.part === undefined) return item;
    if (!replaced.has(objectKey(wholeOf(item.id)))) return item;
    return { ...item, action: "update", why: "its object is replaced" };
  });
}
