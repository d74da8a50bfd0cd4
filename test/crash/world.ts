import type { Store } from "../../src/embedded/store.ts";
import { describeId, objectKey } from "../../src/model/ids.ts";
import type { Inventory } from "../../src/model/inventory.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import { idOf } from "../../src/model/objects.ts";
import { PART_OF_LABEL } from "../../src/plan/applyset.ts";
import { decodeInventory } from "../../src/run/inventory-format.ts";

/** Everything that lasts in a cluster, without what differs from run to run. */
export interface World {
  /** Object -> its content as JSON. */
  readonly objects: ReadonlyMap<string, string>;
  readonly inventories: ReadonlyMap<string, string>;
  /** `stack/address` -> value. */
  readonly generated: ReadonlyMap<string, string>;
  readonly locks: readonly string[];
  /** Objects that bear our label and stand in no inventory. */
  readonly orphans: readonly string[];
  /** Entries whose object is not there, or is another. */
  readonly stale: readonly string[];
}

export function lookAt(store: Store): World {
  const all = store.types().flatMap((type) => (type.kind === "Event" ? [] : [...store.list(type)]));
  const inventories = all.filter((object) => object["type"] === "k8sctl/inventory").map(inventoryOf);
  const secrets = inventories.flatMap((inventory) =>
    Object.entries(inventory.generated).map(
      ([address, value]) => [`${inventory.stack}/${address}`, String(value.attributes["result"])] as const,
    ),
  );
  const live = new Map(all.map((object) => [objectKey(idOf(object)), object]));
  const entries = inventories.flatMap((inventory) => inventory.entries);
  const held = new Set(entries.map((entry) => objectKey(entry.id)));
  return {
    objects: new Map(all.filter(lasts).map((object) => [describeId(idOf(object)), contentOf(object, secrets)])),
    inventories: new Map(inventories.map((inventory) => [inventory.stack, recordOf(inventory)])),
    generated: new Map(secrets),
    locks: all.filter((o) => o.kind === "Lease" && o.metadata.name.startsWith("k8sctl.")).map((o) => o.metadata.name),
    orphans: [...live]
      // The controllers of Endpoints and EndpointSlices copy a Service's labels.
      .filter(([, { kind, metadata }]) => !/^Endpoint/.test(kind) && metadata.labels?.[PART_OF_LABEL] !== undefined)
      .filter(([key]) => !held.has(key))
      .map(([, object]) => describeId(idOf(object)))
      .concat(forgottenRecords(all, inventories.length > 0)),
    stale: entries
      .filter(({ id, uid }) => live.get(objectKey(id))?.metadata.uid !== uid)
      .map(({ id }) => describeId(id)),
  };
}

/** Contents of revisions without their head, and any revision where no stack is left: nothing would remove them. */
function forgottenRecords(all: readonly KubeObject[], stacksLeft: boolean): string[] {
  const names = (type: string) => all.filter((o) => o["type"] === type).map((o) => o.metadata.name);
  const heads = names("k8sctl/revision");
  const parts = names("k8sctl/revision-content");
  if (!stacksLeft) return [...heads, ...parts];
  return parts.filter((part) => !heads.includes(part.replace(/\.\d+$/, "")));
}

function inventoryOf(secret: KubeObject): Inventory {
  return decodeInventory((secret["data"] ?? {}) as Record<string, string>, secret.metadata.name);
}

/** Not made by a controller, not a lock, not a record of ours. */
function lasts(object: KubeObject): boolean {
  if ((object.metadata.ownerReferences ?? []).length > 0 || /^k8sctl\//.test(String(object["type"]))) return false;
  return (
    object.kind !== "Lease" && object.kind !== "Node" && object.kind !== "Endpoints" && object.kind !== "APIService"
  );
}

/** A secret value counts by its name: two worlds make two passwords. */
function contentOf(object: KubeObject, secrets: readonly (readonly [string, string])[]): string {
  const { status: _, metadata, ...rest } = object;
  const { uid, resourceVersion, creationTimestamp, managedFields, generation, annotations, ...kept } = metadata;
  let text = JSON.stringify({ ...rest, metadata: kept, owners: managersOf(object) });
  for (const [name, value] of secrets) text = text.replaceAll(Buffer.from(value).toString("base64"), `<${name}>`);
  // Addresses are given in the order of creation.
  return text.replaceAll(/"10\.96\.[\d.]+"/g, '"<ip>"');
}

function managersOf(object: KubeObject): string[] {
  const entries = object.metadata.managedFields ?? [];
  return entries
    .filter((entry) => entry.subresource !== "status")
    .map((e) => `${e.manager} ${e.operation}`)
    .sort();
}

function recordOf(inventory: Inventory): string {
  const entries = inventory.entries.map(({ uid, ...entry }) => ({ ...entry, live: uid !== null }));
  return JSON.stringify({ ...inventory, entries, generated: Object.keys(inventory.generated).sort() });
}

/** What is wrong with `got`, given what an uninterrupted run leaves; "" is nothing. */
export function differences(wanted: World, got: World): string[] {
  const problems: string[] = [];
  for (const [name, content] of wanted.objects) {
    const there = got.objects.get(name);
    if (there === undefined) problems.push(`lost: ${name}`);
    else if (there !== content) problems.push(`differs: ${name}: ${content} / ${there}`);
  }
  for (const name of got.objects.keys()) if (!wanted.objects.has(name)) problems.push(`orphan: ${name}`);
  for (const name of got.orphans) problems.push(`orphan: ${name} is in no inventory`);
  for (const name of got.stale) problems.push(`stale: ${name}`);
  for (const lock of got.locks) problems.push(`lock: ${lock}`);
  for (const stack of new Set([...wanted.inventories.keys(), ...got.inventories.keys()])) {
    if (wanted.inventories.get(stack) !== got.inventories.get(stack))
      problems.push(`inventory of ${stack}: ${wanted.inventories.get(stack)} / ${got.inventories.get(stack)}`);
  }
  return problems;
}
