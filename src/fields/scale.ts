import type { ManagedFieldsEntry } from "../model/objects.ts";
import { difference, type FieldSet, isEmptySet, setOf } from "./field-set.ts";
import { type Managed, printManagers, readManagers } from "./managed.ts";
import { fieldElement, type PathElement } from "./path-element.ts";

/** Version of the Scale that is written in place of an object. */
const scaleVersion = "autoscaling/v1";
const ofScale: FieldSet = setOf([["f:spec", "f:replicas"]]);

/**
 * managedFields of the Scale of an object: who owns its replicas. Everybody else is unknown there, so that a scale of
 * replicas that nobody owns is tracked by nobody (KEP-555). `replicas`: names on the way, as `spec`, `replicas`.
 */
export function managersOfScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  replicas: readonly string[],
): ManagedFieldsEntry[] {
  const path = replicas.map(fieldElement);
  const owners = [...readManagers(entries)].filter(([, managed]) => holds(managed.set, path));
  return printManagers(
    new Map(owners.map(([key, managed]) => [key, { ...managed, apiVersion: scaleVersion, set: ofScale }])),
  );
}

/**
 * managedFields of an object after a write to its Scale: owners whom the Scale no longer names lose the replicas, and
 * those whom only it names get an entry without a time, in the version of the request.
 */
export function managersAfterScale(
  entries: readonly ManagedFieldsEntry[] | undefined,
  scaled: readonly ManagedFieldsEntry[] | undefined,
  replicas: readonly string[],
  apiVersion: string,
): ManagedFieldsEntry[] {
  const path = replicas.map(fieldElement);
  const before = readManagers(entries);
  const named = new Map(
    [...readManagers(scaled)].filter(([, managed]) => holds(managed.set, ["f:spec", "f:replicas"])),
  );
  const after = new Map<string, Managed>();
  for (const [key, managed] of before) {
    const keeps = !holds(managed.set, path) || named.delete(key);
    const set = keeps ? managed.set : difference(managed.set, setOf([path]));
    if (!isEmptySet(set)) after.set(key, { ...managed, set });
  }
  for (const [key, managed] of named)
    after.set(key, { ...managed, apiVersion, set: setOf([path]), time: before.get(key)?.time ?? null });
  return printManagers(after);
}

function holds(set: FieldSet, path: readonly PathElement[]): boolean {
  const [element, ...rest] = path;
  if (element === undefined) return set.own;
  const below = set.children.get(element);
  return below !== undefined && holds(below, rest);
}
