import type { ObjectId } from "./ids.ts";
import { typeOf } from "./ids.ts";
import type { JsonObject } from "./json.ts";

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** One entry of `metadata.managedFields` (API reference, ManagedFieldsEntry). `time` can be absent. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: "Apply" | "Update";
  apiVersion?: string;
  time?: string;
  fieldsType?: "FieldsV1";
  fieldsV1?: JsonObject;
  subresource?: string;
}

export interface ObjectMeta {
  name: string;
  namespace?: string;
  generateName?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string | null;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: ManagedFieldsEntry[];
}

/** Any Kubernetes object as its JSON. Fields beyond the head are reached by `object["spec"]`. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
  [field: string]: unknown;
}

export function idOf(object: KubeObject): ObjectId {
  return {
    group: typeOf(object.apiVersion, object.kind).group,
    kind: object.kind,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name,
  };
}

/** Milliseconds since its creation by our clock; null where nobody says. */
export function ageOf(object: KubeObject, now: number): number | null {
  const created = Date.parse(object.metadata.creationTimestamp ?? "");
  return Number.isNaN(created) ? null : Math.max(0, now - created);
}

/** A KubeObject seen as plain JSON, for code that walks fields. */
export function asJson(object: KubeObject): JsonObject {
  return object as unknown as JsonObject;
}

/** A resource type as discovery names it. `resource` is the plural of the path. */
export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}
