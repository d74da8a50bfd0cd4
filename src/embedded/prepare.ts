import type { Json, JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { child, each, existing, fill } from "../schema/defaults/missing.ts";
import type { Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { prepareJob, preparePod, prepareReplicationController } from "./prepare-pods.ts";
import { allocateService, checkNewAddresses, keepAllocated } from "./service-allocation.ts";

/** Kinds whose `generation` counts changes of what the user asked for. Custom resources count too. */
const countsGenerations = new Set([
  "/Pod",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "apps/DaemonSet",
  "/ReplicationController",
  "batch/Job",
  "batch/CronJob",
  "networking.k8s.io/Ingress",
  "networking.k8s.io/IngressClass",
  "networking.k8s.io/NetworkPolicy",
  "policy/PodDisruptionBudget",
  "scheduling.k8s.io/PriorityClass",
  "discovery.k8s.io/EndpointSlice",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
]);

/** The status that a new object begins with, whatever the client sent. Where a kind is missing it has none. */
const firstStatus: Readonly<Record<string, JsonObject>> = {
  "/Namespace": { phase: "Active" },
  "/Service": { loadBalancer: {} },
  "/PersistentVolumeClaim": { phase: "Pending" },
  "/PersistentVolume": { phase: "Pending" },
  "/ResourceQuota": {},
  "apps/Deployment": {},
  "apps/ReplicaSet": { replicas: 0 },
  "/ReplicationController": { replicas: 0 },
  "certificates.k8s.io/CertificateSigningRequest": {},
  "apps/StatefulSet": { replicas: 0, availableReplicas: 0 },
  "apps/DaemonSet": { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  "batch/Job": {},
  "batch/CronJob": {},
  "networking.k8s.io/Ingress": { loadBalancer: {} },
  "autoscaling/HorizontalPodAutoscaler": { desiredReplicas: 0, currentMetrics: null },
  "policy/PodDisruptionBudget": { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  "apiregistration.k8s.io/APIService": {},
};

const finalizers: Readonly<Record<string, string>> = {
  "/PersistentVolumeClaim": "kubernetes.io/pvc-protection",
  "/PersistentVolume": "kubernetes.io/pv-protection",
};

/** What the server itself adds to a new object, owned by nobody: first status, finalizers, addresses, generation. `said`: before defaults. */
export function prepareNew(
  cluster: Cluster,
  type: ServedType,
  object: KubeObject,
  dryRun: boolean,
  said: KubeObject = object,
): KubeObject {
  const copy = structuredClone(object);
  const json = asJson(copy);
  const key = `${type.group}/${type.kind}`;
  if (countsGenerations.has(key) || type.custom !== null) copy.metadata.generation = 1;
  if (type.subresources.includes("status") && key !== "/Node") {
    delete json["status"];
    const status = firstStatus[key];
    if (status !== undefined) json["status"] = structuredClone(status);
  }
  const finalizer = finalizers[key];
  if (finalizer !== undefined)
    copy.metadata.finalizers = [...new Set([...(copy.metadata.finalizers ?? []), finalizer])];
  switch (key) {
    case "/Namespace":
      fill(child(json, "spec"), { finalizers: ["kubernetes"] });
      break;
    case "/Service":
      checkNewAddresses(copy);
      allocateService(cluster, copy, dryRun);
      break;
    case "/Pod":
      preparePod(cluster, copy);
      break;
    case "/PersistentVolumeClaim":
      fillStorageClass(cluster, json);
      break;
    case "/PersistentVolume":
      child(json, "status")["lastPhaseTransitionTime"] = object.metadata.creationTimestamp ?? null;
      break;
    case "/ReplicationController":
      prepareReplicationController(copy);
      break;
    case "batch/Job":
      prepareJob(copy, said);
      break;
    case "rbac.authorization.k8s.io/Role":
    case "rbac.authorization.k8s.io/ClusterRole":
      json["rules"] ??= null;
      break;
    case "apiextensions.k8s.io/CustomResourceDefinition":
      json["status"] = {
        conditions: null,
        acceptedNames: { plural: "", kind: "" },
        storedVersions: each(json, "spec", "versions")
          .filter((version) => version["storage"] === true)
          .map((version) => version["name"] ?? ""),
      };
      break;
  }
  addMetadata(json, key);
  return copy;
}

/** Keeps what is not the writer's to change through this path, and counts generations. `live` is the stored object. */
export function prepareChanged(
  type: ServedType,
  object: KubeObject,
  live: KubeObject,
  subresource: string,
): KubeObject {
  const key = `${type.group}/${type.kind}`;
  const ofStatus = subresource === "status" || subresource === "approval";
  const hasStatus = type.subresources.includes("status");
  const copy = structuredClone(
    ofStatus
      ? {
          ...live,
          apiVersion: object.apiVersion,
          metadata: statusMetadata(object, live),
          status: object["status"],
        }
      : hasStatus && subresource === ""
        ? withField(object, "status", live["status"])
        : object,
  );
  const json = asJson(copy);
  if (copy["status"] === undefined) delete copy["status"];
  for (const field of [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
  ] as const)
    keep(copy.metadata, live.metadata, field);
  copy.metadata.name = live.metadata.name;
  if (live.metadata.namespace !== undefined) copy.metadata.namespace = live.metadata.namespace;
  if (live.metadata.generateName !== undefined) copy.metadata.generateName ??= live.metadata.generateName;
  if (key === "/Service" && subresource === "") {
    keepAllocated(copy, live);
  }
  if (key === "/Namespace" && subresource === "") json["spec"] = structuredClone(asJson(live)["spec"] ?? {});
  addMetadata(json, key);
  if ((countsGenerations.has(key) || type.custom !== null) && !ofStatus && asksOtherwise(copy, live))
    copy.metadata.generation = (live.metadata.generation ?? 0) + 1;
  if (key === "apps/DaemonSet") countTemplate(json, asJson(live));
  if (key.startsWith("rbac.authorization.k8s.io/") && key.endsWith("Role")) json["rules"] ??= null;
  return copy;
}

/** An annotation of a DaemonSet counts the changes of its template; nobody else can set it. */
function countTemplate(set: JsonObject, live: JsonObject): void {
  const name = "deprecated.daemonset.template.generation";
  const was = Number(existing(live, "metadata", "annotations")?.[name] ?? 1);
  const templateOf = (object: JsonObject) => sortedText(existing(object, "spec", "template"));
  child(child(set, "metadata"), "annotations")[name] = String(templateOf(set) === templateOf(live) ? was : was + 1);
}

/** What a change makes the server allocate anew, owned by nobody. */
export function allocateChanged(cluster: Cluster, type: ServedType, object: KubeObject, dryRun: boolean): KubeObject {
  if (type.group !== "" || type.kind !== "Service") return object;
  const copy = structuredClone(object);
  allocateService(cluster, copy, dryRun);
  return copy;
}

/** A write to status may change managedFields and finalizers only besides. */
function statusMetadata(object: KubeObject, live: KubeObject): KubeObject["metadata"] {
  const { managedFields, resourceVersion } = object.metadata;
  return { ...live.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }), managedFields };
}

function withField(object: KubeObject, field: string, value: unknown): KubeObject {
  return { ...object, [field]: value };
}

function keep<T extends object, K extends keyof T>(target: T, source: T, field: K): void {
  if (source[field] === undefined) delete target[field];
  else target[field] = source[field];
}

/** Anything but metadata and status; for Deployments annotations, too. */
function asksOtherwise(object: KubeObject, live: KubeObject): boolean {
  // A Deployment's annotations go down to its ReplicaSets, so that they count too.
  const noted = ({ kind, metadata }: KubeObject) =>
    kind === "Deployment" ? sortedText((metadata.annotations ?? {}) as Json) : "";
  if (noted(object) !== noted(live)) return true;
  const asked = ({ apiVersion: _, metadata: __, status: ___, ...rest }: KubeObject) => sortedText(rest as Json);
  return asked(object) !== asked(live);
}

function sortedText(value: Json): string {
  return JSON.stringify(value, (_key, part: Json) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** A claim that names no class gets the default class (admission plugin DefaultStorageClass). */
function fillStorageClass(cluster: Cluster, claim: JsonObject): void {
  const classes = cluster.catalog.find("storage.k8s.io", "v1", "storageclasses");
  if (classes === null || existing(claim, "spec")?.["storageClassName"] !== undefined) return;
  const isDefault = (object: KubeObject) =>
    object.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
  const found = cluster.store.list(classes).find(isDefault);
  if (found !== undefined) child(claim, "spec")["storageClassName"] = found.metadata.name;
}

/** Go writes a struct that is no pointer even when it is empty: the metadata of templates. */
function addMetadata(json: JsonObject, key: string): void {
  const spec = existing(json, "spec");
  if (spec === null || (!key.startsWith("apps/") && !key.startsWith("batch/"))) return;
  const jobTemplate = existing(spec, "jobTemplate");
  if (jobTemplate !== null) child(jobTemplate, "metadata");
  const template = jobTemplate === null ? existing(spec, "template") : existing(jobTemplate, "spec", "template");
  if (template !== null) child(template, "metadata");
}
