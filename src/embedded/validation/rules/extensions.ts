import type { Json, JsonObject } from "../../../model/json.ts";
import { at, listAt, textAt } from "../../../model/read-field.ts";
import { type FieldError, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import {
  all,
  dns1035,
  each,
  given,
  invalidWhere,
  isSet,
  must,
  nameOf,
  needed,
  oneOf,
  type Rules,
  servicePort,
  strictDns1035,
  subdomain,
  unique,
} from "./checks.ts";

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
const rbacGroup = "rbac.authorization.k8s.io";
const roleSubjects = ["ServiceAccount", "User", "Group"];

/** What the API server demands of the structs of access, admission, aggregation and certificates (API reference; words of the real server). */
export const extensionRules: Readonly<Record<string, Rules>> = {
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
