import type { Json, JsonObject } from "../../../model/json.ts";
import { listAt, objectAt, textAt } from "../../../model/read-field.ts";
import { type FieldError, forbiddenField, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import {
  all,
  cidr,
  dns1035,
  dnsLabel,
  duplicate,
  each,
  ifSet,
  invalidWhere,
  ip,
  isPortNumber,
  isSet,
  must,
  needed,
  notNegative,
  oneOf,
  port,
  portName,
  qualifiedName,
  type Rules,
  strictDnsLabel,
  strictSubdomain,
  subdomain,
  unique,
} from "./checks.ts";

const quotaScopes = [
  ..."Terminating NotTerminating BestEffort NotBestEffort PriorityClass CrossNamespacePodAffinity".split(" "),
  "VolumeAttributesClass",
];
const withoutStar = (value: Json | undefined): Json | undefined =>
  typeof value === "string" ? value.replace(/^\*\./, "") : value;

/** What the API server demands of the structs of services, networking, storage and quotas (API reference; words of the real server). */
export const serviceRules: Readonly<Record<string, Rules>> = {
  "core.v1.ReplicationControllerSpec": {
    fields: { replicas: notNegative, minReadySeconds: notNegative, selector: must, template: must },
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
  "core.v1.TopologySelectorLabelRequirement": {
    fields: { key: (value, field) => qualifiedName(value ?? "", field), values: all(must, unique()) },
  },
  "core.v1.TopologySelectorTerm": {
    fields: { matchLabelExpressions: unique((item) => textAt(item, "key"), ".key") },
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
  "storage.v1.StorageClass": {
    fields: {
      provisioner: (value, field) =>
        typeof value === "string" && value !== "" ? qualifiedName(value.toLowerCase(), field) : [],
      reclaimPolicy: (value, field) => (value === "" ? [] : oneOf("Delete", "Retain")(value, field)),
      volumeBindingMode: oneOf("Immediate", "WaitForFirstConsumer"),
      allowedTopologies: distinctTerms,
    },
  },
};

/** Terms that say the same, or nothing, whatever their order. */
function distinctTerms(terms: Json | undefined, field: string): FieldError[] {
  const seen = new Set<string>(["[]"]);
  return (Array.isArray(terms) ? terms : []).flatMap((term, index) => {
    const said = listAt(term, "matchLabelExpressions").map((each) =>
      JSON.stringify([textAt(each, "key"), [...listAt(each, "values")].sort()]),
    );
    const own = JSON.stringify(said.sort());
    const again = seen.has(own);
    seen.add(own);
    return again ? [duplicate(`${field}[${index}].matchLabelExpressions`, "")] : [];
  });
}

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
