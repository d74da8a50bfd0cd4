import type { Json } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import { coreEvent } from "../event-versions.ts";
import { ageColumn, type Column, createdColumn, duration, integer, nameColumn, since, text, wide } from "./column.ts";
import { selectorText } from "./workloads.ts";

const textOf = (name: string, none: string, ...path: string[]) =>
  text(name, (object) => textAt(object, ...path) || none);
const size = (object: unknown, field: string) => Object.keys(objectAt(object, field)).length;

const accessModes: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
const modes = (object: unknown, part: string) =>
  listAt(object, part, "accessModes")
    .map((mode) => accessModes[String(mode)] ?? String(mode))
    .join(",");

const defaultClass = "storageclass.kubernetes.io/is-default-class";

const coreEventColumns: readonly Column[] = [
  text("Last Seen", (event, now) =>
    since(at(event, "lastTimestamp") ?? at(event, "eventTime") ?? at(event, "firstTimestamp"), now),
  ),
  textOf("Type", "", "type"),
  textOf("Reason", "", "reason"),
  text("Object", (event) => {
    const of = objectAt(event, "involvedObject");
    return `${textAt(of, "kind").toLowerCase()}/${textAt(of, "name")}`;
  }),
  wide(textOf("Subobject", "", "involvedObject", "fieldPath")),
  wide(
    text("Source", (event) =>
      [textAt(event, "source", "component") || textAt(event, "reportingComponent"), textAt(event, "source", "host")]
        .filter((part) => part !== "")
        .join(", "),
    ),
  ),
  text("Message", (event) => textAt(event, "message").trim()),
  wide(text("First Seen", (event, now) => since(at(event, "firstTimestamp") ?? at(event, "eventTime"), now))),
  wide(text("Count", (event) => numberAt(event, "count") || 1)),
  wide(nameColumn),
];

/** Of either group's events. */
const eventColumns: readonly Column[] = coreEventColumns.map((column) => ({
  ...column,
  cell: (event, now) => column.cell(coreEvent(event), now),
}));

export const resourceColumns: Readonly<Record<string, readonly Column[]>> = {
  "/ConfigMap": [nameColumn, text("Data", (map) => size(map, "data") + size(map, "binaryData")), ageColumn],
  "/Secret": [nameColumn, textOf("Type", "", "type"), text("Data", (secret) => size(secret, "data")), ageColumn],
  "/ServiceAccount": [nameColumn, text("Secrets", (account) => listAt(account, "secrets").length), ageColumn],
  "/Namespace": [nameColumn, textOf("Status", "", "status", "phase"), ageColumn],
  "/Service": [
    nameColumn,
    textOf("Type", "", "spec", "type"),
    textOf("Cluster-IP", "<none>", "spec", "clusterIP"),
    text("External-IP", externalAddress),
    text("Port(s)", (service) => listAt(service, "spec", "ports").map(portText).join(",") || "<none>"),
    ageColumn,
    wide(text("Selector", (service) => selectorText({ matchLabels: objectAt(service, "spec", "selector") }))),
  ],
  "/Node": [
    nameColumn,
    text("Status", (node) => {
      const ready = listAt(node, "status", "conditions").find((condition) => textAt(condition, "type") === "Ready");
      const state = ready === undefined ? "Unknown" : textAt(ready, "status") === "True" ? "Ready" : "NotReady";
      return at(node, "spec", "unschedulable") === true ? `${state},SchedulingDisabled` : state;
    }),
    text("Roles", (node) => {
      const prefix = "node-role.kubernetes.io/";
      const roles = Object.keys(node.metadata.labels ?? {}).filter((label) => label.startsWith(prefix));
      return roles.map((role) => role.slice(prefix.length)).join(",") || "<none>";
    }),
    ageColumn,
    textOf("Version", "", "status", "nodeInfo", "kubeletVersion"),
    wide(text("Internal-IP", (node) => nodeAddress(node, "InternalIP"))),
    wide(text("External-IP", (node) => nodeAddress(node, "ExternalIP"))),
    wide(textOf("OS-Image", "<unknown>", "status", "nodeInfo", "osImage")),
    wide(textOf("Kernel-Version", "<unknown>", "status", "nodeInfo", "kernelVersion")),
    wide(textOf("Container-Runtime", "<unknown>", "status", "nodeInfo", "containerRuntimeVersion")),
  ],
  "certificates.k8s.io/CertificateSigningRequest": [
    nameColumn,
    ageColumn,
    textOf("SignerName", "", "spec", "signerName"),
    textOf("Requestor", "", "spec", "username"),
    text("RequestedDuration", (request) => {
      const seconds = numberAt(request, "spec", "expirationSeconds");
      return seconds === 0 ? "<none>" : duration(seconds * 1000);
    }),
    text("Condition", (request) => {
      const types = listAt(request, "status", "conditions").map((each) => textAt(each, "type"));
      const word = ["Denied", "Approved"].find((type) => types.includes(type)) ?? "Pending";
      const issued = textAt(request, "status", "certificate") === "" ? "" : ",Issued";
      return `${word}${types.includes("Failed") ? ",Failed" : ""}${issued}`;
    }),
  ],
  "/Event": eventColumns,
  "events.k8s.io/Event": eventColumns,
  "/Endpoints": [
    nameColumn,
    text("Endpoints", (endpoints) => {
      const all = listAt(endpoints, "subsets").flatMap((subset) =>
        listAt(subset, "addresses").flatMap((address) =>
          listAt(subset, "ports").map((port) => `${textAt(address, "ip")}:${textAt(port, "port")}`),
        ),
      );
      if (all.length === 0) return "<none>";
      return all.length > 3 ? `${all.slice(0, 3).join(",")} + ${all.length - 3} more...` : all.join(",");
    }),
    ageColumn,
  ],
  "/PersistentVolumeClaim": [
    nameColumn,
    text("Status", (claim) =>
      claim.metadata.deletionTimestamp === undefined ? textAt(claim, "status", "phase") : "Terminating",
    ),
    textOf("Volume", "", "spec", "volumeName"),
    textOf("Capacity", "", "status", "capacity", "storage"),
    text("Access Modes", (claim) => modes(claim, "status")),
    textOf("StorageClass", "", "spec", "storageClassName"),
    textOf("VolumeAttributesClass", "<unset>", "spec", "volumeAttributesClassName"),
    ageColumn,
    wide(textOf("VolumeMode", "<unset>", "spec", "volumeMode")),
  ],
  "/PersistentVolume": [
    nameColumn,
    textOf("Capacity", "", "spec", "capacity", "storage"),
    text("Access Modes", (volume) => modes(volume, "spec")),
    textOf("Reclaim Policy", "", "spec", "persistentVolumeReclaimPolicy"),
    text("Status", (volume) =>
      volume.metadata.deletionTimestamp === undefined ? textAt(volume, "status", "phase") : "Terminating",
    ),
    text("Claim", (volume) => {
      const claim = objectAt(volume, "spec", "claimRef");
      return textAt(claim, "name") === "" ? "" : `${textAt(claim, "namespace")}/${textAt(claim, "name")}`;
    }),
    textOf("StorageClass", "", "spec", "storageClassName"),
    textOf("VolumeAttributesClass", "<unset>", "spec", "volumeAttributesClassName"),
    textOf("Reason", "", "status", "reason"),
    ageColumn,
    wide(textOf("VolumeMode", "<unset>", "spec", "volumeMode")),
  ],
  "storage.k8s.io/StorageClass": [
    text("Name", (object) =>
      object.metadata.annotations?.[defaultClass] === "true"
        ? `${object.metadata.name} (default)`
        : object.metadata.name,
    ),
    textOf("Provisioner", "", "provisioner"),
    textOf("ReclaimPolicy", "Delete", "reclaimPolicy"),
    textOf("VolumeBindingMode", "Immediate", "volumeBindingMode"),
    text("AllowVolumeExpansion", (object) => at(object, "allowVolumeExpansion") === true),
    ageColumn,
  ].map((column, index) => (index === 0 ? { ...column, format: "name" } : column)),
  "networking.k8s.io/Ingress": [
    nameColumn,
    textOf("Class", "<none>", "spec", "ingressClassName"),
    text(
      "Hosts",
      (ingress) =>
        listAt(ingress, "spec", "rules")
          .map((rule) => textAt(rule, "host") || "*")
          .join(",") || "*",
    ),
    text("Address", (ingress) => loadBalancerAddresses(ingress)),
    text("Ports", (ingress) => (listAt(ingress, "spec", "tls").length > 0 ? "80, 443" : "80")),
    ageColumn,
  ],
  "networking.k8s.io/NetworkPolicy": [
    nameColumn,
    text("Pod-Selector", (policy) => selectorText(at(policy, "spec", "podSelector"))),
    ageColumn,
  ],
  "policy/PodDisruptionBudget": [
    nameColumn,
    textOf("Min Available", "N/A", "spec", "minAvailable"),
    textOf("Max Unavailable", "N/A", "spec", "maxUnavailable"),
    integer("Allowed Disruptions", (budget) => numberAt(budget, "status", "disruptionsAllowed")),
    ageColumn,
  ],
  "autoscaling/HorizontalPodAutoscaler": [
    nameColumn,
    text("Reference", (scaler) => {
      const target = objectAt(scaler, "spec", "scaleTargetRef");
      return `${textAt(target, "kind")}/${textAt(target, "name")}`;
    }),
    text(
      "Targets",
      (scaler) =>
        listAt(scaler, "spec", "metrics")
          .map((metric) => metricTarget(metric, scaler))
          .join(", ") || "<none>",
    ),
    textOf("MinPods", "<unset>", "spec", "minReplicas"),
    text("MaxPods", (scaler) => numberAt(scaler, "spec", "maxReplicas")),
    text("Replicas", (scaler) => numberAt(scaler, "status", "currentReplicas")),
    ageColumn,
  ],
  "coordination.k8s.io/Lease": [nameColumn, textOf("Holder", "", "spec", "holderIdentity"), ageColumn],
  "scheduling.k8s.io/PriorityClass": [
    nameColumn,
    text("Value", (object) => numberAt(object, "value")),
    text("Global-Default", (object) => at(object, "globalDefault") === true),
    ageColumn,
    text("PreemptionPolicy", (object) => textAt(object, "preemptionPolicy") || "PreemptLowerPriority"),
  ],
  "rbac.authorization.k8s.io/Role": [nameColumn, createdColumn],
  "rbac.authorization.k8s.io/ClusterRole": [nameColumn, createdColumn],
  "rbac.authorization.k8s.io/RoleBinding": bindingColumns(),
  "rbac.authorization.k8s.io/ClusterRoleBinding": bindingColumns(),
  "apiextensions.k8s.io/CustomResourceDefinition": [nameColumn, createdColumn],
};

function bindingColumns(): Column[] {
  const subjects = (name: string, kind: string, shown: (subject: Json) => string) =>
    wide(
      text(name, (binding) =>
        listAt(binding, "subjects")
          .filter((subject) => textAt(subject, "kind") === kind)
          .map(shown)
          .join(", "),
      ),
    );
  const named = (subject: Json) => textAt(subject, "name");
  return [
    nameColumn,
    text("Role", (binding) => `${textAt(binding, "roleRef", "kind")}/${textAt(binding, "roleRef", "name")}`),
    ageColumn,
    subjects("Users", "User", named),
    subjects("Groups", "Group", named),
    subjects("ServiceAccounts", "ServiceAccount", (of) => `${textAt(of, "namespace")}/${named(of)}`),
  ];
}

function portText(port: Json): string {
  const node = numberAt(port, "nodePort");
  return `${textAt(port, "port")}${node === 0 ? "" : `:${node}`}/${textAt(port, "protocol")}`;
}

function externalAddress(service: KubeObject): string {
  switch (textAt(service, "spec", "type")) {
    case "ExternalName":
      return textAt(service, "spec", "externalName");
    case "LoadBalancer":
      return loadBalancerAddresses(service) || "<pending>";
    default:
      return listAt(service, "spec", "externalIPs").join(",") || "<none>";
  }
}

function loadBalancerAddresses(object: KubeObject): string {
  return listAt(object, "status", "loadBalancer", "ingress")
    .map((address) => textAt(address, "ip") || textAt(address, "hostname"))
    .join(",");
}

function nodeAddress(node: KubeObject, type: string): string {
  const found = listAt(node, "status", "addresses").find((address) => textAt(address, "type") === type);
  return found === undefined ? "<none>" : textAt(found, "address");
}

/** `cpu: 12%/50%`, `memory: 3Mi/1Gi`; `<unknown>` before anything was measured. */
function metricTarget(metric: Json, scaler: unknown): string {
  const name = textAt(metric, "resource", "name");
  if (name === "") return textAt(metric, "type").toLowerCase();
  const measured = listAt(scaler, "status", "currentMetrics").find((each) => textAt(each, "resource", "name") === name);
  const value = textAt(metric, "resource", "target", "averageValue");
  if (value !== "")
    return `${name}: ${textAt(measured ?? {}, "resource", "current", "averageValue") || "<unknown>"}/${value}`;
  const percent = at(measured ?? {}, "resource", "current", "averageUtilization");
  const target = textAt(metric, "resource", "target", "averageUtilization");
  return `${name}: ${percent === undefined ? "<unknown>" : `${percent}%`}/${target}%`;
}
