import type { Comparison } from "./compare.ts";
import { conflictOf, type FieldConflict } from "./conflicts.ts";
import { difference, type FieldSet, intersection, isEmptySet, union } from "./field-set.ts";
import type { Managed, Managers } from "./managed.ts";

/**
 * What a change does to the sets of everybody else: values that others own and that change are conflicts, or theirs no
 * longer once it is forced; removed fields leave every set, also the set of the writer.
 */
export function disown(
  managers: Managers,
  writer: string,
  comparison: Comparison,
): { readonly conflicts: readonly FieldConflict[]; readonly forced: Map<string, Managed> } {
  const changed = union(comparison.added, comparison.modified);
  const conflicts: FieldConflict[] = [];
  const forced = new Map<string, Managed>();
  for (const [key, managed] of managers) {
    if (key === writer) {
      forced.set(key, managed);
      continue;
    }
    const taken = intersection(managed.set, changed);
    if (!isEmptySet(taken)) conflicts.push(conflictOf(managed, taken));
    forced.set(key, { ...managed, set: without(managed.set, [taken, comparison.removed]) });
  }
  return { conflicts, forced };
}

function without(set: FieldSet, taken: readonly FieldSet[]): FieldSet {
  return taken.reduce(difference, set);
}
