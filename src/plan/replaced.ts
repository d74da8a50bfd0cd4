import type { FieldPath, Trigger } from "../model/desired.ts";
import { describeId, type ObjectKey, objectKey, wholeOf } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { GeneratedItem, PlanItem } from "../model/plan.ts";
import { lossOf } from "./consequences.ts";
import { definedType } from "./defined-type.ts";

/**
 * What follows from the plans of other items: `replace_triggered_by` makes an object anew, and a part goes with its
 * object when that is replaced, to be applied to the next one.
 */
export function followOthers(
  items: readonly PlanItem[],
  generated: readonly { readonly stack: string; readonly item: GeneratedItem }[],
  liveOf: (key: ObjectKey) => KubeObject | null,
): PlanItem[] {
  const now = new Map(items.map((item) => [item.key, item]));
  const values = new Map(generated.map(({ stack, item }) => [`${stack}/${item.resource.address}`, item]));
  // A replace may trigger the next: as often as anything changes, each item at most once.
  for (let changed = true; changed; ) {
    changed = false;
    for (const item of now.values()) {
      if (item.action !== "unchanged" && item.action !== "update") continue;
      const why = reasonFor(item, now, values);
      if (why === null) continue;
      now.set(item.key, triggered(item, why, liveOf(item.key)));
      changed = true;
    }
  }
  const goes = containersThatGo([...now.values()]);
  const followed = items.map((item) => followContainer(now.get(item.key) ?? item, goes, liveOf));
  const all = new Map(followed.map((item) => [item.key, item]));
  return followed.map((item) => followWhole(item, all));
}

/** What goes takes with it all that is in a namespace, or of a type. Keys: `namespace shop`, `type example.com/Widget`. */
function containersThatGo(items: readonly PlanItem[]): ReadonlyMap<string, PlanItem> {
  const replaced = items.filter(({ action, id }) => action === "replace" && id.part === undefined);
  return new Map(
    replaced.flatMap((item): [string, PlanItem][] => {
      if (item.id.group === "" && item.id.kind === "Namespace") return [[`namespace ${item.id.name}`, item]];
      const type = item.id.kind === "CustomResourceDefinition" ? definedType(item.sent) : null;
      return type === null ? [] : [[`type ${type}`, item]];
    }),
  );
}

/** What lives in a namespace that is made anew would be gone after the run, although nothing of it changes. */
function followContainer(
  item: PlanItem,
  goes: ReadonlyMap<string, PlanItem>,
  liveOf: (key: ObjectKey) => KubeObject | null,
): PlanItem {
  const { id, action } = item;
  if (id.part !== undefined || (action !== "unchanged" && action !== "update")) return item;
  const container = goes.get(`namespace ${id.namespace}`) ?? goes.get(`type ${id.group}/${id.kind}`);
  return container === undefined
    ? item
    : triggered(item, `goes with ${describeId(container.id)}, and is made anew after it`, liveOf(item.key));
}

function reasonFor(
  item: PlanItem,
  items: ReadonlyMap<ObjectKey, PlanItem>,
  values: ReadonlyMap<string, GeneratedItem>,
): string | null {
  for (const trigger of item.lifecycle.replaceTriggeredBy ?? []) {
    const { on } = trigger;
    if (on.type === "object") {
      const other = items.get(on.key);
      if (other !== undefined && sets(other, trigger)) return `replace_triggered_by: ${describeId(other.id)} changes`;
    } else if (on.type === "generated") {
      const action = values.get(`${on.stack}/${on.address}`)?.action;
      if (action === "replace" || action === "update") return `replace_triggered_by: ${on.address} changes`;
    }
  }
  return null;
}

/** "Any change": an update or replace, of the named attribute where one is named (Terraform, "replace_triggered_by"). */
function sets(other: PlanItem, { path }: Trigger): boolean {
  if (other.action === "replace") return true;
  if (other.action !== "update") return false;
  return path.length === 0 || other.changes.some((change) => within(change.path, path));
}

/** Compares names only down to the first list: its elements go by their keys in a shown path. */
function within(shown: string, path: FieldPath): boolean {
  const end = path.findIndex((step) => typeof step === "number");
  const text = path.slice(0, end < 0 ? undefined : end).join(".");
  return shown === text || shown.startsWith(`${text}.`) || shown.startsWith(`${text}[`);
}

function triggered(item: PlanItem, message: string, live: KubeObject | null): PlanItem {
  if (item.lifecycle.preventDestroy) {
    return { ...item, action: "blocked", why: `${message}, and prevent_destroy forbids a replace` };
  }
  const losses = live === null ? [] : lossOf(live);
  return { ...item, action: "replace", consequences: [{ type: "replace", fields: [], message }, ...losses] };
}

function followWhole(item: PlanItem, items: ReadonlyMap<ObjectKey, PlanItem>): PlanItem {
  if (item.action !== "unchanged" || item.id.part === undefined) return item;
  if (items.get(objectKey(wholeOf(item.id)))?.action !== "replace") return item;
  return { ...item, action: "update", why: "its object is replaced" };
}
