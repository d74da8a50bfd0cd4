import { type ObjectKey, objectKey } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import { countActions } from "./counts.ts";

/**
 * What others have done since the last apply, and nothing of what the code wants anew: fields that somebody else wrote
 * or claims, objects that are gone. `recorded`: keys of objects that an inventory saw alive.
 */
export function driftOf(plan: Plan, recorded: ReadonlySet<ObjectKey>): Plan {
  const stacks = plan.stacks.map((stack) => ({
    ...stack,
    items: stack.items.flatMap((item) => drifted(item, recorded) ?? []),
    generated: [],
  }));
  return { ...plan, stacks, counts: countActions(stacks.flatMap((stack) => stack.items)) };
}

/** As `driftOf` says it, in a plan of everything: why something is made anew. */
export function tellDeleted(plan: Plan, recorded: ReadonlySet<ObjectKey>): Plan {
  const told = (item: PlanItem): PlanItem =>
    item.action === "create" && item.why === "" && recorded.has(item.key) ? { ...item, why: DELETED } : item;
  return { ...plan, stacks: plan.stacks.map((stack) => ({ ...stack, items: stack.items.map(told) })) };
}

/** Objects that the last apply left in the cluster. */
export function seenAlive(inventories: readonly Inventory[]): Set<ObjectKey> {
  const entries = inventories.flatMap((inventory) => inventory.entries);
  return new Set(entries.filter(({ uid }) => uid !== null).map(({ id }) => objectKey(id)));
}

const DELETED = "it was deleted since the last apply";

/** null: it is not there yet, or leaves by our own doing. */
function drifted(item: PlanItem, recorded: ReadonlySet<ObjectKey>): PlanItem | null {
  const changes = item.changes.filter(({ cause }) => cause.type === "drift" || cause.type === "conflict");
  const paths = new Set(changes.map(({ path }) => path));
  const consequences = item.consequences.filter((c) => c.type === "takes-field" && paths.has(c.path));
  switch (item.action) {
    case "create":
      return recorded.has(item.key) ? { ...item, changes: [], why: DELETED } : null;
    case "forget":
      return item;
    case "adopt":
    case "delete":
      return null;
    default:
      if (changes.length > 0) return { ...item, changes, consequences };
      return { ...item, action: "unchanged", changes: [], consequences: [], refusal: null, why: "" };
  }
}
