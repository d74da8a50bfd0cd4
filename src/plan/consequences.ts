import type { KubeObject } from "../model/objects.ts";
import type { Consequence, FieldChange, Plan, PlanItem } from "../model/plan.ts";

/** What follows from changing a live object in place. */
export function consequencesOf(live: KubeObject, changes: readonly FieldChange[]): Consequence[] {
  const found: Consequence[] = [];
  const pods = podsRestarted(live, changes);
  if (pods > 0) found.push({ type: "restarts-pods", pods });
  for (const { path, cause } of changes) {
    if (cause.type === "conflict") found.push({ type: "takes-field", path, from: cause.manager });
  }
  return found;
}

/** How many: a workload replaces its pods when, and only when, the pod template changes. Those that leave are not counted. */
export function podsRestarted(live: KubeObject, changes: readonly FieldChange[]): number {
  if (!changes.some((change) => change.path.startsWith("spec.template."))) return 0;
  const scaled = changes.find(({ path }) => path === "spec.replicas")?.after;
  const left = scaled?.kind === "value" && typeof scaled.value === "number" ? scaled.value : Number.POSITIVE_INFINITY;
  const spec = (live["spec"] ?? {}) as { updateStrategy?: { type?: string }; paused?: boolean };
  return spec.paused === true || spec.updateStrategy?.type === "OnDelete" ? 0 : Math.min(podsOf(live), left);
}

/** How many pods go with a workload that is deleted and made anew. */
export function podsOf(live: KubeObject): number {
  const spec = (live["spec"] ?? {}) as { replicas?: number };
  const status = (live["status"] ?? {}) as { desiredNumberScheduled?: number };
  switch (live.kind) {
    case "Deployment":
    case "StatefulSet":
      return spec.replicas ?? 1;
    case "DaemonSet":
      return status.desiredNumberScheduled ?? 0;
    default:
      return 0;
  }
}

/**
 * What deleting or replacing the object loses for good. A Secret's values are in the code or in the inventory, and a
 * namespace that holds others' things is not deleted: neither is a loss.
 */
export function lossOf(live: KubeObject): Consequence[] {
  switch (live.kind) {
    case "PersistentVolumeClaim":
      return [{ type: "loses-data", what: "the volume's data, if its class deletes volumes" }];
    case "PersistentVolume":
      return [{ type: "loses-data", what: "the volume" }];
    case "CustomResourceDefinition":
      return [{ type: "loses-data", what: "all its custom resources" }];
    default:
      return [];
  }
}

/** Deletes and replaces that lose data. */
export function losses(plan: Plan): PlanItem[] {
  const items = plan.stacks.flatMap((stack) => stack.items);
  return items.filter(
    ({ action, consequences }) =>
      (action === "delete" || action === "replace") && consequences.some(({ type }) => type === "loses-data"),
  );
}
