import type { Json } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import { ageColumn, type Column, integer, nameColumn, text, wide } from "./column.ts";
import { containerImages, containerNames, selectorText } from "./workloads.ts";

const truth = (name: string, otherwise: boolean, ...path: string[]): Column => ({
  ...text(name, (object) => at(object, ...path) ?? otherwise),
  type: "boolean",
});
const count = (name: string, ...path: string[]) => integer(name, (object) => listAt(object, ...path).length);
const textOf = (name: string, none: string, ...path: string[]) =>
  text(name, (object) => textAt(object, ...path) || none);
const numberOr = (object: unknown, none: string, ...path: string[]): Json => at(object, ...path) ?? none;

/** The first three, and how many more there are. */
function some(items: readonly string[]): string {
  if (items.length === 0) return "<unset>";
  return items.length > 3 ? `${items.slice(0, 3).join(",")} + ${items.length - 3} more...` : items.join(",");
}

/** `kubectl get` of kinds that people look at less often (columns of the real server). */
export const furtherColumns: Readonly<Record<string, readonly Column[]>> = {
  "/ComponentStatus": [
    nameColumn,
    text("Status", (object) => (healthOf(object, "status") === "True" ? "Healthy" : "Unhealthy")),
    text("Message", (object) => healthOf(object, "message")),
    text("Error", (object) => healthOf(object, "error")),
  ],
  "autoscaling/Scale": [
    nameColumn,
    integer("Desired", (scale) => numberAt(scale, "spec", "replicas")),
    integer("Available", (scale) => numberAt(scale, "status", "replicas")),
    ageColumn,
  ],
  "/PodTemplate": [
    nameColumn,
    text("Containers", (object) => containerNames(object, "template", "spec")),
    text("Images", (object) => containerImages(object, "template", "spec")),
    text("Pod Labels", (object) => selectorText({ matchLabels: objectAt(object, "template", "metadata", "labels") })),
  ],
  "/ReplicationController": [
    nameColumn,
    integer("Desired", (object) => numberAt(object, "spec", "replicas")),
    integer("Current", (object) => numberAt(object, "status", "replicas")),
    integer("Ready", (object) => numberAt(object, "status", "readyReplicas")),
    ageColumn,
    wide(text("Containers", (object) => containerNames(object, "spec", "template", "spec"))),
    wide(text("Images", (object) => containerImages(object, "spec", "template", "spec"))),
    wide(text("Selector", (object) => selectorText({ matchLabels: objectAt(object, "spec", "selector") }))),
  ],
  "/ResourceQuota": [
    nameColumn,
    text("Request", (quota) => usage(quota, false)),
    text("Limit", (quota) => usage(quota, true)),
    ageColumn,
  ],
  "apps/ControllerRevision": [
    nameColumn,
    text("Controller", (revision) => {
      const owner = (revision.metadata.ownerReferences ?? []).find(({ controller }) => controller === true);
      if (owner === undefined) return "<none>";
      const [group] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : [""];
      return `${owner.kind.toLowerCase()}${group === "" ? "" : `.${group}`}/${owner.name}`;
    }),
    text("Revision", (revision) => numberAt(revision, "revision")),
    ageColumn,
  ],
  "apiregistration.k8s.io/APIService": [
    nameColumn,
    text("Service", (service) => {
      const of = objectAt(service, "spec", "service");
      return textAt(of, "name") === "" ? "Local" : `${textAt(of, "namespace")}/${textAt(of, "name")}`;
    }),
    text("Available", (service) => {
      const found = listAt(service, "status", "conditions").find((each) => textAt(each, "type") === "Available");
      const status = textAt(found, "status") || "Unknown";
      const reason = textAt(found, "reason");
      return status === "True" || reason === "" ? status : `${status} (${reason})`;
    }),
    ageColumn,
  ],
  "networking.k8s.io/IngressClass": [
    nameColumn,
    textOf("Controller", "", "spec", "controller"),
    text("Parameters", (object) => {
      const { apiGroup, kind, name } = objectAt(object, "spec", "parameters");
      if (kind === undefined) return "<none>";
      return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
    }),
    ageColumn,
  ],
  "networking.k8s.io/IPAddress": [
    nameColumn,
    text("ParentRef", (object) => {
      const { group = "", resource = "", namespace = "", name } = objectAt(object, "spec", "parentRef");
      if (name === undefined) return "<none>";
      return [group === "" ? resource : `${resource}.${group}`, namespace, name]
        .filter((part) => part !== "")
        .join("/");
    }),
  ],
  "networking.k8s.io/ServiceCIDR": [
    nameColumn,
    text("CIDRs", (object) => listAt(object, "spec", "cidrs").join(",")),
    ageColumn,
  ],
  "storage.k8s.io/CSIDriver": [
    nameColumn,
    truth("AttachRequired", true, "spec", "attachRequired"),
    truth("PodInfoOnMount", false, "spec", "podInfoOnMount"),
    truth("StorageCapacity", false, "spec", "storageCapacity"),
    text("TokenRequests", (driver) =>
      at(driver, "spec", "tokenRequests") === undefined
        ? "<unset>"
        : listAt(driver, "spec", "tokenRequests")
            .map((each) => textAt(each, "audience"))
            .join(","),
    ),
    truth("RequiresRepublish", false, "spec", "requiresRepublish"),
    text("Modes", (driver) => listAt(driver, "spec", "volumeLifecycleModes").join(",") || "<none>"),
    ageColumn,
  ],
  "storage.k8s.io/CSINode": [nameColumn, count("Drivers", "spec", "drivers"), ageColumn],
  "storage.k8s.io/CSIStorageCapacity": [
    nameColumn,
    textOf("StorageClassName", "", "storageClassName"),
    textOf("Capacity", "<unset>", "capacity"),
  ],
  "storage.k8s.io/VolumeAttachment": [
    nameColumn,
    { ...textOf("Attacher", "", "spec", "attacher"), format: "name" },
    textOf("PV", "", "spec", "source", "persistentVolumeName"),
    textOf("Node", "", "spec", "nodeName"),
    truth("Attached", false, "status", "attached"),
    ageColumn,
  ],
  "storage.k8s.io/VolumeAttributesClass": [nameColumn, textOf("DriverName", "", "driverName"), ageColumn],
  "admissionregistration.k8s.io/MutatingWebhookConfiguration": [nameColumn, count("Webhooks", "webhooks"), ageColumn],
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration": [nameColumn, count("Webhooks", "webhooks"), ageColumn],
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy": [
    nameColumn,
    count("Validations", "spec", "validations"),
    text("ParamKind", (policy) => {
      const { apiVersion, kind } = objectAt(policy, "spec", "paramKind");
      return kind === undefined ? "<unset>" : `${apiVersion}/${kind}`;
    }),
    ageColumn,
  ],
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding": [
    nameColumn,
    textOf("PolicyName", "", "spec", "policyName"),
    text("ParamRef", (binding) => {
      const { name, namespace = "" } = objectAt(binding, "spec", "paramRef");
      return name === undefined ? "<unset>" : `${namespace === "" ? "*" : namespace}/${name}`;
    }),
    ageColumn,
  ],
  "node.k8s.io/RuntimeClass": [nameColumn, textOf("Handler", "", "handler"), ageColumn],
  "discovery.k8s.io/EndpointSlice": [
    nameColumn,
    textOf("AddressType", "", "addressType"),
    text("Ports", (slice) =>
      some(listAt(slice, "ports").map((port) => textAt(port, "port") || textAt(port, "name") || "*")),
    ),
    text("Endpoints", (slice) =>
      some(listAt(slice, "endpoints").flatMap((endpoint) => listAt(endpoint, "addresses").map(String))),
    ),
    ageColumn,
  ],
  "flowcontrol.apiserver.k8s.io/FlowSchema": [
    nameColumn,
    textOf("PriorityLevel", "", "spec", "priorityLevelConfiguration", "name"),
    text("MatchingPrecedence", (object) => numberAt(object, "spec", "matchingPrecedence")),
    textOf("DistinguisherMethod", "<none>", "spec", "distinguisherMethod", "type"),
    ageColumn,
    text("MissingPL", (object) => {
      const found = listAt(object, "status", "conditions").find((each) => textAt(each, "type") === "Dangling");
      return textAt(found, "status") || "?";
    }),
  ],
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": [
    nameColumn,
    textOf("Type", "", "spec", "type"),
    text("NominalConcurrencyShares", (object) =>
      numberOr(object, "<none>", "spec", "limited", "nominalConcurrencyShares"),
    ),
    ...(["queues", "handSize", "queueLengthLimit"] as const).map((field) =>
      text(`${field.slice(0, 1).toUpperCase()}${field.slice(1)}`, (object) =>
        numberOr(object, "<none>", "spec", "limited", "limitResponse", "queuing", field),
      ),
    ),
    ageColumn,
  ],
};

function healthOf(object: KubeObject, field: string): string {
  return textAt(
    listAt(object, "conditions").find((each) => textAt(each, "type") === "Healthy"),
    field,
  );
}

/** `count/secrets: 1/5, pods: 0/10`; what is limited stands in a column of its own. */
function usage(quota: KubeObject, limits: boolean): string {
  const used = objectAt(quota, "status", "used");
  return Object.entries(objectAt(quota, "status", "hard"))
    .filter(([name]) => name.startsWith("limits.") === limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, hard]) => `${name}: ${used[name] ?? 0}/${hard}`)
    .join(", ");
}
