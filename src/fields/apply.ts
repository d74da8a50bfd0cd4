import { typeOf } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { deduceUnknown } from "../schema/deduced.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { zeroOf } from "../schema/zero.ts";
import { checkTyped } from "./check.ts";
import { compare } from "./compare.ts";
import type { FieldConflict } from "./conflicts.ts";
import { equalJson } from "./equal.ts";
import { difference, emptySet, type FieldSet, intersection, isEmptySet, union } from "./field-set.ts";
import { fieldsOf } from "./fields-of.ts";
import {
  type Managed,
  type Managers,
  managerKey,
  printManagers,
  readManagers,
  resetFields,
  unownedFields,
  withoutReset,
} from "./managed.ts";
import { merge } from "./merge.ts";
import { decodeNulls } from "./nulls.ts";
import { disown } from "./ownership.ts";
import { dropEmptied, removeFields, withNamedFields } from "./remove.ts";
import { restoreFields } from "./reset.ts";
import { updateManagers } from "./update.ts";

export interface ApplyRequest {
  /** null: the object does not exist yet. */
  readonly live: KubeObject | null;
  readonly config: KubeObject;
  /** Field manager; the server demands one. */
  readonly manager: string;
  /** Version of the request's path. */
  readonly apiVersion: string;
  /** "" for the object itself. */
  readonly subresource: string;
  readonly force: boolean;
  /** RFC 3339 in whole seconds. */
  readonly now: string;
  readonly types: TypeResolver;
  /** Fields that this way of writing leaves alone; `resetFields(subresource)` where absent. */
  readonly reset?: FieldSet;
  /** What pruning empties stays as null, as in custom objects, which no Go type decodes. */
  readonly keepsEmptied?: boolean;
}

export type ApplyResult =
  /** `object` holds the new managedFields, and no defaults yet. `changed` says whether values changed. */
  | { readonly type: "applied"; readonly object: KubeObject; readonly changed: boolean }
  | { readonly type: "conflict"; readonly conflicts: readonly FieldConflict[] }
  /** The config does not fit the schema; `message` is the API server's (it answers 500). */
  | { readonly type: "untyped"; readonly message: string };

/** Server-side apply (KEP-555) of one config to one object, as the API server does it. Pure. */
export function applyMerge(request: ApplyRequest): ApplyResult {
  const { config, manager, apiVersion, subresource, now } = request;
  const types = deduceUnknown(request.types);
  const type = types.rootType(apiVersion, config.kind)!;
  const errors = checkTyped(config, type, types);
  if (errors.length > 0) return { type: "untyped", message: untypedMessage(config, errors) };

  const live: unknown = request.live === null ? zeroOf(type, types) : withoutManagers(request.live);
  const reset = request.reset ?? resetFields(subresource);
  const before = knownManagers(request);
  const self: Managed = {
    manager,
    operation: "Apply",
    apiVersion,
    subresource,
    time: null,
    set: withoutReset(fieldsOf(config, type, types), reset),
  };
  const key = managerKey(self);
  const last = before.get(key);
  const managers = new Map(before).set(key, self);

  const merged = restoreFields(merge(live, config, type, types), live, reset);
  const pruned = prune(merged, last?.set ?? emptySet(), managers, type, types);
  const comparison = compare(live, pruned, type, types);
  const { conflicts, forced } = disown(managers, key, comparison);
  if (!request.force && conflicts.length > 0) return { type: "conflict", conflicts };

  const whole = request.keepsEmptied === true ? pruned : dropEmptied(pruned, merged);
  const object = decodeNulls(whole, request.live === null ? whole : config, type, types);
  // Unlike the comparison, this sees list elements in another order.
  const changed = !equalJson(live, object);
  // Only now: while pruning, the config's name is what keeps metadata.
  const owned = difference(self.set, unownedFields());
  forced.set(key, { ...self, set: owned, time: changed ? now || null : (last?.time ?? null) });
  return { type: "applied", object: withManagers(object as KubeObject, forced), changed };
}

/**
 * Managers of the live object. What lives without managedFields counts as written by one manager before the first apply,
 * so that applying does not silently own it.
 */
function knownManagers({ live, apiVersion, subresource, now, types, reset }: ApplyRequest): Managers {
  const known = readManagers(live?.metadata.managedFields);
  if (known.size > 0 || live === null) return known;
  const manager = "before-first-apply";
  // A null that Go wrote (the rules of an empty Role) stands in its empty object too, and is nobody's.
  const after = Object.fromEntries(Object.entries(live).filter(([, value]) => value !== null)) as KubeObject;
  const write = { before: null, after, manager, apiVersion, subresource, now, types };
  return readManagers(updateManagers(reset === undefined ? write : { ...write, reset }));
}

/** Takes back what this manager applied the last time and no longer lists, unless another manager owns it. */
function prune(merged: unknown, last: FieldSet, managers: Managers, type: FieldType, types: TypeResolver): unknown {
  if (isEmptySet(last)) return merged;
  const named = (set: FieldSet): FieldSet => withNamedFields(set, type, types);
  const fields = (value: unknown): FieldSet => named(fieldsOf(value, type, types));
  const mergedFields = fields(merged);
  const without = removeFields(merged, named(last), type, types);
  const owned = named([...managers.values()].map((managed) => managed.set).reduce(union, emptySet()));
  const kept = removeFields(merged, difference(mergedFields, union(fields(without), owned)), type, types);
  // Only what was applied the last time may go: the step before also drops what nobody owns below it.
  return removeFields(merged, intersection(difference(mergedFields, fields(kept)), named(last)), type, types);
}

function withoutManagers(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function withManagers(object: KubeObject, managers: Managers): KubeObject {
  const managedFields = printManagers(managers);
  const { managedFields: _, ...metadata } = isJsonObject(object.metadata) ? object.metadata : { name: "" };
  return {
    ...object,
    metadata: { ...metadata, ...(managedFields.length === 0 ? {} : { managedFields }) },
  } as KubeObject;
}

function untypedMessage(config: KubeObject, errors: readonly string[]): string {
  const { group, version, kind } = typeOf(config.apiVersion, config.kind);
  const { namespace = "", name = "" } = config.metadata;
  const list = errors.length === 1 ? errors[0] : `errors:\n${errors.map((error) => `  ${error}`).join("\n")}`;
  return `failed to create typed patch object (${namespace}/${name}; ${group}/${version}, Kind=${kind}): ${list}`;
}
