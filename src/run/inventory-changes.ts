import { isDeepStrictEqual } from "node:util";
import type { Canary } from "../model/canary.ts";
import type { GeneratedValue } from "../model/desired.ts";
import { type ObjectKey, objectKey, typeOf } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import type { PlanItem, StackPlan } from "../model/plan.ts";

/** What an apply leaves to be compared with later. */
export type Marks = Pick<InventoryEntry, "applied" | "owned">;

/** What the run learned of an object. `unsure`: a request was sent and its answer never came. */
export type Fact =
  | { readonly type: "live"; readonly uid: string | null; readonly marks: Marks }
  | { readonly type: "absent" }
  | { readonly type: "unsure" };

type Generated = Readonly<Record<string, GeneratedValue>>;
type Outputs = Inventory["outputs"];

/**
 * What must be recorded before the first change: everything that is there and everything that may come to be there,
 * with the generated values that objects are about to use. A kill at any later moment orphans nothing.
 */
export function promisedInventory(
  project: string,
  stack: StackPlan,
  previous: Inventory | null,
  generated: Generated,
): Inventory {
  const entries = byKey(previous?.entries ?? []);
  for (const item of stack.items) {
    if (!isApplied(item)) continue;
    const before = entries.get(item.key);
    const entry = entryOf(item, before, before?.uid ?? null);
    entries.set(item.key, { ...entry, dependsOn: unique([...entry.dependsOn, ...(before?.dependsOn ?? [])]) });
    const { canary } = item;
    if (canary) entries.set(canary.key, entries.get(canary.key) ?? canaryEntry(item, canary, null));
  }
  return assemble(project, stack, previous, entries, { ...previous?.generated, ...generated }, previous?.outputs ?? {});
}

/** What is true after the run: promises that came to nothing are dropped, deletes that failed are kept. */
export function settledInventory(
  project: string,
  stack: StackPlan,
  previous: Inventory | null,
  generated: Generated,
  facts: ReadonlyMap<ObjectKey, Fact>,
  outputs: Outputs,
): Inventory {
  const entries = byKey(previous?.entries ?? []);
  for (const item of stack.items) {
    const before = entries.get(item.key) ?? null;
    const entry = settledEntry(item, before, facts.get(item.key) ?? null);
    if (entry) entries.set(item.key, entry);
    else entries.delete(item.key);
  }
  // A canary that could not be removed is left to the next run.
  for (const item of stack.items) {
    const fact = item.canary === undefined ? undefined : facts.get(item.canary.key);
    if (item.canary === undefined || fact === undefined || fact.type === "absent") continue;
    entries.set(item.canary.key, canaryEntry(item, item.canary, fact.type === "live" ? fact.uid : null));
  }
  const kept = withoutDropped({ ...previous?.generated, ...generated }, stack, facts);
  return assemble(project, stack, previous, entries, kept, outputs);
}

/** Values that left the code go once nothing that this run could not apply may still hold them. */
function withoutDropped(generated: Generated, stack: StackPlan, facts: ReadonlyMap<ObjectKey, Fact>): Generated {
  const done = stack.items.every(
    ({ action, key }) => action === "unchanged" || action === "forget" || settledFact(facts.get(key)),
  );
  if (!done || stack.generated.length === 0) return generated;
  const wanted = stack.generated.filter(({ action }) => action !== "delete").map((g) => g.resource.address);
  const dropped = new Set(stack.generated.filter(({ action }) => action === "delete").map((g) => g.resource.address));
  const left = Object.entries(generated).filter(([address, value]) => {
    if (dropped.has(address)) return false;
    // A value that moved lives on under its new address.
    return wanted.includes(address) || !wanted.some((now) => isDeepStrictEqual(generated[now], value));
  });
  return Object.fromEntries(left);
}

function settledFact(fact: Fact | undefined): boolean {
  return fact !== undefined && fact.type !== "unsure";
}

function settledEntry(item: PlanItem, before: InventoryEntry | null, fact: Fact | null): InventoryEntry | null {
  if (item.action === "forget") return item.givesBack && fact?.type !== "absent" ? before : null;
  if (fact === null) return item.action === "unchanged" ? entryOf(item, before, item.uid) : before;
  switch (fact.type) {
    case "absent":
      return null;
    case "live":
      return item.action === "delete" ? before : entryOf(item, before, fact.uid, fact.marks);
    case "unsure":
      return item.action === "delete" ? before : entryOf(item, before, before?.uid ?? null);
  }
}

/** Nothing to remember: the parent Secret itself can go, or need not come. */
export function isEmpty(inventory: Inventory): boolean {
  return (
    inventory.entries.length === 0 &&
    Object.keys(inventory.generated).length === 0 &&
    Object.keys(inventory.outputs).length === 0 &&
    (inventory.keptClaims ?? []).length === 0
  );
}

export function sameInventory(a: Inventory | null, b: Inventory): boolean {
  return a !== null && isDeepStrictEqual(a, b);
}

function entryOf(
  item: PlanItem,
  before: InventoryEntry | null | undefined,
  uid: string | null,
  marks: Marks = {},
): InventoryEntry {
  const { applied = before?.applied, owned = before?.owned } = marks;
  return {
    ...(applied === undefined ? {} : { applied }),
    ...(owned === undefined ? {} : { owned }),
    ...(item.action === "adopt" || before?.adopted ? { adopted: true } : {}),
    id: item.id,
    version: typeOf(item.apiVersion, item.id.kind).version,
    uid,
    address: item.origin?.address ?? "",
    dependsOn: unique(item.dependsOn.flatMap(({ on }) => (on.type === "object" ? [on.key] : []))),
    preventDestroy: item.lifecycle.preventDestroy,
    ...(item.wait.readyWhen === undefined ? {} : { readyWhen: item.wait.readyWhen }),
  };
}

function canaryEntry(item: PlanItem, { id }: Canary, uid: string | null): InventoryEntry {
  const { version } = typeOf(item.apiVersion, id.kind);
  return { id, version, uid, address: "", dependsOn: [], preventDestroy: false, canary: true };
}

function isApplied(item: PlanItem): boolean {
  return item.action !== "delete" && item.action !== "forget" && item.action !== "blocked";
}

function byKey(entries: readonly InventoryEntry[]): Map<ObjectKey, InventoryEntry> {
  return new Map(entries.map((entry) => [objectKey(entry.id), entry]));
}

function unique(keys: readonly ObjectKey[]): ObjectKey[] {
  return [...new Set(keys)].sort();
}

/** Sorted, so that an unchanged inventory is equal to itself and is not written again. */
function assemble(
  project: string,
  stack: StackPlan,
  previous: Inventory | null,
  entries: ReadonlyMap<ObjectKey, InventoryEntry>,
  generated: Generated,
  outputs: Outputs,
): Inventory {
  const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const keptClaims = previous?.keptClaims;
  return {
    project,
    stack: stack.name,
    after: stack.after,
    entries: sorted.map(([, entry]) => entry),
    generated,
    outputs,
    ...(keptClaims === undefined ? {} : { keptClaims }),
  };
}
