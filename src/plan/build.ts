import type { Desired, GeneratedResource } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { objectKey } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Plan, PlanItem, PlannedCluster, StackPlan } from "../model/plan.ts";
import { countActions } from "./counts.ts";
import { customTypesOf } from "./custom-types.ts";
import { generatedItems } from "./generated-items.ts";
import { type ItemInput, itemOf } from "./item.ts";
import { leftoverItem } from "./leftovers.ts";
import { followOthers } from "./replaced.ts";

export interface BuildInput extends Omit<ItemInput, "applied"> {
  readonly project: string;
  readonly cluster: PlannedCluster;
  /** In the order of k8sctl.yaml; only those selected. */
  readonly stacks: readonly {
    readonly name: string;
    readonly file: string;
    readonly after: readonly string[];
    /** Whether its code gives up, without deleting it, what was made at an address. */
    readonly givesUp?: (address: string) => boolean;
  }[];
  readonly desired: readonly Desired[];
  readonly generated: readonly GeneratedResource[];
  /** Inventories of the selected stacks, and of stacks that left the project when all are selected. */
  readonly inventories: readonly Inventory[];
  readonly leftovers: ReadonlyMap<ObjectKey, KubeObject | null>;
  /** Milliseconds since 1970: kept values may have had their time. */
  readonly now?: number;
}

function appliedBefore(inventories: readonly Inventory[]): ReadonlyMap<string, string> {
  const all = inventories.flatMap(({ stack, entries }) => entries.map((entry) => ({ stack, ...entry })));
  return new Map(all.flatMap(({ stack, id, applied }) => (applied ? [[`${stack} ${objectKey(id)}`, applied]] : [])));
}

/**
 * Desired + observed + inventory -> Plan. Pure. Never plans a change of an object that this project neither wants nor
 * holds in an inventory; deletes only what an inventory holds under the same uid.
 */
export function buildPlan(given: BuildInput): Plan {
  const input = { ...given, applied: appliedBefore(given.inventories) };
  const wanted = new Set(input.desired.map((d) => objectKey(d.id)));
  const byStack = new Map<string, PlanItem[]>();
  const push = (stack: string, item: PlanItem): void => {
    const list = byStack.get(stack);
    if (list === undefined) byStack.set(stack, [item]);
    else list.push(item);
  };
  const custom = customTypesOf(input.desired);
  for (const desired of input.desired) push(desired.origin.stack, itemOf(desired, input, custom));
  for (const inventory of input.inventories) {
    const { file = null, givesUp } = input.stacks.find((s) => s.name === inventory.stack) ?? {};
    for (const entry of inventory.entries) {
      if (wanted.has(objectKey(entry.id))) continue;
      push(
        inventory.stack,
        leftoverItem(inventory, entry, { file, givenUp: givesUp?.(entry.address) ?? false }, input),
      );
    }
  }
  const known = new Map(input.inventories.map((inventory) => [inventory.stack, inventory]));
  const gone = input.inventories.filter((inv) => !input.stacks.some((s) => s.name === inv.stack));
  const planned: StackPlan[] = [
    ...input.stacks.map(({ name, file, after }) => ({ name, file, after })),
    ...gone.map(({ stack, after }) => ({ name: stack, file: null, after })),
  ].map((stack) => ({
    ...stack,
    items: byStack.get(stack.name) ?? [],
    generated: generatedItems(stack.name, input.generated, known.get(stack.name)?.generated ?? {}, input.now ?? null),
  }));
  const items = followOthers(
    planned.flatMap((stack) => stack.items),
    planned.flatMap(({ name, generated }) => generated.map((item) => ({ stack: name, item }))),
    (key) => input.observed.get(key)?.live ?? null,
  );
  const now = new Map(items.map((item) => [item.key, item]));
  const stacks = planned.map((stack) => ({ ...stack, items: stack.items.map((item) => now.get(item.key) ?? item) }));
  return {
    project: input.project,
    cluster: input.cluster,
    stacks,
    counts: countActions(stacks.flatMap((stack) => stack.items)),
  };
}
