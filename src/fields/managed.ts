import type { ManagedFieldsEntry } from "../model/objects.ts";
import { differenceBelow, emptySet, type FieldSet, isEmptySet, setOf } from "./field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "./fields-v1.ts";

/** One manager's fields. `time` is RFC 3339 in seconds; null for a manager who joined without changing a value. */
export interface Managed {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly subresource: string;
  readonly time: string | null;
  readonly set: FieldSet;
}

/** Who a manager is: appliers whatever their apiVersion, others with it. Keys of the map are made by `managerKey`. */
export type Managers = ReadonlyMap<string, Managed>;

export function managerKey(of: Pick<Managed, "manager" | "operation" | "apiVersion" | "subresource">): string {
  return JSON.stringify([of.manager, of.operation, of.operation === "Apply" ? "" : of.apiVersion, of.subresource]);
}

/** Entries that cannot be read make the server forget all of them; so here. */
export function readManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers = new Map<string, Managed>();
  for (const entry of entries ?? []) {
    const set = entry.fieldsV1 === undefined ? emptySet() : parseFieldsV1(entry.fieldsV1);
    if (set === null || (entry.operation !== "Apply" && entry.operation !== "Update")) return new Map();
    const managed: Managed = {
      manager: entry.manager ?? "",
      operation: entry.operation,
      apiVersion: entry.apiVersion ?? "",
      subresource: entry.subresource ?? "",
      time: entry.time ?? null,
      set,
    };
    managers.set(managerKey(managed), managed);
  }
  return managers;
}

/** Managers without fields have no entry. Order: Apply before Update, then by time, manager, version, subresource. */
export function printManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()]
    .filter((managed) => !isEmptySet(managed.set))
    .sort(compareManaged)
    .map((managed) => ({
      manager: managed.manager,
      operation: managed.operation,
      apiVersion: managed.apiVersion,
      ...(managed.time === null ? {} : { time: managed.time }),
      fieldsType: "FieldsV1",
      fieldsV1: printFieldsV1(managed.set),
      ...(managed.subresource === "" ? {} : { subresource: managed.subresource }),
    }));
}

function compareManaged(a: Managed, b: Managed): number {
  const seconds = (managed: Managed): number => (managed.time === null ? 0 : Date.parse(managed.time));
  return (
    compareText(a.operation, b.operation) ||
    seconds(a) - seconds(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const metadata = (field: string): string[] => ["f:metadata", `f:${field}`];

/** Fields that nobody owns: they name the object or belong to the server. */
const UNOWNED = setOf([
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  metadata("name"),
  metadata("namespace"),
  metadata("creationTimestamp"),
  metadata("selfLink"),
  metadata("uid"),
  metadata("clusterName"),
  metadata("generation"),
  metadata("managedFields"),
  metadata("resourceVersion"),
]);

export function unownedFields(): FieldSet {
  return UNOWNED;
}

/** What a write through a subresource does not touch, for kinds that have a status: KEP-555's reset fields. */
export function resetFields(subresource: string): FieldSet {
  if (subresource === "") return setOf([["f:status"]]);
  if (subresource === "status") return setOf([["f:spec"], metadata("labels")]);
  return emptySet();
}

export function withoutReset(set: FieldSet, reset: FieldSet): FieldSet {
  return differenceBelow(set, reset);
}
