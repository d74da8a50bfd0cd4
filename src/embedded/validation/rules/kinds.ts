import type { Json, JsonObject } from "../../../model/json.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../../model/read-field.ts";
import { type FieldError, forbiddenField, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import {
  all,
  type Check,
  cidr,
  countOrPercent,
  dns1035,
  dnsLabel,
  each,
  given,
  ifSet,
  ip,
  isPortNumber,
  nameOf,
  needed,
  notNegative,
  oneOf,
  port,
  portName,
  qualifiedName,
  type Rules,
  strictDns1035,
  strictDnsLabel,
  strictSubdomain,
  subdomain,
  unique,
} from "./checks.ts";

const isSet = (value: unknown) => value !== undefined && value !== null;
const must = needed();
const invalidWhere = (wrong: (value: number) => boolean, why: string): Check => {
  return (value, field) => (typeof value === "number" && wrong(value) ? [invalidValue(field, String(value), why)] : []);
};
const selecting: Rules = { fields: { minReadySeconds: notNegative } };
const rollout = { minReadySeconds: notNegative, revisionHistoryLimit: notNegative };
const servicePort: Check = (value, field) =>
  typeof value === "number" && (value < 1 || value > 65_535)
    ? [invalidValue(field, String(value), "port is not valid: must be between 1 and 65535, inclusive")]
    : [];

const webhook: Rules = {
  fields: {
    name: needed("", subdomain),
    failurePolicy: oneOf("Fail", "Ignore"),
    matchPolicy: oneOf("Equivalent", "Exact"),
    reinvocationPolicy: oneOf("IfNeeded", "Never"),
    sideEffects: given("must specify one of None, NoneOnDryRun", oneOf("None", "NoneOnDryRun")),
    timeoutSeconds: invalidWhere((n) => n < 1 || n > 30, "the timeout value must be between 1 and 30 seconds"),
    admissionReviewVersions: needed("must specify one of v1, v1beta1", reviewVersions),
  },
};

const roleSubjects = ["ServiceAccount", "User", "Group"];
const rbacGroup = "rbac.authorization.k8s.io";

/** What the API server demands of the structs of other kinds (API reference; words of the real server). */
export const kindStructRules: Readonly<Record<string, Rules>> = {
  "apps.v1.DeploymentSpec": {
    fields: rollout,
    together: (spec, path) => {
      const deadline = spec["progressDeadlineSeconds"];
      const field = `${path}.progressDeadlineSeconds`;
      if (typeof deadline !== "number") return [];
      return [
        ...notNegative(deadline, field),
        ...(deadline <= numberAt(spec, "minReadySeconds")
          ? [invalidValue(field, String(deadline), "must be greater than minReadySeconds")]
          : []),
      ];
    },
  },
  "apps.v1.DeploymentStrategy": {
    together: (strategy, path) =>
      wrongStrategy(strategy, ["Recreate", "RollingUpdate"], (shown) =>
        unsupported(path, shown, ["Recreate", "RollingUpdate"]),
      ),
  },
  "apps.v1.RollingUpdateDeployment": { fields: { maxUnavailable: countOrPercent, maxSurge: countOrPercent } },
  "apps.v1.DaemonSetSpec": { fields: rollout },
  "apps.v1.DaemonSetUpdateStrategy": {
    together: (strategy, path) =>
      wrongStrategy(strategy, ["RollingUpdate", "OnDelete"], (shown) =>
        unsupported(path, shown, ["RollingUpdate", "OnDelete"]),
      ),
  },
  "apps.v1.RollingUpdateDaemonSet": {
    fields: { maxUnavailable: countOrPercent, maxSurge: countOrPercent },
    together: ({ maxUnavailable, maxSurge }, path) => {
      const none = (value: Json | undefined) =>
        typeof value === "string" ? !/^0*[1-9]\d*%$/.test(value) : value === 0;
      const field = `${path}.maxUnavailable`;
      return none(maxUnavailable) && none(maxSurge) ? [required(field, "cannot be 0 when maxSurge is 0")] : [];
    },
  },
  "apps.v1.ReplicaSetSpec": selecting,
  "apps.v1.StatefulSetSpec": {
    fields: {
      minReadySeconds: notNegative,
      serviceName: dnsLabel,
      podManagementPolicy: (value, field) =>
        value === "OrderedReady" || value === "Parallel"
          ? []
          : [invalidValue(field, goJson(value ?? ""), "must be 'OrderedReady' or 'Parallel'")],
    },
    together: (spec, path) =>
      listAt(spec, "volumeClaimTemplates").flatMap((claim, index) => {
        // Each claim becomes a volume of the pod, and is told of as that.
        const name = textAt(claim, "metadata", "name");
        const volume = `${path}.template.spec.volumes[${index}]`;
        if (name === "") return [required(`${volume}.persistentVolumeClaim.claimName`), required(`${volume}.name`)];
        return dnsLabel(name, `${volume}.name`);
      }),
  },
  "apps.v1.StatefulSetUpdateStrategy": {
    together: (strategy, path) =>
      wrongStrategy(strategy, ["RollingUpdate", "OnDelete"], (shown) =>
        invalidValue(path, shown, "must be 'RollingUpdate' or 'OnDelete'"),
      ),
  },
  "apps.v1.RollingUpdateStatefulSetStrategy": { fields: { partition: notNegative } },
  "core.v1.ReplicationControllerSpec": {
    fields: { replicas: notNegative, minReadySeconds: notNegative, selector: must, template: must },
  },
  "batch.v1.JobSpec": {
    fields: {
      parallelism: notNegative,
      completions: notNegative,
      activeDeadlineSeconds: notNegative,
      backoffLimit: notNegative,
      ttlSecondsAfterFinished: notNegative,
      completionMode: oneOf("NonIndexed", "Indexed"),
    },
    together: (spec, path) => {
      if (spec["completionMode"] !== "Indexed") return [];
      const parallel = numberAt(spec, "parallelism");
      return [
        ...(isSet(spec["completions"]) ? [] : [required(`${path}.completions`, "when completion mode is Indexed")]),
        ...(parallel > 100_000
          ? [
              invalidValue(
                `${path}.parallelism`,
                String(parallel),
                "must be less than or equal to 100000 when completion mode is Indexed",
              ),
            ]
          : []),
      ];
    },
  },
  "batch.v1.PodFailurePolicyRule": {
    fields: {
      action: needed(
        'valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        oneOf("Count", "FailIndex", "FailJob", "Ignore"),
      ),
    },
    together: (rule, path) => {
      const [codes, conditions] = [isSet(rule["onExitCodes"]), listAt(rule, "onPodConditions").length > 0];
      if (codes !== conditions) return [];
      const why = codes
        ? "specifying both OnExitCodes and OnPodConditions is not supported"
        : "specifying one of OnExitCodes and OnPodConditions is required";
      return [{ reason: "FieldValueInvalid", field: path, message: `Invalid value: ${why}` }];
    },
  },
  "batch.v1.PodFailurePolicyOnExitCodesRequirement": {
    fields: { operator: needed('valid values: ["In" "NotIn"]', oneOf("In", "NotIn")), values: unique() },
    together: ({ operator, values }, path) => {
      const list = Array.isArray(values) ? values : [];
      const field = `${path}.values`;
      if (list.length === 0) return [invalidValue(field, "[]", "at least one value is required")];
      return list.flatMap((value, index) =>
        operator === "In" && value === 0
          ? [invalidValue(`${field}[${index}]`, "0", "must not be 0 for the In operator")]
          : [],
      );
    },
  },
  "batch.v1.CronJobSpec": {
    fields: {
      startingDeadlineSeconds: notNegative,
      successfulJobsHistoryLimit: notNegative,
      failedJobsHistoryLimit: notNegative,
      concurrencyPolicy: oneOf("Allow", "Forbid", "Replace"),
      timeZone: (value, field) =>
        value === "" ? [invalidValue(field, '""', "timeZone must be nil or non-empty string")] : [],
    },
  },
  "core.v1.ServiceSpec": {
    fields: {
      sessionAffinity: oneOf("ClientIP", "None"),
      externalTrafficPolicy: oneOf("Cluster", "Local"),
      internalTrafficPolicy: oneOf("Cluster", "Local"),
      ipFamilyPolicy: oneOf("PreferDualStack", "RequireDualStack", "SingleStack"),
      ipFamilies: all(each(oneOf("IPv4", "IPv6")), unique()),
      externalIPs: each(ip),
      clusterIPs: each((value, field) => (value === "None" || value === "" ? [] : ip(value, field))),
      loadBalancerClass: (value, field) => (value === undefined ? [] : qualifiedName(value, field)),
      healthCheckNodePort: (value, field) => (value === 0 ? [] : isPortNumber(value, field)),
      externalName: (value, field) => subdomain(typeof value === "string" ? value.replace(/\.$/, "") : value, field),
    },
    together: (spec, path) =>
      // This one path of the real server begins with a capital letter.
      each(cidr)(spec["loadBalancerSourceRanges"], `${path}.LoadBalancerSourceRanges`),
  },
  "core.v1.ServicePort": {
    fields: {
      name: dnsLabel,
      protocol: oneOf("SCTP", "TCP", "UDP"),
      targetPort: (value, field) => (value === undefined ? [] : port(value, field)),
      appProtocol: (value, field) => (value === undefined ? [] : qualifiedName(value, field)),
    },
  },
  "core.v1.ClientIPConfig": {
    fields: {
      timeoutSeconds: invalidWhere((n) => n <= 0 || n > 86_400, "must be greater than 0 and less than 86400"),
    },
  },
  "core.v1.EndpointSubset": {
    together: (subset, path) =>
      listAt(subset, "addresses").length === 0 && listAt(subset, "notReadyAddresses").length === 0
        ? [required(path, "must specify `addresses` or `notReadyAddresses`")]
        : [],
  },
  "core.v1.EndpointAddress": { fields: { ip, hostname: dnsLabel, nodeName: ifSet(strictSubdomain) } },
  "core.v1.EndpointPort": {
    fields: {
      port: (value, field) => isPortNumber(value ?? 0, field),
      name: dnsLabel,
      protocol: oneOf("SCTP", "TCP", "UDP"),
    },
  },
  "core.v1.LimitRangeSpec": { fields: { limits: unique((item) => textAt(item, "type"), ".type") } },
  "core.v1.LimitRangeItem": { fields: { type: (value, field) => qualifiedName(value ?? "", field) } },
  "core.v1.ResourceQuotaSpec": {
    fields: {
      scopes: (value, field) =>
        Array.isArray(value) && value.some((scope) => !quotaScopes.includes(String(scope)))
          ? [invalidValue(field, goJson(value), "unsupported scope")]
          : [],
    },
  },
  "core.v1.ScopedResourceSelectorRequirement": {
    together: ({ scopeName = "", operator = "", values = [] }, path) => {
      // Messages leave out which of the expressions it is.
      const field = path.replace(/\[\d+\]$/, "");
      const list = Array.isArray(values) ? values : [];
      const wants = operator === "In" || operator === "NotIn";
      const lacking = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
      return [
        ...(quotaScopes.includes(String(scopeName))
          ? []
          : [invalidValue(`${field}.scopeName`, goJson(scopeName), "unsupported scope")]),
        ...(wants && list.length === 0 ? [required(`${field}.values`, lacking)] : []),
        ...(wants || operator === "Exists" || operator === "DoesNotExist"
          ? []
          : [invalidValue(`${field}.operator`, goJson(operator), "not a valid selector operator")]),
      ];
    },
  },
  "networking.v1.IngressSpec": { fields: { ingressClassName: ifSet(strictSubdomain) } },
  "networking.v1.IngressTLS": {
    fields: { secretName: subdomain, hosts: each((value, field) => strictSubdomain(withoutStar(value), field)) },
  },
  "networking.v1.IngressRule": { fields: { host: (value, field) => subdomain(withoutStar(value), field) } },
  "networking.v1.HTTPIngressRuleValue": { fields: { paths: must } },
  "networking.v1.HTTPIngressPath": { together: ingressPath },
  "networking.v1.IngressBackend": { together: ingressBackend },
  "networking.v1.IngressServiceBackend": {
    fields: { name: needed("", dns1035) },
    together: (service, path) => {
      const { name = "", number = 0 } = objectAt(service, "port");
      const field = path.replace(/\.service$/, "");
      if (name !== "" && number !== 0) return [invalidValue(field, '""', "cannot set both port name & port number")];
      if (name !== "") return portName(String(name), `${path}.port.name`);
      if (number !== 0) return isPortNumber(number, `${path}.port.number`);
      return [required(field, "port name or number is required")];
    },
  },
  "networking.v1.IngressClassSpec": {
    fields: {
      controller: needed("", (value, field) => {
        const text = String(value);
        const long: FieldError[] =
          text.length > 250
            ? [{ reason: "FieldValueTooLong", field, message: "Too long: may not be more than 250 bytes" }]
            : [];
        const path =
          /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;
        if (path.test(text)) return long;
        return [...long, invalidValue(field, goJson(text), 'must be a domain-prefixed path (such as "acme.io/foo")')];
      }),
    },
  },
  "networking.v1.IngressClassParametersReference": {
    fields: { kind: must, name: must, apiGroup: ifSet(strictSubdomain) },
    together: parameters,
  },
  "networking.v1.NetworkPolicySpec": {
    fields: { policyTypes: all(each(oneOf("Ingress", "Egress")), atMostTwo) },
  },
  "networking.v1.NetworkPolicyPort": {
    fields: {
      port: (value, field) => (value === undefined ? [] : port(value, field)),
      protocol: oneOf("SCTP", "TCP", "UDP"),
    },
  },
  "networking.v1.IPBlock": { fields: { cidr } },
  "core.v1.TypedLocalObjectReference": {
    together: ({ kind = "", name = "", apiGroup }, path) =>
      path.endsWith(".resource")
        ? [
            ...ifSet(strictSubdomain)(apiGroup, `${path}.apiGroup`),
            ...must(kind, `${path}.kind`),
            ...must(name, `${path}.name`),
          ]
        : [],
  },
  "storage.v1.StorageClass": {
    fields: {
      provisioner: (value, field) =>
        typeof value === "string" && value !== "" ? qualifiedName(value.toLowerCase(), field) : [],
      reclaimPolicy: (value, field) => (value === "" ? [] : oneOf("Delete", "Retain")(value, field)),
      volumeBindingMode: oneOf("Immediate", "WaitForFirstConsumer"),
    },
  },
  "core.v1.TopologySelectorLabelRequirement": {
    fields: { key: (value, field) => qualifiedName(value ?? "", field), values: all(must, unique()) },
  },
  "core.v1.TopologySelectorTerm": {
    fields: { matchLabelExpressions: unique((item) => textAt(item, "key"), ".key") },
  },
  "autoscaling.v2.HorizontalPodAutoscalerSpec": {
    together: (spec, path) => {
      const least = spec["minReplicas"];
      if (typeof least !== "number" || least >= 1) return [];
      const errors = [invalidValue(`${path}.minReplicas`, String(least), "must be greater than or equal to 1")];
      const external = listAt(spec, "metrics").some((metric) =>
        ["Object", "External"].includes(textAt(metric, "type")),
      );
      const why = "must specify at least one Object or External metric to support scaling to zero replicas";
      return external || least < 0 ? errors : [...errors, forbiddenField(`${path}.metrics`, why)];
    },
  },
  "autoscaling.v2.CrossVersionObjectReference": {
    fields: { kind: must, name: must },
    together: ({ apiVersion = "", kind }, path) =>
      !path.endsWith("scaleTargetRef") || String(apiVersion).includes("/") || kind === "ReplicationController"
        ? []
        : [invalidValue(`${path}.apiVersion`, goJson(apiVersion), "apiVersion must specify API group")],
  },
  "autoscaling.v2.MetricTarget": {
    fields: { averageUtilization: invalidWhere((n) => n < 1, "must be greater than 0") },
  },
  "autoscaling.v2.HPAScalingRules": {
    fields: {
      stabilizationWindowSeconds: (value, field) =>
        typeof value !== "number" || (value >= 0 && value <= 3600)
          ? []
          : [
              invalidValue(
                field,
                String(value),
                value < 0 ? "must be greater than or equal to zero" : "must be less than or equal to 3600",
              ),
            ],
      selectPolicy: oneOf("Disabled", "Max", "Min"),
    },
  },
  "autoscaling.v2.HPAScalingPolicy": {
    fields: {
      type: oneOf("Percent", "Pods"),
      value: invalidWhere((n) => n < 1, "must be greater than zero"),
      periodSeconds: invalidWhere((n) => n < 1 || n > 1800, "must be greater than zero"),
    },
  },
  "policy.v1.PodDisruptionBudgetSpec": { fields: { minAvailable: countOrPercent, maxUnavailable: countOrPercent } },
  "rbac.v1.PolicyRule": {
    together: (rule, path) => {
      const has = (field: string) => listAt(rule, field).length > 0;
      const paths = has("nonResourceURLs");
      return [
        ...(has("verbs") ? [] : [required(`${path}.verbs`, "verbs must contain at least one value")]),
        ...(paths || has("apiGroups")
          ? []
          : [required(`${path}.apiGroups`, "resource rules must supply at least one api group")]),
        ...(paths || has("resources")
          ? []
          : [required(`${path}.resources`, "resource rules must supply at least one resource")]),
      ];
    },
  },
  "rbac.v1.Subject": { together: subject },
  "rbac.v1.RoleRef": { fields: { apiGroup: oneOf(rbacGroup) } },
  "scheduling.v1.PriorityClass": {
    fields: {
      preemptionPolicy: (value, field) =>
        value === "" ? [required(field)] : oneOf("PreemptLowerPriority", "Never")(value, field),
    },
  },
  "node.v1.RuntimeClass": { fields: { handler: strictDnsLabel } },
  "admissionregistration.v1.ValidatingWebhookConfiguration": { fields: { webhooks: unique(nameOf, ".name") } },
  "admissionregistration.v1.MutatingWebhookConfiguration": { fields: { webhooks: unique(nameOf, ".name") } },
  "admissionregistration.v1.ValidatingWebhook": webhook,
  "admissionregistration.v1.MutatingWebhook": webhook,
  "admissionregistration.v1.RuleWithOperations": {
    fields: {
      operations: all(must, each(oneOf("*", "CONNECT", "CREATE", "DELETE", "UPDATE"))),
      apiGroups: must,
      apiVersions: all(must, each(must)),
      resources: all(must, each(must)),
      scope: oneOf("*", "Cluster", "Namespaced"),
    },
  },
  "admissionregistration.v1.WebhookClientConfig": { together: clientConfig },
  "admissionregistration.v1.ServiceReference": {
    fields: {
      // The real server has the two the wrong way round.
      name: (value, field) => must(value, field.replace(/name$/, "namespace")),
      namespace: (value, field) => must(value, field.replace(/namespace$/, "name")),
      port: servicePort,
      path: (value, field) =>
        typeof value === "string" && value !== "" && !value.startsWith("/")
          ? [invalidValue(field, goJson(value), "must start with a '/'")]
          : [],
    },
  },
  "apiregistration.v1.APIServiceSpec": {
    fields: {
      group: subdomain,
      version: strictDns1035,
      groupPriorityMinimum: (value, field) =>
        invalidWhere((n) => n <= 0 || n > 20_000, "must be positive and less than 20000")(value ?? 0, field),
      versionPriority: (value, field) =>
        invalidWhere((n) => n <= 0 || n > 1000, "must be positive and less than 1000")(value ?? 0, field),
    },
    together: (spec, path) => {
      const errors: FieldError[] = [];
      const { group = "", version, service, insecureSkipTLSVerify } = spec;
      if (group === "" && version !== "v1")
        errors.push(required(`${path}.group`, "only v1 may have an empty group and it better be legacy kube"));
      if (!isSet(service) && insecureSkipTLSVerify === true) {
        const why = "local APIServices may not have insecureSkipTLSVerify";
        errors.push(invalidValue(`${path}.insecureSkipTLSVerify`, "true", why));
      }
      return errors;
    },
  },
  "apiregistration.v1.ServiceReference": { fields: { namespace: must, name: must, port: servicePort } },
  "certificates.v1.CertificateSigningRequestSpec": {
    fields: {
      usages: all(must, unique(), each(oneOf(...keyUsages()))),
      signerName: needed("", (value, field) =>
        /^[a-z0-9.-]+\.[a-z0-9.-]+\/[^/]/i.test(String(value)) && !/\s/.test(String(value))
          ? []
          : [
              invalidValue(
                field,
                goJson(value ?? ""),
                "must be a fully qualified domain and path of the form 'example.com/signer-name'",
              ),
            ],
      ),
    },
  },
};

const quotaScopes = [
  ..."Terminating NotTerminating BestEffort NotBestEffort PriorityClass CrossNamespacePodAffinity".split(" "),
  "VolumeAttributesClass",
];

function keyUsages(): string[] {
  return [
    "any",
    "cert sign",
    "client auth",
    "code signing",
    "content commitment",
    "crl sign",
    "data encipherment",
    "decipher only",
    "digital signature",
    "email protection",
    "encipher only",
    "ipsec end system",
    "ipsec tunnel",
    "ipsec user",
    "key agreement",
    "key encipherment",
    "microsoft sgc",
    "netscape sgc",
    "ocsp signing",
    "s/mime",
    "server auth",
    "signing",
    "timestamping",
  ];
}

/** The message shows the strategy as the server's internal type. */
function wrongStrategy(
  strategy: JsonObject,
  types: readonly string[],
  refusal: (shown: string) => FieldError,
): FieldError[] {
  const type = textAt(strategy, "type");
  return types.includes(type) ? [] : [refusal(goJson({ Type: type, RollingUpdate: null }))];
}

function reviewVersions(value: Json | undefined, field: string): FieldError[] {
  const versions = Array.isArray(value) ? value : [];
  const errors = versions.flatMap((version, index) => {
    const own = `${field}[${index}]`;
    if (versions.indexOf(version) < index) return [invalidValue(own, goJson(version), "duplicate version")];
    return version === "" ? dnsOf(version, own) : dns1035(version, own);
  });
  const known = versions.some((version) => version === "v1" || version === "v1beta1");
  return known
    ? errors
    : [...errors, invalidValue(field, goJson(value ?? []), "must include at least one of v1, v1beta1")];
}

/** An empty name is no DNS label either. */
function dnsOf(value: Json, field: string): FieldError[] {
  return dns1035("-", field).map((error) => ({
    ...error,
    message: error.message.replace('"-"', goJson(value)),
  }));
}

const withoutStar = (value: Json | undefined): Json | undefined =>
  typeof value === "string" ? value.replace(/^\*\./, "") : value;

function ingressPath(path: JsonObject, place: string): FieldError[] {
  const { path: text = "", pathType } = path;
  if (!isSet(pathType)) return [];
  const types = ["Exact", "ImplementationSpecific", "Prefix"];
  if (!types.includes(String(pathType))) return [unsupported(`${place}.pathType`, goJson(pathType), types)];
  const free = pathType === "ImplementationSpecific" && text === "";
  return free || String(text).startsWith("/")
    ? []
    : [invalidValue(`${place}.path`, goJson(text), "must be an absolute path")];
}

function ingressBackend(backend: JsonObject, path: string): FieldError[] {
  const [service, resource] = [isSet(backend["service"]), isSet(backend["resource"])];
  if (service && resource) return [invalidValue(path, '""', "cannot set both resource and service backends")];
  return service || resource ? [] : [invalidValue(path, '""', "resource or service backend is required")];
}

function parameters(reference: JsonObject, path: string): FieldError[] {
  const { scope, namespace } = reference;
  const field = `${path}.namespace`;
  if (scope === "Cluster")
    return isSet(namespace) ? [forbiddenField(field, "`parameters.scope` is set to 'Cluster'")] : [];
  if (scope !== "Namespace")
    return isSet(scope) ? [unsupported(`${path}.scope`, goJson(scope), ["Cluster", "Namespace"])] : [];
  return isSet(namespace)
    ? strictDnsLabel(namespace, field)
    : [required(field, "`parameters.scope` is set to 'Namespace'")];
}

function atMostTwo(value: Json | undefined, field: string): FieldError[] {
  return Array.isArray(value) && value.length > 2
    ? [invalidValue(field, goJson(value), "may not specify more than two policyTypes")]
    : [];
}

function subject(subjectOf: JsonObject, path: string): FieldError[] {
  const { kind = "", name = "", apiGroup = "" } = subjectOf;
  const errors = name === "" ? [required(`${path}.name`)] : [];
  if (!roleSubjects.includes(String(kind))) return [...errors, unsupported(`${path}.kind`, goJson(kind), roleSubjects)];
  const group = kind === "ServiceAccount" ? "" : rbacGroup;
  if (apiGroup !== group) errors.push(unsupported(`${path}.apiGroup`, goJson(apiGroup), [group]));
  if (kind !== "ServiceAccount") return errors;
  return [...errors, ...subdomain(name, `${path}.name`)];
}

function clientConfig(config: JsonObject, path: string): FieldError[] {
  const [url, service] = [textAt(config, "url"), isSet(at(config, "service"))];
  if ((config["url"] === undefined) === !service) return [required(path, "exactly one of url or service is required")];
  if (service) return [];
  const form = "desired format: https://host[/path]";
  const [, scheme = "", host = ""] = /^(?:([a-z]+):\/\/)?([^/]*)/i.exec(url) ?? [];
  return [
    ...(scheme === "https"
      ? []
      : [invalidValue(`${path}.url`, goJson(scheme), `'https' is the only allowed URL scheme; ${form}`)]),
    ...(scheme === "" || host === "" ? [invalidValue(`${path}.url`, '""', `host must be specified; ${form}`)] : []),
  ];
}
