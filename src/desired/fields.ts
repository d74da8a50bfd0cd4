import { structType } from "../schema/table.ts";
import type { FieldSpec, StructType } from "../schema/types.ts";
import { legacyStruct } from "./legacy-structs.ts";

/** A type of the API's table, or one that only older servers knew. */
export function structOf(ref: string): StructType | null {
  return structType(ref) ?? legacyStruct(ref);
}

/** Where an attribute of the provider goes. */
export type FieldTarget =
  | { readonly type: "field"; readonly name: string; readonly spec: FieldSpec; readonly encoded: boolean }
  /** The block's own fields belong to the object around it. */
  | { readonly type: "flatten" }
  /** The provider reads it itself; it never reaches the API. */
  | { readonly type: "ignore"; readonly why: string };

/**
 * Attributes whose API field is not their own name in camelCase, singular or plural: struct and attribute -> field,
 * "." to flatten. Each is a choice of the provider's.
 */
const renamed: Readonly<Record<string, string>> = {
  // The provider calls it as in a Deployment.
  // Write-only twins; their revision only tells Terraform that they changed.
  "core.v1.Secret.data_wo": "data",
  "apps.v1.DaemonSetSpec.strategy": "updateStrategy",
  "storage.v1.StorageClass.storage_provisioner": "provisioner",
  // The provider puts the volume's source in a block of its own; the API has it among the fields of the spec.
  "core.v1.PersistentVolumeSpec.persistent_volume_source": ".",
  // Only in the provider: the source of a pod's volume may also be a list of blocks.
  "core.v1.RBDVolumeSource.ceph_monitors": "monitors",
  "core.v1.RBDPersistentVolumeSource.ceph_monitors": "monitors",
  "core.v1.RBDVolumeSource.rbd_image": "image",
  "core.v1.RBDVolumeSource.rados_user": "user",
  "core.v1.RBDVolumeSource.rbd_pool": "pool",
  "core.v1.RBDPersistentVolumeSource.rbd_image": "image",
  "core.v1.RBDPersistentVolumeSource.rados_user": "user",
  "core.v1.RBDPersistentVolumeSource.rbd_pool": "pool",
  "core.v1.AzureDiskVolumeSource.data_disk_uri": "diskURI",
  "core.v1.GlusterfsVolumeSource.endpoints_name": "endpoints",
  "core.v1.GlusterfsPersistentVolumeSource.endpoints_name": "endpoints",
};

const renamedAttributes = new Map(Object.entries(renamed).map(([full, name]) => [full.replace(/^.*\./, ""), name]));

/** The API's field for an attribute that the provider calls otherwise, whatever block it stands in; "." for the block around it. */
export function nameInApi(attribute: string): string | null {
  return renamedAttributes.get(attribute) ?? null;
}

/** Attributes that the provider takes but never sends, with the reason; "" where nobody misses anything. */
const ignored: Readonly<Record<string, string>> = {
  // Their numbers only tell Terraform that a write-only value changed.
  "core.v1.Secret.data_wo_revision": "",
  "core.v1.Secret.binary_data_wo_revision": "",
  "core.v1.Volume.local": "a pod's volume has no local source in the API, only a PersistentVolume has",
  "core.v1.LocalObjectReference.namespace": "the API looks for the name in the pod's own namespace",
  "core.v1.AzureFileVolumeSource.secret_namespace": "the API looks for the secret in the pod's own namespace",
  "autoscaling.v2.HorizontalPodAutoscalerSpec.target_cpu_utilization_percentage": "v2 has metrics instead",
};

/** Attributes that the user gives in base64 already, as the API wants them. */
const encodedAttributes: Readonly<Record<string, string>> = {
  "core.v1.Secret.binary_data": "data",
  "core.v1.Secret.binary_data_wo": "data",
  "core.v1.ConfigMap.binary_data": "binaryData",
};

/** Per struct: what each attribute that was asked for goes to. */
const known = new Map<string, Map<string, FieldTarget | null>>();
const indexes = new Map<string, ReadonlyMap<string, FieldTarget>>();

function plainName(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

/** The field of a struct that an attribute stands for; null where there is none. */
export function fieldFor(struct: StructType, attribute: string): FieldTarget | null {
  let targets = known.get(struct.name);
  if (targets === undefined) {
    targets = new Map();
    known.set(struct.name, targets);
  }
  let target = targets.get(attribute);
  if (target === undefined) {
    target = findField(struct, attribute);
    targets.set(attribute, target);
  }
  return target;
}

function findField(struct: StructType, attribute: string): FieldTarget | null {
  const full = `${struct.name}.${attribute}`;
  const why = ignored[full];
  if (why !== undefined) return { type: "ignore", why };
  const encoded = encodedAttributes[full];
  const field = encoded === undefined ? undefined : struct.fields[encoded];
  if (encoded !== undefined && field !== undefined) return { type: "field", name: encoded, spec: field, encoded: true };
  const special = renamed[full];
  if (special === ".") return { type: "flatten" };
  const plain = plainName(special ?? attribute);
  for (const candidate of [plain, `${plain}s`, `${plain}es`, plain.replace(/y$/, "ies")]) {
    const found = indexOf(struct).get(candidate);
    if (found !== undefined) return found;
  }
  return null;
}

function indexOf(struct: StructType): ReadonlyMap<string, FieldTarget> {
  let index = indexes.get(struct.name);
  if (index === undefined) {
    index = new Map(
      Object.entries(struct.fields).map(([name, spec]) => [
        plainName(name),
        { type: "field", name, spec, encoded: false },
      ]),
    );
    indexes.set(struct.name, index);
  }
  return index;
}
