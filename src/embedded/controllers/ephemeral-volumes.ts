import { controlledBy, ephemeralClaim, isGoing, type Pod } from "./shapes.ts";
import type { World } from "./world.ts";

/** Makes the claims of a pod's ephemeral volumes; they are the pod's and go with it. */
export function syncEphemeralVolumes(world: World, pod: Pod): void {
  if (isGoing(pod)) return;
  for (const { name: volume, ephemeral } of pod.spec.volumes ?? []) {
    const template = ephemeral?.volumeClaimTemplate;
    if (template === undefined) continue;
    const name = ephemeralClaim(pod, volume);
    const namespace = pod.metadata.namespace ?? "";
    const found = world.get("", "PersistentVolumeClaim", namespace, name);
    if (found !== null) {
      if (found.metadata.ownerReferences?.some((owner) => owner.uid === pod.metadata.uid) === true) continue;
      const why = `PVC ${namespace}/${name} was not created for pod ${namespace}/${pod.metadata.name} (pod is not owner)`;
      world.events.record(pod, "Warning", "EphemeralVolumeClaimCreateFailed", why, "ephemeral_volume");
      continue;
    }
    const { labels, annotations } = template.metadata ?? {};
    world.create({
      apiVersion: "v1",
      kind: "PersistentVolumeClaim",
      metadata: {
        name,
        namespace,
        ...(labels === undefined ? {} : { labels: { ...labels } }),
        ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
        ownerReferences: [controlledBy(pod)],
        finalizers: ["kubernetes.io/pvc-protection"],
      },
      spec: structuredClone(template.spec),
      status: { phase: "Pending" },
    });
  }
}
