import type { PathElement } from "../fields/path-element.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import type { Refusal } from "../model/observed.ts";
import type { ChangeCause } from "../model/plan.ts";

/**
 * Whether all conflicts come from people or tools that wrote over our fields by plain updates (`kubectl edit`, `kubectl
 * scale`, a patch): that is drift of an object we own, and the plan sets it right in plain sight. A manager that claims
 * the field by server-side apply, or one of Kubernetes' own controllers (an autoscaler), is an owner: never drift.
 */
export function isDrift(live: KubeObject, refusal: Refusal, fieldManager: string): boolean {
  const owners = conflictingManagers(refusal);
  if (owners.length === 0) return false;
  const entries = live.metadata.managedFields ?? [];
  return owners.every((manager) => {
    const claims = entries.filter((entry) => entry.manager === manager);
    return manager !== fieldManager && claims.length > 0 && claims.every(isPlainUpdate) && !isController(manager);
  });
}

function isPlainUpdate(entry: ManagedFieldsEntry): boolean {
  return entry.operation === "Update" && entry.subresource !== "status";
}

/** The managers that Kubernetes' own control loops write with. */
export function isController(manager: string): boolean {
  return /^(kube-controller-manager|kubelet|kube-scheduler|cloud-controller-manager)$/.test(manager);
}

/** Whether an autoscaler's replicas are all that stands in the way: they are yielded, without asking anybody. */
export function onlyAutoscaled(live: KubeObject, refusal: Refusal): boolean {
  const fields = refusal.causes.map((cause) => cause.field);
  if (fields.length === 0 || !fields.every((field) => field === ".spec.replicas")) return false;
  return conflictingManagers(refusal).every((manager) =>
    (live.metadata.managedFields ?? []).some(
      (entry) => entry.manager === manager && entry.subresource === "scale" && isController(manager),
    ),
  );
}

/** Managers named in a 409: `conflict with "kubectl-edit" using apps/v1`. */
export function conflictingManagers(refusal: Refusal): string[] {
  const texts = refusal.causes.map((cause) => cause.message ?? "");
  const found = [...texts, refusal.message].flatMap((text) =>
    [...text.matchAll(/conflicts? with "([^"]+)"/g)].map((match) => match[1] as string),
  );
  return [...new Set(found)];
}

/**
 * Why a live field will change: our configuration did, somebody wrote over it (with the time of that manager's entry,
 * which is the time of its last write to the object), somebody else claims it, or the server filled it in.
 */
export function causeOf(path: readonly PathElement[], live: KubeObject, fieldManager: string): ChangeCause {
  const owners = (live.metadata.managedFields ?? []).filter((entry) => owns(entry.fieldsV1, path));
  if (isOwn(path, live, fieldManager)) return { type: "config" };
  const other = owners.find((entry) => entry.manager !== undefined);
  if (other === undefined) return { type: "config" };
  const manager = other.manager ?? "";
  if (isPlainUpdate(other) && !isController(manager)) return { type: "drift", manager, time: other.time ?? null };
  return { type: "conflict", manager };
}

/** Whether a manager applied a field, or something below it. */
export function isOwn(path: readonly PathElement[], live: KubeObject, fieldManager: string): boolean {
  return (live.metadata.managedFields ?? []).some(
    (entry) => entry.manager === fieldManager && entry.operation === "Apply" && owns(entry.fieldsV1, path),
  );
}

/** Whether a fieldsV1 tree holds the path, or a field above it that is owned whole (an atomic list or map). */
export function owns(fields: JsonObject | undefined, path: readonly PathElement[]): boolean {
  let at: Json | undefined = fields;
  for (const element of path) {
    if (!isJsonObject(at)) return false;
    if (Object.keys(at).length === 0) return true;
    at = at[element];
  }
  return at !== undefined;
}
