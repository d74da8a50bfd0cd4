import type { Json, JsonObject } from "../../model/json.ts";
import { listAt, textAt } from "../../model/read-field.ts";
import { child, each, existing, fill } from "./missing.ts";
import { defaultSources } from "./pods.ts";

const rbacGroup = "rbac.authorization.k8s.io";

/** Defaults of the kinds that run nothing themselves (API reference). Each works in place. */
export const resourceDefaults: Readonly<Record<string, (object: JsonObject) => void>> = {
  "/Namespace": (object) => {
    const metadata = child(object, "metadata");
    child(metadata, "labels")["kubernetes.io/metadata.name"] = metadata["name"] ?? "";
  },
  "/Service": defaultService,
  "/Secret": (object) => {
    fill(object, { type: "Opaque" });
    const texts = existing(object, "stringData");
    if (texts === null) return;
    const data = child(object, "data");
    for (const [key, value] of Object.entries(texts)) data[key] = Buffer.from(String(value ?? "")).toString("base64");
    delete object["stringData"];
  },
  "/PersistentVolumeClaim": (object) => fill(child(object, "spec"), { volumeMode: "Filesystem" }),
  "/PersistentVolume": (object) => {
    const spec = child(object, "spec");
    fill(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" });
    defaultSources(spec);
  },
  "/LimitRange": (object) => {
    for (const limit of each(object, "spec", "limits")) {
      if (limit["type"] !== "Container") continue;
      // A default is the maximum, a default request the default or else the minimum.
      fillMap(limit, "default", [existing(limit, "max")]);
      fillMap(limit, "defaultRequest", [existing(limit, "default"), existing(limit, "min")]);
    }
  },
  "/Endpoints": (object) => {
    for (const subset of each(object, "subsets"))
      for (const port of each(subset, "ports")) fill(port, { protocol: "TCP" });
  },
  "coordination.k8s.io/Lease": (object) => fill(object, { spec: {} }),
  "storage.k8s.io/CSIDriver": (object) =>
    fill(child(object, "spec"), {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: "ReadWriteOnceWithFSType",
      volumeLifecycleModes: ["Persistent"],
      requiresRepublish: false,
      seLinuxMount: false,
    }),
  "storage.k8s.io/StorageClass": (object) => fill(object, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "scheduling.k8s.io/PriorityClass": (object) => fill(object, { preemptionPolicy: "PreemptLowerPriority" }),
  "networking.k8s.io/NetworkPolicy": (object) => {
    const spec = child(object, "spec");
    for (const rule of [...each(spec, "ingress"), ...each(spec, "egress")])
      for (const port of each(rule, "ports")) fill(port, { protocol: "TCP" });
    fill(spec, { policyTypes: each(spec, "egress").length > 0 ? ["Ingress", "Egress"] : ["Ingress"] });
  },
  "networking.k8s.io/IngressClass": (object) => {
    const parameters = existing(object, "spec", "parameters");
    if (parameters !== null) fill(parameters, { scope: "Cluster" });
  },
  "rbac.authorization.k8s.io/RoleBinding": defaultBinding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": defaultBinding,
  "autoscaling/HorizontalPodAutoscaler": defaultAutoscaler,
  "discovery.k8s.io/EndpointSlice": (object) => {
    for (const port of each(object, "ports")) fill(port, { name: "", protocol: "TCP" });
  },
  "apiextensions.k8s.io/CustomResourceDefinition": (object) => {
    const spec = child(object, "spec");
    const names = child(spec, "names");
    const kind = textAt(names, "kind");
    if (kind !== "") fill(names, { singular: kind.toLowerCase(), listKind: `${kind}List` });
    fill(spec, { conversion: { strategy: "None" } });
  },
  "apiregistration.k8s.io/APIService": (object) => {
    const service = existing(object, "spec", "service");
    if (service !== null) fill(service, { port: 443 });
  },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": (object) => {
    const spec = child(object, "spec");
    fill(spec, { failurePolicy: "Fail" });
    defaultMatch(existing(spec, "matchConstraints"));
  },
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": (object) =>
    defaultMatch(existing(object, "spec", "matchResources")),
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": (object) => defaultWebhooks(object, {}),
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": (object) =>
    defaultWebhooks(object, { reinvocationPolicy: "Never" }),
};

function defaultService(object: JsonObject): void {
  const spec = child(object, "spec");
  fill(spec, { type: "ClusterIP", sessionAffinity: "None" });
  for (const port of each(spec, "ports")) {
    fill(port, { protocol: "TCP" });
    if (port["targetPort"] === undefined || port["targetPort"] === null || port["targetPort"] === 0)
      port["targetPort"] = port["port"] ?? 0;
  }
  const type = spec["type"];
  for (const ingress of type === "LoadBalancer" ? each(object, "status", "loadBalancer", "ingress") : [])
    if (textAt(ingress, "ip") !== "") fill(ingress, { ipMode: "VIP" });
  if (type !== "ExternalName") fill(spec, { internalTrafficPolicy: "Cluster" });
  const outside = type === "ClusterIP" && listAt(spec, "externalIPs").length > 0;
  if (type === "NodePort" || type === "LoadBalancer" || outside) fill(spec, { externalTrafficPolicy: "Cluster" });
  if (type === "LoadBalancer") fill(spec, { allocateLoadBalancerNodePorts: true });
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  if (spec["sessionAffinity"] === "ClientIP")
    fill(child(child(spec, "sessionAffinityConfig"), "clientIP"), { timeoutSeconds: 10_800 });
}

function defaultBinding(object: JsonObject): void {
  const role = child(object, "roleRef");
  if (role["apiGroup"] === "") delete role["apiGroup"];
  fill(role, { apiGroup: rbacGroup });
  for (const subject of each(object, "subjects"))
    if (subject["kind"] === "User" || subject["kind"] === "Group") fill(subject, { apiGroup: rbacGroup });
}

function defaultAutoscaler(object: JsonObject): void {
  const spec = child(object, "spec");
  if (object["apiVersion"] === "autoscaling/v1") {
    fill(spec, { minReplicas: 1 });
    return;
  }
  const cpu = { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } };
  fill(spec, { minReplicas: 1, metrics: [{ type: "Resource", resource: cpu }] });
  const behavior = existing(spec, "behavior");
  if (behavior === null) return;
  fill(child(behavior, "scaleUp"), {
    stabilizationWindowSeconds: 0,
    selectPolicy: "Max",
    policies: [
      { type: "Pods", value: 4, periodSeconds: 15 },
      { type: "Percent", value: 100, periodSeconds: 15 },
    ],
  });
  fill(child(behavior, "scaleDown"), {
    selectPolicy: "Max",
    policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
  });
}

function defaultMatch(match: JsonObject | null): void {
  if (match === null) return;
  for (const rule of [...each(match, "resourceRules"), ...each(match, "excludeResourceRules")])
    fill(rule, { scope: "*" });
  fill(match, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} });
}

function defaultWebhooks(object: JsonObject, own: JsonObject): void {
  for (const webhook of each(object, "webhooks")) {
    const service = existing(webhook, "clientConfig", "service");
    if (service !== null) fill(service, { port: 443 });
    for (const rule of each(webhook, "rules")) fill(rule, { scope: "*" });
    fill(webhook, {
      failurePolicy: "Fail",
      matchPolicy: "Equivalent",
      namespaceSelector: {},
      objectSelector: {},
      timeoutSeconds: 10,
      ...own,
    });
  }
}

function fillMap(object: JsonObject, key: string, sources: readonly (JsonObject | null)[]): void {
  const values: Record<string, Json> = Object.assign({}, ...[...sources].reverse());
  if (Object.keys(values).length > 0) fill(child(object, key), values);
}
