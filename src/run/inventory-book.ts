import { outlivesRemoval } from "../desired/random.ts";
import type { GeneratedValue } from "../model/desired.ts";
import type { Emit } from "../model/events.ts";
import { type ObjectId, type ObjectKey, objectKey } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Plan, StackPlan } from "../model/plan.ts";
import type { Kube } from "../ports.ts";
import { deleteClaims } from "./claims.ts";
import { deleteInventory, ensureNamespace, inventoryRef, type StoredInventory, writeInventory } from "./inventory.ts";
import { type Fact, isEmpty, promisedInventory, sameInventory, settledInventory } from "./inventory-changes.ts";

type KeptClaims = ReadonlyMap<string, readonly { readonly id: ObjectId; readonly uid: string }[]>;

export interface BookInput {
  readonly plan: Plan;
  readonly inventories: ReadonlyMap<string, StoredInventory>;
  readonly inventoryNamespace: string;
  readonly destroy: { readonly deleteVolumes: boolean } | null;
}

/** The inventories of a run's stacks, from the versions that the plan was made from to what is true at the end. */
export class InventoryBook {
  readonly #kube: Kube;
  readonly #input: BookInput;
  readonly #generated: ReadonlyMap<string, GeneratedValue>;
  readonly #stored: Map<string, StoredInventory>;
  readonly #recording = new Map<string, Promise<void>>();

  constructor(kube: Kube, input: BookInput, generated: ReadonlyMap<string, GeneratedValue>) {
    this.#kube = kube;
    this.#input = input;
    this.#generated = generated;
    this.#stored = new Map(input.inventories);
  }

  /** Before the first change: everything that may come to be. */
  async promise(): Promise<void> {
    const { plan } = this.#input;
    const changed = plan.stacks.flatMap((stack) => {
      const previous = this.#current(stack);
      const next = promisedInventory(plan.project, stack, previous, this.#generatedOf(stack));
      return isEmpty(next) || sameInventory(previous, next) ? [] : [next];
    });
    if (changed.length === 0) return;
    if (this.#stored.size === 0) await ensureNamespace(this.#kube, plan.project, this.#input.inventoryNamespace);
    await Promise.all(changed.map((next) => this.#write(next)));
  }

  /** In the middle of the run: a value was made that others are about to use. One write of a stack at a time. */
  record(name: string): Promise<void> {
    const stack = this.#input.plan.stacks.find((each) => each.name === name);
    if (stack === undefined) return Promise.resolve();
    const write = async (): Promise<void> => {
      const current = this.#current(stack);
      const next = promisedInventory(this.#input.plan.project, stack, current, this.#generatedOf(stack));
      if (!sameInventory(current, next)) await this.#write(next);
    };
    const before = this.#recording.get(name) ?? Promise.resolve();
    const written = before.then(write, write);
    this.#recording.set(name, written);
    return written;
  }

  /** After the last change: what is true. */
  async settle(
    facts: ReadonlyMap<ObjectKey, Fact>,
    claims: KeptClaims,
    outputs: ReadonlyMap<string, Inventory["outputs"]>,
    emit: Emit,
  ): Promise<void> {
    const { plan } = this.#input;
    const home = homes(plan, facts);
    await Promise.all(
      plan.stacks.map(async (stack) => {
        const before = this.#input.inventories.get(stack.name)?.inventory ?? null;
        const settled = settledInventory(
          plan.project,
          stack,
          before,
          this.#generatedOf(stack),
          facts,
          outputs.get(stack.name) ?? {},
        );
        const stayed = {
          ...settled,
          entries: settled.entries.filter(({ id }) => (home.get(objectKey(id)) ?? stack.name) === stack.name),
        };
        const next = this.#afterDestroy(withClaims(stayed, claims.get(stack.name) ?? []));
        const stored = this.#stored.get(stack.name);
        if (isEmpty(next)) {
          if (stored) await deleteInventory(this.#kube, this.#input.inventoryNamespace, stored);
          return;
        }
        if (!sameInventory(this.#current(stack), next)) await this.#write(next);
        if (this.#input.destroy) this.#tellKept(next, emit);
      }),
    );
  }

  /** Claims that an earlier `down` left behind. */
  async deleteKeptClaims(): Promise<void> {
    const claims = [...this.#stored.values()].flatMap((stored) => stored.inventory.keptClaims ?? []);
    await deleteClaims(
      this.#kube,
      claims.map(({ id, uid }) => ({ namespace: id.namespace, name: id.name, uid })),
    );
  }

  /** Generated values go with the volumes that they protect, and not before the last object that uses them. */
  #afterDestroy(inventory: Inventory): Inventory {
    if (!this.#input.destroy) return inventory;
    if (!this.#input.destroy.deleteVolumes) return { ...inventory, generated: worthKeeping(inventory.generated) };
    const { keptClaims: _, ...rest } = inventory;
    return rest.entries.length > 0 ? rest : { ...rest, generated: {} };
  }

  #tellKept(inventory: Inventory, emit: Emit): void {
    const count = Object.keys(inventory.generated).length;
    if (count === 0) return;
    const { group, kind, namespace, name } = inventoryRef(
      inventory.project,
      inventory.stack,
      this.#input.inventoryNamespace,
    );
    const why = `it holds ${count} generated ${count === 1 ? "value" : "values"}; down --delete-volumes removes it`;
    emit({ type: "kept", id: { group, kind, namespace, name }, stack: inventory.stack, why });
  }

  /** As it stands in the cluster now. */
  #current(stack: StackPlan): Inventory | null {
    return this.#stored.get(stack.name)?.inventory ?? null;
  }

  #generatedOf(stack: StackPlan): Record<string, GeneratedValue> {
    return Object.fromEntries(
      stack.generated.flatMap(({ action, resource: { address } }) => {
        const value = this.#generated.get(`${stack.name}/${address}`);
        return action === "delete" || value === undefined ? [] : [[address, value]];
      }),
    );
  }

  async #write(next: Inventory): Promise<void> {
    const previous = this.#stored.get(next.stack) ?? null;
    this.#stored.set(next.stack, await writeInventory(this.#kube, this.#input.inventoryNamespace, next, previous));
  }
}

/** Stack of each object that this run applied or found in order: another stack's record of it is out of date. */
function homes(plan: Plan, facts: ReadonlyMap<ObjectKey, Fact>): ReadonlyMap<ObjectKey, string> {
  const items = plan.stacks.flatMap((stack) => stack.items);
  const there = items.filter(
    ({ action, key }) =>
      action !== "delete" && action !== "forget" && (action === "unchanged" || facts.get(key)?.type === "live"),
  );
  return new Map(there.map(({ key, stack }) => [key, stack]));
}

function withClaims(
  inventory: Inventory,
  claims: readonly { readonly id: ObjectId; readonly uid: string }[],
): Inventory {
  if (claims.length === 0) return inventory;
  const known = new Map((inventory.keptClaims ?? []).map((claim) => [claim.uid, claim]));
  for (const claim of claims) known.set(claim.uid, claim);
  return { ...inventory, keptClaims: [...known.values()] };
}

function worthKeeping(generated: Inventory["generated"]): Inventory["generated"] {
  return Object.fromEntries(Object.entries(generated).filter(([, { type }]) => outlivesRemoval(type)));
}
