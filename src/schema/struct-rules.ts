import { containerRule, podSpecRule } from "./pod-rules.ts";
import { quantityValue } from "./quantity.ts";
import { type Fields, fieldsOf, isOpen, isSet, listOf, textOr } from "./reading.ts";
import type { ReportBelow, StructRule } from "./rule.ts";
import { secretTypeRule } from "./secret-rules.ts";
import { serviceRule } from "./service-rules.ts";
import { unionRule } from "./union-rules.ts";
import { deadlineRule, jobRule, selectingRule, strategyRule } from "./workload-rules.ts";

/**
 * Rules by struct, wherever it stands (API reference, and the answers of a real server). Whatever depends on a value that
 * is not known yet goes unjudged.
 */
const rules: Readonly<Record<string, StructRule>> = {
  "core.v1.PodSpec": podSpecRule,
  "core.v1.Container": containerRule,
  "core.v1.ResourceRequirements": resourcesRule,
  "core.v1.ServiceSpec": serviceRule,
  "core.v1.ConfigMap": (map, report) => sizeRule(map, ["data", "binaryData"], report),
  "core.v1.Secret": (secret, report) => {
    sizeRule(secret, ["data", "stringData"], report);
    secretTypeRule(secret, report);
  },
  "core.v1.PersistentVolumeClaimSpec": claimRule,
  "core.v1.PersistentVolumeSpec": (spec, report) => {
    if (Object.keys(fieldsOf(spec["capacity"])).length === 0 && !isOpen(spec["capacity"])) {
      report(["capacity"], "is required", "missing");
    }
    if (listOf(spec["accessModes"]).length === 0 && !isOpen(spec["accessModes"])) {
      report(["accessModes"], "is required", "missing");
    }
  },
  "core.v1.ReplicationControllerSpec": deadlineRule,
  "core.v1.EnvVar": (variable, report) => {
    if (textOr(variable["value"]) !== "" && isSet(variable["valueFrom"])) {
      report(["valueFrom"], "stands beside value: only one of the two is allowed");
    }
  },
  "core.v1.Toleration": tolerationRule,
  "meta.v1.LabelSelectorRequirement": (requirement, report) => {
    const operator = textOr(requirement["operator"]);
    const values = listOf(requirement["values"]);
    if (["In", "NotIn"].includes(operator) && values.length === 0 && !isOpen(requirement["values"])) {
      report(["values"], `is required where operator is ${operator}`, "missing");
    }
    if (["Exists", "DoesNotExist"].includes(operator) && values.length > 0) {
      report(["values"], `must be empty where operator is ${operator}`);
    }
  },
  "apiextensions.v1.CustomResourceDefinition": definitionRule,
  "apiextensions.v1.CustomResourceDefinitionVersion": (version, report) => {
    const { openAPIV3Schema } = fieldsOf(version["schema"]);
    if (isOpen(version) || isOpen(version["schema"]) || isSet(openAPIV3Schema)) return;
    report(["schema", "openAPIV3Schema"], "is required", "missing");
  },
  "apps.v1.DeploymentSpec": (spec, report, type, place) => {
    selectingRule(spec, report, type, place);
    const { minReadySeconds: ready, progressDeadlineSeconds: deadline } = spec;
    if (typeof deadline === "number" && typeof ready === "number" && deadline <= ready) {
      report(["progressDeadlineSeconds"], `must be more than minReadySeconds, which is ${ready}`);
    }
  },
  "apps.v1.ReplicaSetSpec": selectingRule,
  "apps.v1.StatefulSetSpec": selectingRule,
  "apps.v1.DaemonSetSpec": selectingRule,
  "apps.v1.DeploymentStrategy": strategyRule,
  "batch.v1.JobSpec": jobRule,
  "autoscaling.v1.HorizontalPodAutoscalerSpec": scalerRule,
  "autoscaling.v2.HorizontalPodAutoscalerSpec": scalerRule,
  "autoscaling.v2.ResourceMetricSource": targetRule(["averageUtilization", "averageValue"]),
  "autoscaling.v2.ContainerResourceMetricSource": targetRule(["averageUtilization", "averageValue"]),
  "autoscaling.v2.PodsMetricSource": targetRule(["averageValue"]),
  "autoscaling.v2.ObjectMetricSource": targetRule(["value", "averageValue"]),
  "autoscaling.v2.ExternalMetricSource": targetRule(["value", "averageValue"]),
  "networking.v1.IngressSpec": (spec, report) => {
    if (!isSet(spec["defaultBackend"]) && listOf(spec["rules"]).length === 0 && !isOpen(spec["rules"])) {
      report([], "has neither rules nor a default backend", "missing");
    }
  },
  "networking.v1.HTTPIngressPath": (path, report) => {
    const text = path["path"];
    const type = textOr(path["pathType"]);
    if (!["Exact", "Prefix"].includes(type) || text instanceof Object) return;
    if (!textOr(text).startsWith("/")) report(["path"], `must start with "/" where pathType is ${type}`, "format");
  },
  "networking.v1.IngressServiceBackend": (service, report) => {
    const port = fieldsOf(service["port"]);
    if (isOpen(service["port"]) || isOpen(port)) return;
    if (textOr(port["name"]) === "" && !port["number"]) report(["port"], "needs a number or a name", "missing");
    else if (textOr(port["name"]) !== "" && port["number"]) report(["port"], "has both a number and a name");
  },
  "rbac.v1.PolicyRule": (rule, report) => {
    const has = (name: string): boolean => listOf(rule[name]).length > 0 || isOpen(rule[name]);
    if (!has("verbs")) report(["verbs"], "must not be empty", "missing");
    if (has("nonResourceURLs") && has("resources")) report(["nonResourceURLs"], "stands beside resources");
    else if (!has("nonResourceURLs") && !has("resources")) report(["resources"], "is required", "missing");
    else if (has("resources") && !has("apiGroups")) {
      report(["apiGroups"], `is required; "" is the group of core objects`, "missing");
    }
  },
};

/** Kinds whose `spec` the server cannot do without, although their type lets it be left out. */
const needSpec: ReadonlySet<string> = new Set(
  (
    "apps.v1.DaemonSet apps.v1.Deployment apps.v1.ReplicaSet apps.v1.StatefulSet " +
    "autoscaling.v1.HorizontalPodAutoscaler autoscaling.v2.HorizontalPodAutoscaler batch.v1.CronJob batch.v1.Job " +
    "core.v1.PersistentVolume core.v1.PersistentVolumeClaim core.v1.Pod core.v1.Service networking.v1.Ingress"
  ).split(" "),
);

const specRule: StructRule = (object, report) => {
  if (!isSet(object["spec"])) report(["spec"], "is required", "missing");
};

/** All that a struct's fields must keep together. */
export function structRules(struct: string): readonly StructRule[] {
  let found = known.get(struct);
  if (found === undefined) {
    found = [rules[struct], unionRule(struct), needSpec.has(struct) ? specRule : null].filter(
      (rule) => rule !== undefined && rule !== null,
    );
    known.set(struct, found);
  }
  return found;
}

const known = new Map<string, readonly StructRule[]>();

/** What a container may ask for (API reference, ResourceRequirements). */
function resourcesRule(resources: Fields, report: ReportBelow): void {
  const limits = fieldsOf(resources["limits"]);
  for (const part of ["limits", "requests"]) {
    for (const [name, quantity] of Object.entries(fieldsOf(resources[part]))) {
      const known = ["cpu", "memory", "ephemeral-storage"].includes(name) || /^hugepages-|\//.test(name);
      if (!known)
        report([part, name], "is no resource: cpu, memory, ephemeral-storage or a name such as vendor.com/gpu");
      const amount = quantityValue(quantity);
      if (amount === null) continue;
      if (amount < 0) report([part, name], `must be at least 0, is ${quantity}`, "format");
      if (name === "memory" && !Number.isInteger(amount)) {
        report([part, name], `is a fraction of a byte: ${quantity}`, "format", "warning");
      }
      const limit = part === "requests" ? quantityValue(limits[name]) : null;
      if (limit !== null && amount > limit) report([part, name], `is more than its limit of ${limits[name]}`);
    }
  }
}

const MOST_BYTES = 1024 * 1024;

function sizeRule(object: Fields, parts: readonly string[], report: ReportBelow): void {
  const all = parts.flatMap((part) => Object.values(fieldsOf(object[part])));
  const size = all.reduce((sum: number, value) => sum + (typeof value === "string" ? Buffer.byteLength(value) : 0), 0);
  // Base64 is a third longer than what it stands for.
  const bytes = parts.includes("stringData") && isSet(object["data"]) ? size * 0.75 : size;
  if (bytes > MOST_BYTES) report([], `holds ${size} bytes, more than the 1 MiB that the API takes`);
}

/** What a custom resource's definition must say (API reference, CustomResourceDefinition). */
function definitionRule(definition: Fields, report: ReportBelow): void {
  const { group, names } = fieldsOf(definition["spec"]);
  const { name, annotations } = fieldsOf(definition["metadata"]);
  const { plural } = fieldsOf(names);
  if (typeof group !== "string" || typeof plural !== "string") return;
  if (typeof name === "string" && name !== `${plural}.${group}`) {
    report(
      ["metadata", "name"],
      `must be spec.names.plural and spec.group, ${plural}.${group}: ${JSON.stringify(name)}`,
    );
  }
  const approval = "api-approved.kubernetes.io";
  const isProtected = /(^|\.)(k8s|kubernetes)\.io$/.test(group);
  if (isProtected && !isOpen(annotations) && !isSet(fieldsOf(annotations)[approval])) {
    report(["metadata", "annotations", approval], `is required for the group ${group}`, "missing");
  }
}

function claimRule(spec: Fields, report: ReportBelow): void {
  const modes = spec["accessModes"];
  if (listOf(modes).length === 0 && !isOpen(modes)) report(["accessModes"], "is required", "missing");
  const { resources } = spec;
  const { requests } = fieldsOf(resources);
  if (isOpen(resources) || isOpen(requests)) return;
  const storage = fieldsOf(requests)["storage"];
  const amount = quantityValue(storage);
  if (!isSet(storage)) report(["resources", "requests", "storage"], "is required", "missing");
  else if (amount !== null && amount <= 0) {
    report(["resources", "requests", "storage"], `must be more than 0, is ${storage}`, "format");
  }
}

function tolerationRule(toleration: Fields, report: ReportBelow): void {
  if (isOpen(toleration)) return;
  const operator = textOr(toleration["operator"], "Equal");
  if (textOr(toleration["key"]) === "" && operator !== "Exists") {
    report(["operator"], "must be Exists where no key is named");
  }
  if (operator === "Exists" && textOr(toleration["value"]) !== "") {
    report(["value"], "must be empty where operator is Exists");
  }
}

/** What a metric of a kind may aim at (API reference, MetricTarget). */
function targetRule(allowed: readonly string[]): StructRule {
  return (source, report) => {
    const { target } = source;
    if (!isSet(target) || isOpen(target) || allowed.some((name) => isSet(fieldsOf(target)[name]))) return;
    report(["target"], `needs ${allowed.join(" or ")}`, "missing");
  };
}

function scalerRule(spec: Fields, report: ReportBelow): void {
  const { minReplicas: least, maxReplicas: most } = spec;
  if (typeof least === "number" && typeof most === "number" && most < least) {
    report(["maxReplicas"], `must be at least minReplicas, which is ${least}`);
  }
}
