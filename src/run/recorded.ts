import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Project } from "../model/project.ts";
import { type ReadyCondition, readReadyCondition } from "../model/ready-condition.ts";
import type { Kube } from "../ports.ts";
import { readInventories } from "./inventory.ts";
import { Scrubber } from "./scrub.ts";

/** What the cluster holds of the project, in the order of k8sctl.yaml; null: of all its stacks. */
export async function inventoriesOf(
  kube: Kube,
  project: Project,
  stacks: readonly string[] | null,
): Promise<readonly Inventory[]> {
  const stored = await readInventories(kube, project.name, project.inventoryNamespace);
  return [...stored.values()]
    .map((each) => each.inventory)
    .filter(({ stack }) => stacks === null || stacks.includes(stack))
    .sort((a, b) => placeOf(project, a) - placeOf(project, b));
}

/** What has left the project comes last. */
function placeOf(project: Project, { stack }: Inventory): number {
  const place = project.stacks.findIndex(({ name }) => name === stack);
  return place < 0 ? project.stacks.length : place;
}

/**
 * What its code said must hold, at the last apply. A condition that this k8sctl does not know, of a newer one, leaves the
 * kind's own rule in force.
 */
export function readyWhenOf({ readyWhen }: InventoryEntry): { readonly readyWhen?: ReadyCondition } {
  const known = readReadyCondition(readyWhen);
  return known === null ? {} : { readyWhen: known };
}

/** Knows the secrets that this project made or keeps in Secrets: a log may quote one. */
export function scrubberOf(inventories: readonly Inventory[], live: readonly (KubeObject | null)[]): Scrubber {
  const scrubber = new Scrubber(inventories.flatMap(({ entries }) => entries.map(({ id }) => id)));
  for (const { generated } of inventories) for (const value of Object.values(generated)) scrubber.add(value.attributes);
  for (const object of live) if (object !== null) scrubber.addSecret(object);
  return scrubber;
}
