import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import { type FieldError, forbiddenField, invalidValue, required, unsupported } from "../failures.ts";
import { isSchedule } from "../schedule.ts";
import { validateDefinition } from "./definitions.ts";
import { goJson, goLabels, goSelector } from "./go-text.ts";
import { validatePodSpec } from "./pod-spec.ts";
import { checkLabels } from "./text-rules.ts";

/** What an object of a kind must say, beyond its metadata (API reference; wording of the recorded answers). */
export const kindRules: Readonly<Record<string, (object: KubeObject) => FieldError[]>> = {
  "/Pod": (pod) => validatePodSpec(at(pod, "spec"), "spec"),
  "apps/Deployment": validateSelecting,
  "apps/ReplicaSet": validateSelecting,
  "apps/StatefulSet": validateSelecting,
  "apps/DaemonSet": validateSelecting,
  "batch/Job": (job) => {
    const policy = textAt(job, "spec", "template", "spec", "restartPolicy");
    return [
      ...validatePodSpec(at(job, "spec", "template", "spec"), "spec.template.spec"),
      ...jobPolicy(policy, "spec.template.spec"),
    ];
  },
  "batch/CronJob": (job) => {
    const path = "spec.jobTemplate.spec.template.spec";
    const spec = at(job, ...path.split("."));
    return [
      ...validateSchedule(job),
      ...validatePodSpec(spec, path),
      ...jobPolicy(textAt(spec, "restartPolicy"), path),
    ];
  },
  "/Service": validateService,
  "/ConfigMap": (map) => validateKeys(map, ["data", "binaryData"]),
  "/Secret": (secret) => [...validateKeys(secret, ["data"]), ...validateSecretType(secret)],
  "/ReplicationController": validateReplication,
  "/PersistentVolumeClaim": (claim) => [
    ...(listAt(claim, "spec", "accessModes").length === 0
      ? [required("spec.accessModes", "at least 1 access mode is required")]
      : []),
    ...(textAt(claim, "spec", "resources", "requests", "storage") === "" ? [required("spec.resources[storage]")] : []),
  ],
  "networking.k8s.io/Ingress": validateIngress,
  "policy/PodDisruptionBudget": validateBudget,
  "apiregistration.k8s.io/APIService": (service) => {
    const wanted = `${textAt(service, "spec", "version")}.${textAt(service, "spec", "group")}`;
    const { name } = service.metadata;
    const why = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`;
    return name === "" || name === wanted ? [] : [invalidValue("metadata.name", JSON.stringify(name), why)];
  },
  "certificates.k8s.io/CertificateSigningRequest": (request) => {
    const bytes = textAt(request, "spec", "request");
    const pem = Buffer.from(bytes, "base64").toString();
    if (/-----BEGIN (NEW )?CERTIFICATE REQUEST-----/.test(pem)) return [];
    return [
      invalidValue(
        "spec.request",
        bytes === "" ? "null" : JSON.stringify(bytes),
        "PEM block type must be CERTIFICATE REQUEST",
      ),
    ];
  },
  "/Endpoints": (endpoints) =>
    listAt(endpoints, "subsets").flatMap((subset, s) =>
      listAt(subset, "ports").flatMap((port, p, ports) =>
        ports.length > 1 && textAt(port, "name") === "" ? [required(`subsets[${s}].ports[${p}].name`)] : [],
      ),
    ),
  "autoscaling/HorizontalPodAutoscaler": (scaler) => {
    const [minimum, maximum] = [numberAt(scaler, "spec", "minReplicas"), numberAt(scaler, "spec", "maxReplicas")];
    const why = "must be greater than or equal to `minReplicas`";
    return maximum < minimum ? [invalidValue("spec.maxReplicas", String(maximum), why)] : [];
  },
  "rbac.authorization.k8s.io/RoleBinding": validateBinding,
  "rbac.authorization.k8s.io/ClusterRoleBinding": validateBinding,
  "apiextensions.k8s.io/CustomResourceDefinition": validateDefinition,
  "storage.k8s.io/StorageClass": (object) => (textAt(object, "provisioner") === "" ? [required("provisioner")] : []),
};

function validateSelecting(object: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const selector = at(object, "spec", "selector");
  const labels = objectAt(object, "spec", "template", "metadata", "labels");
  const readable = isSelector(selector);
  // Deployments and StatefulSets are told once more, in words of their own.
  if (!readable && object.kind !== "DaemonSet") {
    const why = object.kind === "StatefulSet" ? "" : "invalid label selector";
    errors.push(invalidValue("spec.selector", goSelector(selector), why));
  }
  const empty =
    Object.keys(objectAt(selector, "matchLabels")).length === 0 &&
    listAt(object, "spec", "selector", "matchExpressions").length === 0;
  if (selector === undefined && object.kind !== "DaemonSet") errors.push(required("spec.selector"));
  else if (empty && selector !== undefined)
    errors.push(
      invalidValue("spec.selector", goSelector(selector), `empty selector is invalid for ${object.kind.toLowerCase()}`),
    );
  if (selector === undefined || (readable && !selects(selector, labels))) {
    const why = "`selector` does not match template `labels`";
    errors.push(
      invalidValue(
        "spec.template.metadata.labels",
        goLabels(at(object, "spec", "template", "metadata", "labels")),
        why,
      ),
    );
  }
  const claims = listAt(object, "spec", "volumeClaimTemplates").map((claim) => textAt(claim, "metadata", "name"));
  errors.push(...validatePodSpec(at(object, "spec", "template", "spec"), "spec.template.spec", claims));
  const policy = textAt(object, "spec", "template", "spec", "restartPolicy");
  if (policy === "OnFailure" || policy === "Never")
    errors.push(unsupported("spec.template.spec.restartPolicy", JSON.stringify(policy), ["Always"]));
  const replicas = numberAt(object, "spec", "replicas");
  if (replicas < 0) errors.push(invalidValue("spec.replicas", String(replicas), "must be greater than or equal to 0"));
  return [...errors, ...validateStrategy(object)];
}

function validateReplication(object: KubeObject): FieldError[] {
  const template = at(object, "spec", "template");
  if (template === undefined) return [];
  const labels = objectAt(template, "metadata", "labels");
  const wanted = Object.entries(objectAt(object, "spec", "selector"));
  const why = "`selector` does not match template `labels`";
  return [
    ...(wanted.every(([key, value]) => labels[key] === value)
      ? []
      : [invalidValue("spec.template.metadata.labels", goLabels(at(template, "metadata", "labels")), why)]),
    ...validatePodSpec(at(template, "spec"), "spec.template.spec"),
  ];
}

/** What a Secret of a known type must hold (API reference, Secret). */
function validateSecretType(secret: KubeObject): FieldError[] {
  const has = (key: string) => at(secret, "data", key) !== undefined;
  const missing = (...keys: string[]) => keys.filter((key) => !has(key)).map((key) => required(`data[${key}]`));
  switch (textAt(secret, "type")) {
    case "kubernetes.io/service-account-token": {
      const name = "kubernetes.io/service-account.name";
      return (secret.metadata.annotations?.[name] ?? "") === "" ? [required(`metadata.annotations[${name}]`)] : [];
    }
    case "kubernetes.io/basic-auth":
      return has("username") || has("password") ? [] : missing("username", "password");
    case "kubernetes.io/ssh-auth":
      return missing("ssh-privatekey");
    case "kubernetes.io/tls":
      return missing("tls.crt", "tls.key");
    case "kubernetes.io/dockerconfigjson":
      return missing(".dockerconfigjson");
    case "kubernetes.io/dockercfg":
      return missing(".dockercfg");
    default:
      return [];
  }
}

/** Whether each part of a selector can be read, so that it can be asked at all. */
function isSelector(selector: unknown): boolean {
  const expressions = listAt(selector, "matchExpressions");
  const readable = expressions.every((expression) => {
    const values = listAt(expression, "values");
    const wants = ["In", "NotIn"].includes(textAt(expression, "operator"));
    const known = wants || ["Exists", "DoesNotExist"].includes(textAt(expression, "operator"));
    const key = textAt(expression, "key");
    return (
      known &&
      values.length > 0 === wants &&
      values.every((value) => checkLabels("", { [key]: value }).length === 0) &&
      checkLabels("", { [key]: "" }).length === 0
    );
  });
  return readable && checkLabels("", objectAt(selector, "matchLabels")).length === 0;
}

function selects(selector: unknown, labels: JsonObject): boolean {
  const expressions = listAt(selector, "matchExpressions").every((expression) => {
    const label = labels[textAt(expression, "key")];
    const listed = label !== undefined && listAt(expression, "values").includes(label);
    switch (textAt(expression, "operator")) {
      case "In":
        return listed;
      case "NotIn":
        return !listed;
      case "Exists":
        return label !== undefined;
      default:
        return label === undefined;
    }
  });
  return (
    expressions && Object.entries(objectAt(selector, "matchLabels")).every(([key, value]) => labels[key] === value)
  );
}

/** Bounds of a rolling update beside a strategy that makes none. */
function validateStrategy(object: KubeObject): FieldError[] {
  if (
    at(object, "spec", "strategy", "rollingUpdate") !== undefined &&
    textAt(object, "spec", "strategy", "type") === "Recreate"
  )
    return [forbiddenField("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")];
  if (object.kind === "Deployment") {
    const { maxSurge, maxUnavailable } = objectAt(object, "spec", "strategy", "rollingUpdate");
    const none = (value: unknown) => value === 0 || value === "0%";
    if (none(maxSurge) && none(maxUnavailable)) {
      const field = "spec.strategy.rollingUpdate.maxUnavailable";
      return [invalidValue(field, JSON.stringify(maxUnavailable), "may not be 0 when `maxSurge` is 0")];
    }
  }
  const rolling = at(object, "spec", "updateStrategy", "rollingUpdate");
  if (object.kind !== "StatefulSet" || rolling === undefined) return [];
  if (textAt(object, "spec", "updateStrategy", "type") !== "OnDelete") return [];
  const why = "only allowed for updateStrategy 'RollingUpdate'";
  return [invalidValue("spec.updateStrategy.rollingUpdate", JSON.stringify(rolling), why)];
}

function jobPolicy(policy: string, path: string): FieldError[] {
  return policy === "Always" ? [required(`${path}.restartPolicy`, 'valid values: "OnFailure", "Never"')] : [];
}

function validateSchedule(job: KubeObject): FieldError[] {
  const schedule = textAt(job, "spec", "schedule");
  if (schedule === "") return [required("spec.schedule")];
  if (/TZ=/.test(schedule)) {
    const why = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
    return [invalidValue("spec.schedule", JSON.stringify(schedule), why)];
  }
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5 && !schedule.startsWith("@")) {
    const why = `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
    return [invalidValue("spec.schedule", JSON.stringify(schedule), why)];
  }
  const zone = textAt(job, "spec", "timeZone");
  return [
    ...(isSchedule(schedule, "")
      ? []
      : [invalidValue("spec.schedule", JSON.stringify(schedule), `unrecognized schedule: ${schedule}`)]),
    ...(zone === "" || isSchedule("@hourly", zone)
      ? []
      : [invalidValue("spec.timeZone", JSON.stringify(zone), `unknown time zone ${zone}`)]),
  ];
}

function validateService(service: KubeObject): FieldError[] {
  const type = textAt(service, "spec", "type");
  const types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
  const errors: FieldError[] = [];
  const ports = listAt(service, "spec", "ports");
  if (ports.length === 0 && type !== "ExternalName" && textAt(service, "spec", "clusterIP") !== "None")
    errors.push(required("spec.ports"));
  const names = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const field = `spec.ports[${index}]`;
    const name = textAt(port, "name");
    if (ports.length > 1 && name === "") errors.push(required(`${field}.name`));
    if (name !== "" && names.has(name))
      errors.push({
        reason: "FieldValueDuplicate",
        field: `${field}.name`,
        message: `Duplicate value: ${JSON.stringify(name)}`,
      });
    names.add(name);
    const number = numberAt(port, "port");
    const twin = ports.slice(0, index).some((other) => samePort(other, port));
    if (twin) errors.push({ reason: "FieldValueDuplicate", field, message: `Duplicate value: ${goPort(port)}` });
    if (number < 1 || number > 65_535)
      errors.push(invalidValue(`${field}.port`, String(number), "must be between 1 and 65535, inclusive"));
  }
  const traffic = textAt(service, "spec", "externalTrafficPolicy");
  const outside = type === "ClusterIP" && listAt(service, "spec", "externalIPs").length > 0;
  if (traffic !== "" && type !== "NodePort" && type !== "LoadBalancer" && !outside)
    errors.push(
      invalidValue(
        "spec.externalTrafficPolicy",
        JSON.stringify(traffic),
        "may only be set for externally-accessible services",
      ),
    );
  if (!types.includes(type)) errors.push(unsupported("spec.type", JSON.stringify(type), types));
  const clusterIp = textAt(service, "spec", "clusterIP");
  const listed = listAt(service, "spec", "clusterIPs");
  if (listed.length > 0 && clusterIp !== "" && listed[0] !== clusterIp)
    errors.push(invalidValue("spec.clusterIPs", JSON.stringify(listed), "first value must match `clusterIP`"));
  errors.push(...checkLabels("spec.selector", objectAt(service, "spec", "selector")));
  if (type === "ExternalName" && textAt(service, "spec", "externalName") === "")
    errors.push(required("spec.externalName"));
  return errors;
}

const samePort = (a: unknown, b: unknown): boolean =>
  numberAt(a, "port") === numberAt(b, "port") && textAt(a, "protocol") === textAt(b, "protocol");

/** As Go writes its internal type in JSON. */
function goPort(port: unknown): string {
  const shown = { Protocol: textAt(port, "protocol"), AppProtocol: null, Port: numberAt(port, "port") };
  return JSON.stringify({ Name: "", ...shown, TargetPort: 0, NodePort: 0 });
}

const dataKey = /^[-._a-zA-Z0-9]+$/;
const dataKeyText =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function validateKeys(object: KubeObject, fields: readonly string[]): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const field of fields) {
    for (const [key, value] of Object.entries(objectAt(object, field))) {
      size += Buffer.byteLength(String(value));
      if (!dataKey.test(key)) errors.push(invalidValue(`${field}[${key}]`, JSON.stringify(key), dataKeyText));
    }
  }
  const limit = 1024 * 1024;
  const field = object.kind === "ConfigMap" ? "[]" : "data";
  if (size > limit)
    errors.push({ reason: "FieldValueTooLong", field, message: `Too long: may not be more than ${limit} bytes` });
  return errors;
}

function validateIngress(ingress: KubeObject): FieldError[] {
  const rules = listAt(ingress, "spec", "rules");
  if (rules.length === 0 && at(ingress, "spec", "defaultBackend") === undefined) {
    const why = "either `defaultBackend` or `rules` must be specified";
    return [invalidValue("spec", "null", why)];
  }
  return rules.flatMap((rule, r) =>
    listAt(rule, "http", "paths").flatMap((path, p) =>
      at(path, "pathType") === undefined
        ? [required(`spec.rules[${r}].http.paths[${p}].pathType`, "pathType must be specified")]
        : [],
    ),
  );
}

function validateBudget(budget: KubeObject): FieldError[] {
  const { minAvailable = null, maxUnavailable = null, unhealthyPodEvictionPolicy = null } = objectAt(budget, "spec");
  if (minAvailable === null || maxUnavailable === null) return [];
  // The server shows its internal type.
  const selector = at(budget, "spec", "selector");
  const shown = `{"MinAvailable":${goJson(minAvailable)},"Selector":${selector === undefined ? "null" : goSelector(selector)},"MaxUnavailable":${goJson(maxUnavailable)},"UnhealthyPodEvictionPolicy":${goJson(unhealthyPodEvictionPolicy)}}`;
  return [invalidValue("spec", shown, "minAvailable and maxUnavailable cannot be both set")];
}

function validateBinding(binding: KubeObject): FieldError[] {
  const ref: JsonObject = objectAt(binding, "roleRef");
  const errors: FieldError[] = [];
  if (!["Role", "ClusterRole"].includes(textAt(ref, "kind")))
    errors.push(unsupported("roleRef.kind", JSON.stringify(textAt(ref, "kind")), ["Role", "ClusterRole"]));
  if (textAt(ref, "name") === "") errors.push(required("roleRef.name"));
  // Where a binding has no namespace, its accounts must name theirs.
  if (binding.kind === "ClusterRoleBinding")
    listAt(binding, "subjects").forEach((subject, index) => {
      if (textAt(subject, "kind") === "ServiceAccount" && textAt(subject, "namespace") === "")
        errors.push(required(`subjects[${index}].namespace`));
    });
  return errors;
}

export function differs(object: unknown, live: unknown, ...path: string[]): boolean {
  return !isDeepStrictEqual(at(object, ...path) ?? null, at(live, ...path) ?? null);
}
