import type { Lifecycle, WaitPolicy } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { apiVersionOf, objectKey } from "../model/ids.ts";
import type { Inventory, InventoryEntry } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import { PART_OF_LABEL } from "./applyset.ts";
import { lossOf } from "./consequences.ts";
import { hasApplied, managerOf } from "./parts.ts";

const NO_LIFECYCLE: Lifecycle = { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [] };
const NO_WAIT: WaitPolicy = { skip: true, timeoutSeconds: null };

interface LeftoverInput {
  readonly leftovers: ReadonlyMap<ObjectKey, KubeObject | null>;
  /** Stack name -> ApplySet id. */
  readonly applySets: ReadonlyMap<string, string>;
  readonly fieldManager: string;
}

/** What becomes of an object that an inventory holds and the code no longer names. */
export function leftoverItem(
  inventory: Inventory,
  entry: InventoryEntry,
  { file, givenUp }: { readonly file: string | null; readonly givenUp: boolean },
  input: LeftoverInput,
): PlanItem {
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
    consequences: live === null || entry.id.part !== undefined ? [] : lossOf(live),
    prediction: null,
    refusal: null,
    warnings: [],
    why: entry.canary
      ? "a canary that an interrupted run left"
      : file === null
        ? `stack ${inventory.stack} left the project`
        : `no longer in ${file}`,
    dependsOn: entry.dependsOn.map((on) => ({ kind: "ready", on: { type: "object", key: on } })),
    lifecycle: { ...NO_LIFECYCLE, preventDestroy: entry.preventDestroy },
    wait: NO_WAIT,
    force: false,
  };
  if (live === null) return { ...base, action: "forget", why: "it is already gone" };
  const ours =
    entry.id.part === undefined
      ? live.metadata.labels?.[PART_OF_LABEL] === input.applySets.get(inventory.stack)
      : hasApplied(live, managerOf(input.fieldManager, entry.id));
  if (entry.uid === null ? !ours : live.metadata.uid !== entry.uid) {
    return { ...base, action: "forget", uid: null, consequences: [], why: "another object has taken its name" };
  }
  if (givenUp) {
    const why = "a removed block gives it up: it stays, and is no longer of this stack";
    return { ...base, action: "forget", consequences: [], why, givesBack: true };
  }
  if (entry.preventDestroy) return { ...base, action: "blocked", why: "prevent_destroy forbids its deletion" };
  return { ...base, uid: live.metadata.uid ?? entry.uid };
}
