import type { KubeObject } from "../../model/objects.ts";
import { delays, doubled } from "./delays.ts";
import { quantity } from "./quantity.ts";
import { type Claim, isActive, isGoing } from "./shapes.ts";
import { type Volume, volumeFor } from "./volumes.ts";
import type { World } from "./world.ts";

const selectedNode = "volume.kubernetes.io/selected-node";
const protection = "kubernetes.io/pvc-protection";
const provisionerName = "embedded.k8sctl.dev/volumes";
const component = "persistentvolume-controller";

type StorageClass = KubeObject & {
  allowVolumeExpansion?: boolean;
  provisioner?: string;
  volumeBindingMode?: string;
  reclaimPolicy?: string;
};

/** null: it names one that does not exist, or none on purpose (`""`). A cluster without classes binds on first use. */
function classOf(world: World, claim: Claim): StorageClass | null {
  const classes = world.list<StorageClass>("storage.k8s.io", "StorageClass");
  const name = claim.spec.storageClassName;
  if (name !== undefined) return classes.find((each) => each.metadata.name === name) ?? null;
  const isDefault = (each: StorageClass) =>
    each.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  return (
    classes.find(isDefault) ?? {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "" },
      volumeBindingMode: "WaitForFirstConsumer",
    }
  );
}

export function bindsOnFirstUse(world: World, claim: Claim): boolean {
  return classOf(world, claim)?.volumeBindingMode === "WaitForFirstConsumer";
}

/** The scheduler's word that a pod on this node is about to use the claim. */
export function selectNode(world: World, claim: Claim, node: string): void {
  if (claim.metadata.annotations?.[selectedNode] !== undefined) return;
  world.update(claim, (draft) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [selectedNode]: node };
  });
}

/** Both names of the annotation by which an external provisioner finds its claims. */
function provisionedBy(storageClass: StorageClass): Record<string, string> {
  const provisioner = storageClass.provisioner ?? provisionerName;
  return {
    "volume.beta.kubernetes.io/storage-provisioner": provisioner,
    "volume.kubernetes.io/storage-provisioner": provisioner,
  };
}

/** A volume that lies on a node is used there. */
function placedOn(node: string | undefined): object {
  if (node === undefined) return {};
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }];
  return { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } };
}

/** Binds claims to volumes that it makes up, when the class says so. */
export class VolumeClaims {
  readonly #world: World;
  /** Claims whose volume is on its way, or that are looked at again later. */
  readonly #timers = new Map<string, () => void>();
  readonly #tries = new Map<string, number>();

  constructor(world: World) {
    this.#world = world;
  }

  stop(): void {
    for (const cancel of this.#timers.values()) cancel();
  }

  sync(claim: Claim): void {
    const uid = claim.metadata.uid ?? "";
    if (isGoing(claim)) {
      this.#release(claim);
      return;
    }
    if (claim.status?.phase === undefined) {
      this.#world.update(claim, (draft) => {
        draft.status = { ...draft.status, phase: "Pending" };
      });
      return;
    }
    if (claim.status.phase === "Bound") {
      this.#expand(claim);
      return;
    }
    if (claim.status.phase !== "Pending" || this.#timers.has(uid)) return;
    const volume = volumeFor(this.#world, claim);
    if (volume !== null) {
      this.#bind(claim, volume);
      return;
    }
    const storageClass = classOf(this.#world, claim);
    if (storageClass === null || claim.spec.volumeName !== undefined) {
      this.#cannot(claim);
      return;
    }
    if (bindsOnFirstUse(this.#world, claim) && claim.metadata.annotations?.[selectedNode] === undefined) {
      if (this.#tries.has(uid)) return;
      this.#tries.set(uid, 0);
      const pod = claim.metadata.ownerReferences?.find(({ kind }) => kind === "Pod");
      const [reason, message] =
        pod === undefined
          ? ["WaitForFirstConsumer", "waiting for first consumer to be created before binding"]
          : ["WaitForPodScheduled", `waiting for pod ${pod.name} to be scheduled`];
      this.#world.events.record(claim, "Normal", reason, message, component);
      return;
    }
    const { namespace, name } = claim.metadata;
    const provisioner = storageClass.provisioner ?? provisionerName;
    this.#world.update(claim, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...provisionedBy(storageClass) };
    });
    const awaited = `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`;
    this.#world.events.record(claim, "Normal", "ExternalProvisioning", awaited, component);
    const doing = `External provisioner is provisioning volume for claim "${namespace}/${name}"`;
    this.#world.events.record(claim, "Normal", "Provisioning", doing, provisioner);
    this.#later(uid, delays.provision, () => this.#provision(claim, storageClass));
  }

  #later(uid: string, ms: number, run: () => void): void {
    const cancel = this.#world.after(ms, () => {
      this.#timers.delete(uid);
      run();
    });
    this.#timers.set(uid, cancel);
  }

  #cannot(claim: Claim): void {
    const name = claim.spec.storageClassName ?? "";
    if (name === "") {
      const message = "no persistent volumes available for this claim and no storage class is set";
      this.#world.events.record(claim, "Normal", "FailedBinding", message, component);
      return;
    }
    const message = `storageclass.storage.k8s.io "${name}" not found`;
    this.#world.events.record(claim, "Warning", "ProvisioningFailed", message, component);
    const uid = claim.metadata.uid ?? "";
    const tries = this.#tries.get(uid) ?? 0;
    this.#tries.set(uid, tries + 1);
    this.#later(uid, doubled(delays.configRetry, tries, delays.mountRetryMost), () => {
      const now = this.#world.fresh(claim);
      if (now !== null) this.sync(now);
    });
  }

  #provision(claim: Claim, storageClass: StorageClass): void {
    const current = this.#world.fresh(claim);
    if (current === null || isGoing(current)) return;
    const { namespace, name, uid } = current.metadata;
    const volume = `pvc-${uid}`;
    const size = current.spec.resources?.requests?.["storage"] ?? "0";
    const className = storageClass.metadata.name;
    const wanted = {
      accessModes: current.spec.accessModes ?? ["ReadWriteOnce"],
      capacity: { storage: size },
    };
    if (this.#world.serves("", "PersistentVolume") && this.#world.get("", "PersistentVolume", "", volume) === null) {
      this.#world.create({
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: {
          name: volume,
          annotations: { "pv.kubernetes.io/provisioned-by": storageClass.provisioner ?? provisionerName },
        },
        spec: {
          ...wanted,
          claimRef: {
            ...{ apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
            resourceVersion: current.metadata.resourceVersion,
          },
          hostPath: { path: `/var/embedded/${volume}`, type: "DirectoryOrCreate" },
          ...placedOn(current.metadata.annotations?.[selectedNode]),
          persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? "Delete",
          storageClassName: className,
          volumeMode: current.spec.volumeMode ?? "Filesystem",
        },
        status: { phase: "Pending", lastPhaseTransitionTime: this.#world.stamp() },
      });
      const made = this.#world.get<Volume>("", "PersistentVolume", "", volume);
      if (made !== null)
        this.#world.update(made, (draft) => {
          draft.status = { phase: "Bound", lastPhaseTransitionTime: this.#world.stamp() };
        });
    }
    const bound = this.#world.update(current, (draft) => {
      draft.metadata.annotations = {
        ...draft.metadata.annotations,
        "pv.kubernetes.io/bind-completed": "yes",
        "pv.kubernetes.io/bound-by-controller": "yes",
      };
      draft.spec.volumeName = volume;
      draft.status = { phase: "Bound", ...wanted };
    });
    const done = `Successfully provisioned volume ${volume}`;
    if (bound !== null)
      this.#world.events.record(
        bound,
        "Normal",
        "ProvisioningSucceeded",
        done,
        storageClass.provisioner ?? provisionerName,
      );
  }

  /** A claim that asks for more than it has grows, with its volume, where its class allows it. */
  #expand(claim: Claim): void {
    const uid = claim.metadata.uid ?? "";
    const wanted = claim.spec.resources?.requests?.["storage"];
    const has = (claim.status?.["capacity"] as { storage?: string } | undefined)?.storage;
    if (wanted === undefined || has === undefined || quantity(wanted) <= quantity(has) || this.#timers.has(uid)) return;
    if (classOf(this.#world, claim)?.allowVolumeExpansion !== true) return;
    const waits = "waiting for an external controller to expand this PVC";
    this.#world.events.record(claim, "Normal", "ExternalExpanding", waits, "volume_expand");
    this.#later(uid, delays.provision, () => {
      const volume = this.#world.get<Volume>("", "PersistentVolume", "", claim.spec.volumeName ?? "");
      if (volume !== null)
        this.#world.update(volume, (draft) => {
          draft.spec.capacity = { ...draft.spec.capacity, storage: wanted };
        });
      const grown = this.#world.update(claim, (draft) => {
        draft.status = { ...draft.status, capacity: { storage: wanted } };
      });
      const done = "Resize volume succeeded";
      if (grown !== null) this.#world.events.record(grown, "Normal", "VolumeResizeSuccessful", done, provisionerName);
    });
  }

  /** A volume that somebody made beforehand. */
  #bind(claim: Claim, volume: Volume): void {
    const { namespace, name, uid } = claim.metadata;
    this.#world.update(volume, (draft) => {
      draft.spec.claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid };
      draft.status = { phase: "Bound", lastPhaseTransitionTime: this.#world.stamp() };
    });
    this.#world.update(claim, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, "pv.kubernetes.io/bind-completed": "yes" };
      draft.spec.volumeName = volume.metadata.name;
      draft.status = { phase: "Bound", accessModes: volume.spec.accessModes, capacity: volume.spec.capacity };
    });
  }

  /** A claim in use is held by the protection finalizer until its last pod has ended. */
  #release(claim: Claim): void {
    const { namespace = "", name, finalizers = [] } = claim.metadata;
    const used = this.#world
      .podsReferringTo("PersistentVolumeClaim", namespace, name)
      .some((pod) => isActive(pod) || isGoing(pod));
    if (used || !finalizers.includes(protection)) return;
    const rest = finalizers.filter((each) => each !== protection);
    const freed = this.#world.update(claim, (draft) => {
      draft.metadata.finalizers = rest;
    });
    if (freed !== null && rest.length === 0) this.#world.remove(freed);
  }

  /** The volume of a claim that went, where its policy is to delete. */
  gone(claim: Claim): void {
    const uid = claim.metadata.uid ?? "";
    this.#timers.get(uid)?.();
    this.#timers.delete(uid);
    this.#tries.delete(uid);
    const volume = this.#world.get<Volume>("", "PersistentVolume", "", claim.spec.volumeName ?? "");
    if (volume === null) return;
    const released = this.#world.update(volume, (draft) => {
      draft.status = { phase: "Released", lastPhaseTransitionTime: this.#world.stamp() };
    });
    if (volume.spec.persistentVolumeReclaimPolicy !== "Delete" || released === null) return;
    this.#world.after(delays.provision, () => this.#world.remove(released));
  }
}
