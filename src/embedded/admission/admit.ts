import type { Json } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, textAt } from "../../model/read-field.ts";
import type { Cluster } from "../call.ts";
import type { ServedType } from "../catalog.ts";
import { isRefused } from "../controllers/pod-behaviour.ts";
import { quantity } from "../controllers/quantity.ts";
import type { Pod } from "../controllers/shapes.ts";
import { forbidden, Refusal } from "../failures.ts";
import { checkLimits } from "./limits.ts";
import { type SecurityLevel, securityViolations } from "./pod-security.ts";
import { checkQuota } from "./quota.ts";

/** Policies of the namespace that a new object must meet. Throws Refusal 403; returns warnings. */
export function admitNew(cluster: Cluster, type: ServedType, object: KubeObject): string[] {
  const key = `${type.group}/${type.kind}`;
  if (key === "/Pod" || key === "/PersistentVolumeClaim") checkLimits(cluster, object);
  if (key === "/Pod") enforceSecurity(cluster, object);
  if (key === "/Pod" && isRefused(object as unknown as Pod)) throw deniedByWebhook();
  checkQuota(cluster, type, object);
  return securityWarnings(cluster, type, object);
}

/** A bound claim grows only where its class allows it (plugin PersistentVolumeClaimResize). Throws Refusal 403. */
export function admitChange(cluster: Cluster, type: ServedType, object: KubeObject, live: KubeObject): void {
  if (type.group !== "" || type.kind !== "PersistentVolumeClaim" || textAt(live, "status", "phase") !== "Bound") return;
  const size = (claim: KubeObject) => quantity(textAt(claim, "spec", "resources", "requests", "storage") || "0");
  if (size(object) <= size(live)) return;
  const classes = cluster.catalog.find("storage.k8s.io", "v1", "storageclasses")!;
  const found = cluster.store.get(classes, "", textAt(live, "spec", "storageClassName"));
  if (at(found ?? {}, "allowVolumeExpansion") === true) return;
  const why =
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
  throw forbidden(type, object.metadata.name, why);
}

/** As the real server words it; there is no webhook behind it. */
function deniedByWebhook(): Refusal {
  const why = "this pod is annotated embedded.k8sctl.dev/fail=webhook";
  const message = `admission webhook "pods.embedded.k8sctl.dev" denied the request: ${why}`;
  return new Refusal(403, "Forbidden", message);
}

/** Kinds that hold a pod's spec, and where; only pods themselves are refused, the others get warnings. */
const podSpecs: Readonly<Record<string, readonly string[]>> = {
  "/Pod": ["spec"],
  "/PodTemplate": ["template", "spec"],
  "/ReplicationController": ["spec", "template", "spec"],
  "apps/Deployment": ["spec", "template", "spec"],
  "apps/ReplicaSet": ["spec", "template", "spec"],
  "apps/StatefulSet": ["spec", "template", "spec"],
  "apps/DaemonSet": ["spec", "template", "spec"],
  "batch/Job": ["spec", "template", "spec"],
  "batch/CronJob": ["spec", "jobTemplate", "spec", "template", "spec"],
};

/** What the namespace's `warn` level says of the object (kubernetes.io, "Pod Security Admission"). */
export function securityWarnings(cluster: Cluster, type: ServedType, object: KubeObject): string[] {
  const path = podSpecs[`${type.group}/${type.kind}`];
  const spec = path === undefined ? undefined : at(object, ...path);
  const violated = spec === undefined ? null : violation(cluster, object, "warn", spec);
  return violated === null ? [] : [`would violate PodSecurity ${violated}`];
}

function enforceSecurity(cluster: Cluster, pod: KubeObject): void {
  const violated = violation(cluster, pod, "enforce", at(pod, "spec") ?? {});
  if (violated !== null) {
    throw forbidden({ group: "", resource: "pods" }, pod.metadata.name, `violates PodSecurity ${violated}`);
  }
}

/** `"restricted:latest": ...`; null where the object conforms. */
function violation(cluster: Cluster, object: KubeObject, mode: "enforce" | "warn", spec: Json): string | null {
  const namespaces = cluster.catalog.find("", "v1", "namespaces")!;
  const labels = cluster.store.get(namespaces, "", object.metadata.namespace ?? "")?.metadata.labels ?? {};
  const level = labels[`pod-security.kubernetes.io/${mode}`];
  if (level !== "baseline" && level !== "restricted") return null;
  const version = labels[`pod-security.kubernetes.io/${mode}-version`] ?? "latest";
  const violations = securityViolations(spec, level satisfies SecurityLevel);
  return violations.length === 0 ? null : `${JSON.stringify(`${level}:${version}`)}: ${violations.join(", ")}`;
}
