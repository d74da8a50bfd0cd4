import { UserError, userError } from "../model/errors.ts";
import { describeId, type ObjectId, typeOf } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import { didYouMean } from "../model/near.ts";
import type { Project } from "../model/project.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import type { Kube, ObjectRef, Ports } from "../ports.ts";
import { readInventories, type StoredInventory, writeInventory } from "./inventory.ts";
import { acquireLocks } from "./locks.ts";
import { fieldManagerOf } from "./plan.ts";

/** One thing that an inventory holds. */
export type Held =
  | { readonly type: "object"; readonly stack: string; readonly address: string; readonly entry: InventoryEntry }
  /** A value that was made once. Its attributes' names only: the values never leave the inventory by this way. */
  | {
      readonly type: "generated";
      readonly stack: string;
      readonly address: string;
      readonly resourceType: string;
      readonly attributes: readonly string[];
    };

/** Everything that the inventories hold, sorted by stack and address; an object without an address goes by its id. */
export async function readState(kube: Kube, project: Project, stacks: readonly string[] | null): Promise<Held[]> {
  const stored = await readInventories(kube, project.name, project.inventoryNamespace);
  return [...stored.values()]
    .map(({ inventory }) => inventory)
    .filter(({ stack }) => stacks === null || stacks.includes(stack))
    .sort((a, b) => (a.stack < b.stack ? -1 : 1))
    .flatMap(heldBy);
}

function heldBy({ stack, entries, generated }: Inventory): Held[] {
  const objects = entries.map((entry): Held => ({ type: "object", stack, address: addressOf(entry), entry }));
  const values = Object.entries(generated).map(
    ([address, { type: resourceType, attributes }]): Held => ({
      type: "generated",
      stack,
      address,
      resourceType,
      attributes: Object.keys(attributes).sort(),
    }),
  );
  return [...objects, ...values].sort((a, b) => (a.address < b.address ? -1 : 1));
}

function addressOf(entry: InventoryEntry): string {
  return entry.address === "" ? describeId(entry.id) : entry.address;
}

/** The one that `ADDRESS` or `STACK.ADDRESS` names. Throws UserError `state-unknown` or `state-ambiguous`. */
export function findHeld(state: readonly Held[], wanted: string): Held {
  const found = state.filter(({ stack, address }) => address === wanted || `${stack}.${address}` === wanted);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    throw userError("state-ambiguous", `${wanted} is in stacks ${found.map(({ stack }) => stack).join(", ")}`, {
      remedy: `say which: ${found.map(({ stack, address }) => `${stack}.${address}`).join(" or ")}`,
    });
  }
  const remedy = didYouMean(
    wanted,
    state.flatMap(({ stack, address }) => [address, `${stack}.${address}`]),
  );
  throw userError("state-unknown", `no inventory holds ${wanted}`, {
    remedy: remedy ?? "`k8sctl state list` shows what they hold",
  });
}

/**
 * Takes things out of the inventories, under the stacks' locks. Objects stay in the cluster and lose our label: another
 * project may take them, and nothing of ours deletes them any more. A generated value is lost.
 */
export async function removeHeld(
  ports: Pick<Ports, "clock" | "random" | "identity">,
  kube: Kube,
  project: Project,
  gone: readonly Held[],
  signal: AbortSignal,
): Promise<void> {
  const stacks = [...new Set(gone.map(({ stack }) => stack))];
  await changingInventories({ ports, kube, project, stacks, command: "state rm", signal }, async (stored) => {
    for (const held of gone) if (held.type === "object") await giveUp(kube, project, held.entry);
    for (const stack of stacks) {
      const before = stored.get(stack);
      if (before === undefined) continue;
      const left = gone.filter((held) => held.stack === stack);
      const keys = new Set(left.map(({ address }) => address));
      const { entries, generated } = before.inventory;
      const next = {
        ...before.inventory,
        entries: entries.filter((entry) => !keys.has(addressOf(entry))),
        generated: Object.fromEntries(Object.entries(generated).filter(([address]) => !keys.has(address))),
      };
      await writeInventory(kube, project.inventoryNamespace, next, before);
    }
  });
}

/** The label goes first: killed in between, the object is still in the inventory, and the next run labels it again. */
async function giveUp(kube: Kube, project: Project, { id, version, uid }: InventoryEntry): Promise<void> {
  const ref = refOf(id, version);
  const live = await kube.get(ref);
  if (!live || (uid !== null && live.metadata.uid !== uid)) return;
  if (live.metadata.labels?.[PART_OF_LABEL] === undefined) return;
  await kube.patch(ref, { metadata: { labels: { [PART_OF_LABEL]: null } } }, fieldManagerOf(project));
}

export function refOf(id: ObjectId, version: string): ObjectRef {
  return { ...typeOf(version, id.kind), group: id.group, version, namespace: id.namespace, name: id.name };
}

interface Changing {
  readonly ports: Pick<Ports, "clock" | "random" | "identity">;
  readonly kube: Kube;
  readonly project: Project;
  readonly stacks: readonly string[];
  readonly command: string;
  readonly signal: AbortSignal;
}

/** Reads the inventories again under the locks of the stacks, and lets `work` write them. */
export async function changingInventories(
  { ports, kube, project, stacks, command, signal }: Changing,
  work: (stored: ReadonlyMap<string, StoredInventory>) => Promise<void>,
): Promise<void> {
  const { inventoryNamespace } = project;
  const locks = await acquireLocks({
    kube,
    ...ports,
    command,
    project: project.name,
    inventoryNamespace,
    stacks,
    signal,
  });
  try {
    await work(await readInventories(kube, project.name, inventoryNamespace));
  } finally {
    await locks.release();
  }
  if (locks.signal.aborted && locks.signal.reason instanceof UserError) throw locks.signal.reason;
}
