import { isDeepStrictEqual } from "node:util";
import type { GeneratedValue } from "../model/desired.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Plan } from "../model/plan.ts";

/** Generated values of an earlier revision, by `stack/address`. */
export type EarlierValues = ReadonlyMap<string, GeneratedValue>;

/**
 * Inventories as they are when a revision's values are put back: a value that was made of other arguments since, or that
 * is gone, becomes the earlier one; what was merely renewed (a certificate) stays. `keys` are those put back.
 */
export function withEarlierValues(
  project: string,
  inventories: readonly Inventory[],
  earlier: EarlierValues,
): { readonly inventories: readonly Inventory[]; readonly keys: ReadonlySet<string> } {
  const keys = new Set<string>();
  const byStack = new Map(inventories.map((inventory) => [inventory.stack, inventory]));
  for (const [key, value] of earlier) {
    const [stack = "", address = ""] = splitOnce(key);
    const inventory = byStack.get(stack) ?? { project, stack, after: [], entries: [], generated: {}, outputs: {} };
    const now = inventory.generated[address];
    if (now !== undefined && now.type === value.type && isDeepStrictEqual(now.arguments, value.arguments)) continue;
    keys.add(key);
    byStack.set(stack, { ...inventory, generated: { ...inventory.generated, [address]: value } });
  }
  return { inventories: [...byStack.values()], keys };
}

/** The plan says of each value put back that it is. */
export function tellRestored(plan: Plan, keys: ReadonlySet<string>): Plan {
  if (keys.size === 0) return plan;
  const stacks = plan.stacks.map((stack) => ({
    ...stack,
    generated: stack.generated.map((item) =>
      item.action === "unchanged" && keys.has(`${stack.name}/${item.resource.address}`)
        ? { ...item, action: "restore" as const }
        : item,
    ),
  }));
  return { ...plan, stacks };
}

function splitOnce(key: string): [string, string] {
  const at = key.indexOf("/");
  return [key.slice(0, at), key.slice(at + 1)];
}
