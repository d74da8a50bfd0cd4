import { isDeepStrictEqual } from "node:util";
import type { Desired, GeneratedResource, GeneratedValue, Lifecycle, WaitPolicy } from "../model/desired.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import { apiVersionOf, objectKey } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import { assertNever } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Observed } from "../model/observed.ts";
import type { GeneratedItem, Plan, PlanItem, PlannedCluster, StackPlan } from "../model/plan.ts";
import { PART_OF_LABEL } from "./applyset.ts";
import type { TemplateObject } from "./body.ts";
import { changesBetween, changesOfCreate, changesOfReplace } from "./changes.ts";
import { consequencesOf, lossOf } from "./consequences.ts";
import { countActions } from "./counts.ts";
import { isImmutableRefusal, refusedFields } from "./immutable.ts";
import { isDrift } from "./ownership.ts";

export interface BuildInput {
  readonly project: string;
  readonly cluster: PlannedCluster;
  /** In the order of k8sctl.yaml; only those selected. */
  readonly stacks: readonly { readonly name: string; readonly file: string; readonly after: readonly string[] }[];
  readonly desired: readonly Desired[];
  readonly generated: readonly GeneratedResource[];
  readonly observed: ReadonlyMap<ObjectKey, Observed>;
  readonly bodies: ReadonlyMap<ObjectKey, TemplateObject>;
  /** Inventories of the selected stacks, and of stacks that left the project when all are selected. */
  readonly inventories: readonly Inventory[];
  readonly leftovers: ReadonlyMap<ObjectKey, KubeObject | null>;
  /** Stack name -> ApplySet id. */
  readonly applySets: ReadonlyMap<string, string>;
  readonly fieldManager: string;
  readonly forceConflicts: boolean;
}

/**
 * Desired + observed + inventory -> Plan. Pure. Never plans a change of an object that this project neither wants nor
 * holds in an inventory; deletes only what an inventory holds under the same uid.
 */
export function buildPlan(input: BuildInput): Plan {
  const wanted = new Set(input.desired.map((d) => objectKey(d.id)));
  const byStack = new Map<string, PlanItem[]>();
  const push = (stack: string, item: PlanItem): void => {
    const list = byStack.get(stack);
    if (list === undefined) byStack.set(stack, [item]);
    else list.push(item);
  };
  for (const desired of input.desired) push(desired.origin.stack, itemOf(desired, input));
  for (const inventory of input.inventories) {
    const file = input.stacks.find((s) => s.name === inventory.stack)?.file ?? null;
    for (const entry of inventory.entries) {
      if (wanted.has(objectKey(entry.id))) continue;
      push(inventory.stack, leftoverItem(inventory, entry, file, input));
    }
  }
  const known = new Map(input.inventories.map((inventory) => [inventory.stack, inventory]));
  const gone = input.inventories.filter((inv) => !input.stacks.some((s) => s.name === inv.stack));
  const stacks: StackPlan[] = [
    ...input.stacks.map(({ name, file, after }) => ({ name, file, after })),
    ...gone.map(({ stack, after }) => ({ name: stack, file: null, after })),
  ].map((stack) => ({
    ...stack,
    items: byStack.get(stack.name) ?? [],
    generated: generatedItems(stack.name, input.generated, known.get(stack.name)?.generated ?? {}),
  }));
  return {
    project: input.project,
    cluster: input.cluster,
    stacks,
    counts: countActions(stacks.flatMap((stack) => stack.items)),
  };
}

function generatedItems(
  stack: string,
  resources: readonly GeneratedResource[],
  held: Readonly<Record<string, GeneratedValue>>,
): GeneratedItem[] {
  return resources
    .filter((resource) => resource.stack === stack)
    .map((resource) => {
      const value = held[resource.address];
      if (value === undefined) return { action: "create", resource };
      const same = value.type === resource.type && isDeepStrictEqual(value.arguments, resource.arguments);
      return { action: same ? "unchanged" : "replace", resource };
    });
}

const NO_LIFECYCLE: Lifecycle = { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [] };
const NO_WAIT: WaitPolicy = { skip: true, timeoutSeconds: null };

function itemOf(desired: Desired, input: BuildInput): PlanItem {
  const key = objectKey(desired.id);
  const seen = input.observed.get(key);
  const sent = input.bodies.get(key) ?? (desired.object as TemplateObject);
  const base: PlanItem = {
    id: desired.id,
    key,
    action: "create",
    stack: desired.origin.stack,
    origin: desired.origin,
    sent,
    sensitive: desired.sensitive,
    apiVersion: String(desired.object["apiVersion"]),
    uid: seen?.live?.metadata.uid ?? null,
    changes: [],
    consequences: [],
    prediction: null,
    refusal: null,
    warnings: [],
    why: "",
    dependsOn: desired.dependsOn,
    lifecycle: desired.lifecycle,
    wait: desired.wait,
    force: false,
  };
  if (seen === undefined) {
    return { ...base, changes: changesOfCreate(desired, sent), prediction: { because: "cluster-missing" } };
  }
  const { answer, live } = seen;
  switch (answer.type) {
    case "proved-unchanged":
      return { ...base, action: "unchanged" };
    case "predicted":
      return { ...base, changes: changesOfCreate(desired, sent), prediction: answer.prediction };
    case "dry-run":
      if (live === null) return { ...base, changes: changesOfCreate(desired, sent), warnings: answer.warnings };
      return changed(base, desired, seen, live, answer.result, answer.warnings, input);
    case "conflict": {
      if (answer.forced === null || live === null) return { ...base, action: "blocked", refusal: answer.refusal };
      const drift = seen.owned && isDrift(live, answer.refusal, input.fieldManager);
      const item = changed(base, desired, seen, live, answer.forced, [], input);
      if (input.forceConflicts || drift)
        return { ...item, action: item.action === "unchanged" ? "update" : item.action, force: true };
      return {
        ...item,
        action: "blocked",
        refusal: answer.refusal,
        why: "another manager owns a field; --force-conflicts takes it",
      };
    }
    case "refused":
      if (live !== null && isImmutableRefusal(answer.refusal))
        return replaced(base, desired, seen, live, answer.refusal);
      return { ...base, action: "blocked", refusal: answer.refusal, why: answer.refusal.message };
    default:
      return assertNever(answer);
  }
}

function changed(
  base: PlanItem,
  desired: Desired,
  seen: Observed,
  live: KubeObject,
  result: KubeObject,
  warnings: readonly string[],
  input: BuildInput,
): PlanItem {
  const changes = changesBetween(desired, live, result, base.sent ?? {}, input.fieldManager);
  const consequences = consequencesOf(live, changes);
  if (!seen.owned) return { ...base, action: "adopt", changes, consequences, warnings };
  if (changes.length > 0) return { ...base, action: "update", changes, consequences, warnings };
  return { ...base, action: "unchanged", warnings };
}

function replaced(
  base: PlanItem,
  desired: Desired,
  seen: Observed,
  live: KubeObject,
  refusal: {
    readonly status: number;
    readonly reason: string;
    readonly message: string;
    readonly causes: readonly { field?: string; message?: string; reason?: string }[];
  },
): PlanItem {
  const fields = refusedFields(refusal);
  const reason = { type: "replace", fields, message: `${fields.join(", ") || "a field"} is immutable` } as const;
  const item = { ...base, changes: changesOfReplace(desired, live, base.sent ?? {}), refusal };
  if (desired.lifecycle.preventDestroy) {
    return { ...item, action: "blocked", why: `${reason.message}, and prevent_destroy forbids a replace` };
  }
  if (!seen.owned) {
    return { ...item, action: "blocked", why: `it exists, is not managed by this stack, and ${reason.message}` };
  }
  return { ...item, action: "replace", consequences: [reason, ...lossOf(live)] };
}

function leftoverItem(inventory: Inventory, entry: InventoryEntry, file: string | null, input: BuildInput): PlanItem {
  const key = objectKey(entry.id);
  const live = input.leftovers.get(key) ?? null;
  const base: PlanItem = {
    id: entry.id,
    key,
    action: "delete",
    stack: inventory.stack,
    origin: null,
    sent: null,
    sensitive: [],
    apiVersion: live?.apiVersion ?? apiVersionOf({ group: entry.id.group, version: entry.version }),
    uid: entry.uid,
    changes: [],
    consequences: live === null ? [] : lossOf(live),
    prediction: null,
    refusal: null,
    warnings: [],
    why: file === null ? `stack ${inventory.stack} left the project` : `no longer in ${file}`,
    dependsOn: entry.dependsOn.map((on) => ({ kind: "ready", on: { type: "object", key: on } })),
    lifecycle: { ...NO_LIFECYCLE, preventDestroy: entry.preventDestroy },
    wait: NO_WAIT,
    force: false,
  };
  if (live === null) return { ...base, action: "forget", why: "it is already gone" };
  const ours = live.metadata.labels?.[PART_OF_LABEL] === input.applySets.get(inventory.stack);
  if (entry.uid === null ? !ours : live.metadata.uid !== entry.uid) {
    return { ...base, action: "forget", uid: null, consequences: [], why: "another object has taken its name" };
  }
  if (entry.preventDestroy) return { ...base, action: "blocked", why: "prevent_destroy forbids its deletion" };
  return { ...base, uid: live.metadata.uid ?? entry.uid };
}
