import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import { deduceUnknown } from "../schema/deduced.ts";
import type { TypeResolver } from "../schema/types.ts";
import { zeroOf } from "../schema/zero.ts";
import { compare } from "./compare.ts";
import { difference, emptySet, type FieldSet, isEmptySet, union } from "./field-set.ts";
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
import { disown } from "./ownership.ts";

export interface PlainWrite {
  /** null: the object is created. */
  readonly before: KubeObject | null;
  /** With defaults, as decoded: what the server allocates later (cluster IPs, uids) is nobody's. */
  readonly after: KubeObject;
  readonly manager: string;
  readonly apiVersion: string;
  readonly subresource: string;
  /** RFC 3339 in whole seconds; "" where the entry is to have none. */
  readonly now: string;
  readonly types: TypeResolver;
  /** Fields that this way of writing leaves alone; `resetFields(subresource)` where absent. */
  readonly reset?: FieldSet;
}

/**
 * managedFields after a plain write (POST, PUT, PATCH): the writer owns what it changed or added, removed fields leave
 * everybody's sets. `after.metadata.managedFields` may be the client's: `[{}]` asks to forget all managers.
 */
export function updateManagers(write: PlainWrite): ManagedFieldsEntry[] {
  const { before, after, apiVersion, subresource } = write;
  const managers = startingManagers(write);
  // An object that nobody tracked before stays so until somebody applies.
  if (managers.size === 0 && before !== null) return [];
  const types = deduceUnknown(write.types);
  const type = types.rootType(apiVersion, after.kind)!;
  const comparison = compare(before ?? zeroOf(type, types), after, type, types);
  const { forced } = disown(managers, "", comparison);
  const reset = write.reset ?? resetFields(subresource);
  const own = withoutReset(difference(union(comparison.added, comparison.modified), unownedFields()), reset);
  if (!isEmptySet(own)) {
    const self: Managed = {
      manager: write.manager,
      operation: "Update",
      apiVersion,
      subresource,
      time: write.now === "" ? null : write.now,
      set: emptySet(),
    };
    const key = managerKey(self);
    forced.set(key, { ...self, set: union(forced.get(key)?.set ?? emptySet(), own) });
  }
  return printManagers(forced);
}

function startingManagers({ before, after, subresource }: PlainWrite): Managers {
  const live = (): Managers => readManagers(before?.metadata.managedFields);
  if (subresource !== "") return live();
  const sent = after.metadata.managedFields;
  if (sent?.length === 1 && Object.keys(sent[0]!).length === 0) return new Map();
  const managers = readManagers(sent);
  return managers.size > 0 ? managers : live();
}
