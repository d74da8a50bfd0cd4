import type { KubeObject } from "../../model/objects.ts";
import { quantity } from "./quantity.ts";
import { type Claim, isGoing } from "./shapes.ts";
import type { World } from "./world.ts";

export type Volume = KubeObject & {
  spec: {
    accessModes?: string[];
    capacity?: { storage?: string };
    storageClassName?: string;
    persistentVolumeReclaimPolicy?: string;
    claimRef?: { namespace?: string; name?: string; [field: string]: unknown };
  };
  status?: { phase?: string; [field: string]: unknown };
};

/** A free volume that the claim names, or that is kept for it, or that fits: class, access modes, at least the size. */
export function volumeFor(world: World, claim: Claim): Volume | null {
  const { namespace, name } = claim.metadata;
  const free = world.list<Volume>("", "PersistentVolume").filter((volume) => {
    const kept = volume.spec.claimRef;
    if (volume.status?.phase !== "Available" && volume.status?.phase !== "Pending") return false;
    return kept === undefined || (kept.namespace === namespace && kept.name === name);
  });
  if (claim.spec.volumeName !== undefined)
    return free.find((volume) => volume.metadata.name === claim.spec.volumeName) ?? null;
  const wanted = quantity(claim.spec.resources?.requests?.["storage"] ?? "0");
  const fitting = free.filter(
    ({ spec }) =>
      (spec.storageClassName ?? "") === (claim.spec.storageClassName ?? "") &&
      (claim.spec.accessModes ?? []).every((mode) => spec.accessModes?.includes(mode)) &&
      quantity(spec.capacity?.storage ?? "0") >= wanted,
  );
  return (
    fitting.sort((a, b) => quantity(a.spec.capacity?.storage ?? "0") - quantity(b.spec.capacity?.storage ?? "0"))[0] ??
    null
  );
}

/** A volume made by a user is available at once; one on its way out goes when no claim holds it. */
export function syncVolume(world: World, volume: KubeObject): void {
  const { spec, status, metadata } = volume as Volume;
  if (isGoing(volume)) {
    const { namespace = "", name = "" } = spec.claimRef ?? {};
    if (world.get("", "PersistentVolumeClaim", namespace, name) !== null) return;
    const rest = (metadata.finalizers ?? []).filter((each) => each !== "kubernetes.io/pv-protection");
    const freed = world.update(volume, (draft) => {
      draft.metadata.finalizers = rest;
    });
    if (freed !== null && rest.length === 0) world.remove(freed);
    return;
  }
  if (status?.phase !== undefined && status.phase !== "Pending") return;
  world.update(volume as Volume, (draft) => {
    draft.status = { ...draft.status, phase: "Available", lastPhaseTransitionTime: world.stamp() };
  });
}
