import { applyMerge } from "../fields/apply.ts";
import { union } from "../fields/field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "../fields/fields-v1.ts";
import type { JsonObject } from "../model/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import { fillDefaults } from "../schema/defaults/defaults.ts";
import { builtinTypes } from "../schema/table.ts";

/**
 * Tools whose plain writes end when an object moves to this project: kubectl's client-side apply and its siblings, Helm,
 * Terraform's provider. Operators and Kubernetes' own controllers are not among them: they go on writing.
 */
const FORMER =
  /^(kubectl|kubectl-(client-side-apply|create|replace|edit|patch|label|annotate|set|run|expose|rollout)|before-first-apply|helm|Helm|HashiCorp|Terraform|terraform-provider-kubernetes.*)$/;

/** Whether a manager's entry is the plain write of a tool that gives the object up when it is adopted. */
export function isFormer(entry: ManagedFieldsEntry): boolean {
  return givesUp(entry) && (entry.subresource ?? "") === "" && readable(entry);
}

/** As `isFormer`, with `kubectl scale`: its entry cannot be joined to ours, but is no claim for good either. */
export function givesUp({ operation, subresource = "", manager = "" }: ManagedFieldsEntry): boolean {
  return operation === "Update" && ["", "scale"].includes(subresource) && FORMER.test(manager);
}

function readable(entry: ManagedFieldsEntry): boolean {
  return parseFieldsV1(entry.fieldsV1) !== null;
}

/**
 * managedFields in which former managers' entries have become ours, so that a field that leaves the code leaves the
 * object too (kubernetes#99003; client-go's csaupgrade does the same for kubectl). Only entries of one apiVersion can be
 * joined; others stay. null where there is nothing to take.
 */
export function takenOver(
  entries: readonly ManagedFieldsEntry[] | undefined,
  manager: string,
): ManagedFieldsEntry[] | null {
  const ours = entries?.find((entry) => entry.manager === manager && entry.operation === "Apply");
  const former = (entries ?? []).filter(isFormer);
  const apiVersion = ours?.apiVersion ?? former[0]?.apiVersion;
  const taken = former.filter((entry) => entry.apiVersion === apiVersion);
  if (entries === undefined || taken.length === 0 || apiVersion === undefined) return null;
  const sets = [...(ours === undefined ? [] : [ours]), ...taken].flatMap(
    ({ fieldsV1 }) => parseFieldsV1(fieldsV1) ?? [],
  );
  const joined: ManagedFieldsEntry = {
    manager,
    operation: "Apply",
    apiVersion,
    ...(ours?.time === undefined ? {} : { time: ours.time }),
    fieldsType: "FieldsV1",
    fieldsV1: printFieldsV1(sets.reduce(union)),
  };
  return [joined, ...entries.filter((entry) => entry !== ours && !taken.includes(entry))];
}

/**
 * What the dry run of an adoption will be once the entries are taken over, which no dry run can do in one request: its
 * result without what only former managers own and the body does not hold.
 */
export function afterTakeover(result: KubeObject, body: KubeObject, manager: string): KubeObject {
  const managedFields = takenOver(result.metadata.managedFields, manager);
  if (managedFields === null) return result;
  const merged = applyMerge({
    live: { ...result, metadata: { ...result.metadata, managedFields } },
    config: body,
    manager,
    apiVersion: body.apiVersion,
    subresource: "",
    force: true,
    now: "1970-01-01T00:00:00Z",
    types: builtinTypes,
  });
  if (merged.type !== "applied") return result;
  // Former tools own what the server once filled in for them; it goes, and the server fills it in again.
  const filled = structuredClone(merged.object);
  fillDefaults(filled as unknown as JsonObject);
  return filled;
}
