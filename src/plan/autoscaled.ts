import type { Desired } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import { objectKey, typeOf } from "../model/ids.ts";

/** Objects whose replicas a desired HorizontalPodAutoscaler sets. */
export function autoscaledKeys(desired: readonly Desired[]): Set<ObjectKey> {
  const keys = new Set<ObjectKey>();
  for (const { id, object } of desired) {
    if (id.group !== "autoscaling" || id.kind !== "HorizontalPodAutoscaler") continue;
    const target = (
      object["spec"] as { scaleTargetRef?: { apiVersion?: string; kind?: string; name?: string } } | undefined
    )?.scaleTargetRef;
    if (typeof target?.kind !== "string" || typeof target.name !== "string") continue;
    const { group } = typeOf(target.apiVersion ?? "apps/v1", target.kind);
    keys.add(objectKey({ group, kind: target.kind, namespace: id.namespace, name: target.name }));
  }
  return keys;
}
