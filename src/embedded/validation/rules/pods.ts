import type { Json, JsonObject } from "../../../model/json.ts";
import { at, listAt, numberAt, textAt } from "../../../model/read-field.ts";
import { type FieldError, invalidValue, required, unsupported } from "../../failures.ts";
import { goJson } from "../go-text.ts";
import { checkQualifiedName, checkSubdomain } from "../text-rules.ts";
import {
  annotations,
  between,
  configKey,
  dnsLabel,
  duplicate,
  each,
  ianaName,
  ifSet,
  ip,
  isPortNumber,
  labels,
  labelValue,
  labelValues,
  nameOf,
  needed,
  neededAnd,
  notNegative,
  oneOf,
  oneOfNeeded,
  port,
  positive,
  qualifiedName,
  qualifiedNameIfSaid,
  type Rules,
  strictDnsLabel,
  strictSubdomain,
  subdomain,
  unique,
  userId,
  weight,
} from "./checks.ts";

const isSet = (value: unknown) => value !== undefined && value !== null;
const action: Rules = { fields: { port } };
const keyed = { name: strictSubdomain, key: needed("", configKey) };

/** Resources of a container that a variable or a file can show. */
const shownResources = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];

/** What the API server demands of the structs of a pod, wherever they stand (API reference; words of the real server). */
export const podRules: Readonly<Record<string, Rules>> = {
  "core.v1.PodTemplateSpec": {
    together: (template, path) => [
      // The real server leaves out `metadata` here.
      ...labels(at(template, "metadata", "labels") as Json | undefined, `${path}.labels`),
      ...annotations(at(template, "metadata", "annotations") as Json | undefined, `${path}.annotations`),
    ],
  },
  "core.v1.PodSpec": {
    fields: {
      dnsPolicy: oneOf("ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"),
      nodeSelector: labels,
      serviceAccountName: subdomain,
      nodeName: subdomain,
      hostname: dnsLabel,
      subdomain: dnsLabel,
      priorityClassName: subdomain,
      runtimeClassName: ifSet(strictSubdomain),
      activeDeadlineSeconds: between(1, 2_147_483_647),
      volumes: unique(nameOf, ".name"),
    },
    together: (spec, path) => [...dnsOfNone(spec, path), ...spreadTwice(spec, path), ...hostPorts(spec, path)],
  },
  "core.v1.Container": {
    fields: {
      terminationMessagePolicy: oneOf("File", "FallbackToLogsOnError"),
      ports: unique(nameOf, ".name"),
    },
    together: (container, path) => {
      const seen = new Set<string>();
      return listAt(container, "volumeMounts").flatMap((mount, index) => {
        const mountPath = textAt(mount, "mountPath");
        const again = seen.has(mountPath) && mountPath !== "";
        seen.add(mountPath);
        const field = `${path}.volumeMounts[${index}].mountPath`;
        return again ? [invalidValue(field, goJson(mountPath), "must be unique")] : [];
      });
    },
  },
  "core.v1.ContainerPort": {
    fields: {
      name: ianaName,
      hostPort: (value, field) => (value === 0 ? [] : isPortNumber(value, field)),
      protocol: oneOf("SCTP", "TCP", "UDP"),
    },
  },
  "core.v1.VolumeMount": {
    together: (mount, path) =>
      oneOf(
        "Bidirectional",
        "HostToContainer",
        "None",
      )(at(mount, "mountPropagation") as Json | undefined, `${path.replace(/\[\d+\]$/, "")}.mountPropagation`),
  },
  "core.v1.HTTPGetAction": {
    fields: {
      port,
      scheme: oneOf("HTTP", "HTTPS"),
      httpHeaders: (value, field) =>
        (Array.isArray(value) ? value : []).flatMap((header) => {
          const name = textAt(header, "name");
          const why =
            "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";
          return /^[-A-Za-z0-9]+$/.test(name) ? [] : [invalidValue(field, goJson(name), why)];
        }),
    },
  },
  "core.v1.TCPSocketAction": action,
  "core.v1.GRPCAction": { fields: { port: (value, field) => isPortNumber(value ?? 0, field) } },
  "core.v1.ExecAction": { fields: { command: needed() } },
  "core.v1.Lifecycle": { fields: { postStart: handler, preStop: handler } },
  "core.v1.Probe": {
    fields: {
      initialDelaySeconds: notNegative,
      timeoutSeconds: notNegative,
      periodSeconds: notNegative,
      successThreshold: notNegative,
      failureThreshold: notNegative,
    },
    together: (probe, path) => {
      const count = numberAt(probe, "successThreshold");
      const once = /\.(liveness|startup)Probe$/.test(path) && count !== 1;
      return once && isSet(probe["successThreshold"])
        ? [invalidValue(`${path}.successThreshold`, String(count), "must be 1")]
        : [];
    },
  },
  "core.v1.EnvVarSource": {
    together: (source, path) => {
      const known = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
      const why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`";
      return known.some((name) => isSet(source[name])) ? [] : [invalidValue(path, '""', why)];
    },
  },
  "core.v1.ConfigMapKeySelector": { fields: keyed },
  "core.v1.SecretKeySelector": { fields: keyed },
  "core.v1.ObjectFieldSelector": { together: fieldPath },
  "core.v1.ResourceFieldSelector": {
    together: (selector, path) => {
      const resource = textAt(selector, "resource");
      const place = unnumberedItem(path);
      const volume = path.includes(".volumes[");
      if (volume && textAt(selector, "containerName") === "") return [required(`${place}.containerName`)];
      if (resource === "") return [required(`${place}.resource`)];
      const known = shownResources.includes(resource) || /^(limits|requests)\.hugepages-/.test(resource);
      return known ? [] : [unsupported(`${place}.resource`, goJson(resource), shownResources)];
    },
  },
  "core.v1.EnvFromSource": {
    together: (source, path) => {
      const why = "must specify one of: `configMapRef` or `secretRef`";
      const none = !isSet(source["configMapRef"]) && !isSet(source["secretRef"]);
      return none ? [invalidValue(path.replace(/\[\d+\]$/, ""), '""', why)] : [];
    },
  },
  "core.v1.ConfigMapEnvSource": { fields: { name: needed("", subdomain) } },
  "core.v1.SecretEnvSource": { fields: { name: needed("", subdomain) } },
  "core.v1.SecurityContext": { fields: { runAsUser: userId, runAsGroup: userId } },
  "core.v1.PodSecurityContext": {
    fields: {
      runAsUser: userId,
      runAsGroup: userId,
      fsGroup: userId,
      supplementalGroups: each(userId),
      fsGroupChangePolicy: oneOf("Always", "OnRootMismatch"),
      sysctls: unique(nameOf, ".name"),
    },
  },
  "core.v1.Sysctl": {
    fields: {
      name: needed("", (value, field) => {
        const name = String(value);
        const right =
          name.length <= 253 && /^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$/.test(name);
        const why =
          "must have at most 253 characters and match regex ^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";
        return right ? [] : [invalidValue(field, goJson(name), why)];
      }),
    },
  },
  "core.v1.SeccompProfile": {
    together: (profile, path) => {
      const type = textAt(profile, "type");
      const file = profile["localhostProfile"];
      const field = `${path}.localhostProfile`;
      return [
        ...(type === "Localhost" && !isSet(file)
          ? [required(field, "must be set when seccomp type is Localhost")]
          : []),
        ...(type !== "Localhost" && isSet(file)
          ? [invalidValue(field, goJson(file), "can only be set when seccomp type is Localhost")]
          : []),
        ...(type === ""
          ? [required(`${path}.type`, "type is required when seccompProfile is set")]
          : oneOf("Localhost", "RuntimeDefault", "Unconfined")(type, `${path}.type`)),
      ];
    },
  },
  "core.v1.TopologySpreadConstraint": {
    fields: {
      maxSkew: (value, field) => positive(value ?? 0, field),
      topologyKey: needed("can not be empty"),
      whenUnsatisfiable: oneOfNeeded("DoNotSchedule", "ScheduleAnyway"),
    },
  },
  "core.v1.Toleration": { fields: { key: qualifiedNameIfSaid }, together: toleration },
  "core.v1.PodAffinityTerm": {
    fields: { topologyKey: neededAnd("can not be empty", qualifiedName) },
    together: (term, path) =>
      listAt(term, "namespaces").flatMap((namespace) => strictDnsLabel(namespace, `${path}.namespace`)),
  },
  "core.v1.WeightedPodAffinityTerm": { fields: { weight } },
  "core.v1.PreferredSchedulingTerm": { fields: { weight } },
  "core.v1.NodeSelector": {
    fields: { nodeSelectorTerms: needed("must have at least one node selector term") },
  },
  "core.v1.NodeSelectorRequirement": { together: nodeRequirement },
  "core.v1.HostAlias": { fields: { ip, hostnames: each(strictSubdomain) } },
  "core.v1.PodDNSConfig": { fields: { nameservers: each(ip), searches: each(strictSubdomain) } },
  "core.v1.PodDNSConfigOption": {
    together: ({ name = "" }, path) => (name === "" ? [required(path, "must not be empty")] : []),
  },
  "core.v1.PodReadinessGate": { fields: { conditionType: (value, field) => qualifiedName(value ?? "", field) } },
  "meta.v1.LabelSelector": { fields: { matchLabels: labels } },
  "meta.v1.LabelSelectorRequirement": {
    fields: {
      key: (value, field) => qualifiedName(value ?? "", field),
      values: labelValues,
    },
    together: ({ operator = "", values = [] }, path) => {
      const said = Array.isArray(values) && values.length > 0;
      const field = `${path}.values`;
      switch (operator) {
        case "In":
        case "NotIn":
          return said ? [] : [required(field, "must be specified when `operator` is 'In' or 'NotIn'")];
        case "Exists":
        case "DoesNotExist": {
          const why = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
          return said ? [{ reason: "FieldValueForbidden", field, message: `Forbidden: ${why}` }] : [];
        }
        default:
          return [invalidValue(`${path}.operator`, goJson(operator), "not a valid selector operator")];
      }
    },
  },
};

function handler(value: Json | undefined, field: string): FieldError[] {
  if (value === undefined || value === null) return [];
  const known = ["exec", "httpGet", "tcpSocket", "sleep"].some((name) => isSet(at(value, name)));
  return known ? [] : [required(field, "must specify a handler type")];
}

function dnsOfNone(spec: JsonObject, path: string): FieldError[] {
  if (spec["dnsPolicy"] !== "None") return [];
  const none = "when `dnsPolicy` is None";
  if (!isSet(spec["dnsConfig"])) return [required(`${path}.dnsConfig`, `must provide \`dnsConfig\` ${none}`)];
  return listAt(spec, "dnsConfig", "nameservers").length === 0
    ? [required(`${path}.dnsConfig.nameservers`, `must provide at least one DNS nameserver ${none}`)]
    : [];
}

function spreadTwice(spec: JsonObject, path: string): FieldError[] {
  const pairs = listAt(spec, "topologySpreadConstraints").map(
    (constraint) => `{${textAt(constraint, "topologyKey")}, ${textAt(constraint, "whenUnsatisfiable")}}`,
  );
  return pairs.flatMap((own, index) => {
    const again = pairs.includes(own, index + 1);
    const field = `${path}.topologySpreadConstraints[${index}].{topologyKey, whenUnsatisfiable}`;
    return again ? [duplicate(field, own)] : [];
  });
}

/** A node has each of its ports once. */
function hostPorts(spec: JsonObject, path: string): FieldError[] {
  return ["containers", "initContainers"].flatMap((part) => {
    const seen = new Set<string>();
    return listAt(spec, part).flatMap((container, index) => {
      // Init containers run one after the other.
      if (part === "initContainers") seen.clear();
      return listAt(container, "ports").flatMap((item, i) => {
        const host = numberAt(item, "hostPort");
        const own = `${textAt(item, "protocol")}/${textAt(item, "hostIP")}/${host}`;
        const again = seen.has(own) && host !== 0;
        seen.add(own);
        return again ? [duplicate(`${path}.${part}[${index}].ports[${i}].hostPort`, own)] : [];
      });
    });
  });
}

/** Parts of a pod that it can be told about itself. */
const fieldPaths =
  /^(metadata\.(name|namespace|uid|labels|annotations)(\['.*'\])?|spec\.(nodeName|serviceAccountName|restartPolicy|schedulerName|hostNetwork)|status\.(phase|hostIPs?|podIPs?|nominatedNodeName))$/;

function fieldPath(selector: JsonObject, path: string): FieldError[] {
  const value = textAt(selector, "fieldPath");
  const place = unnumberedItem(path);
  const version = textAt(selector, "apiVersion");
  if (version === "") return [required(`${place}.apiVersion`)];
  if (value === "") return [required(`${place}.fieldPath`)];
  const wrong = (why: string) => [
    invalidValue(`${place}.fieldPath`, goJson(value), `error converting fieldPath: ${why}`),
  ];
  if (version !== "v1") return wrong(`unsupported pod version: ${version}`);
  return fieldPaths.test(value) ? [] : wrong(`field label not supported: ${value}`);
}

/** Messages about files of the downward API name the volume and not the item. */
const unnumberedItem = (path: string) => path.replace(/\.items\[\d+\]/, "");

function toleration(fields: JsonObject, path: string): FieldError[] {
  const { key = "", operator = "", value = "", effect = "" } = fields;
  const field = `${path}.operator`;
  const errors: FieldError[] = [];
  if (key === "" && operator !== "Exists") {
    const why = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalidValue(field, goJson(operator), why));
  }
  if (isSet(fields["tolerationSeconds"]) && effect !== "NoExecute") {
    const why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
    errors.push(invalidValue(`${path}.effect`, goJson(effect), why));
  }
  if (operator === "Equal" || operator === "") errors.push(...labelValue(value, field));
  else if (operator !== "Exists") errors.push(unsupported(field, goJson(operator), ["Equal", "Exists"]));
  else if (value !== "") {
    const why = "value must be empty when `operator` is 'Exists'";
    errors.push(invalidValue(field, goJson(fields as Json), why));
  }
  const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
  return effect === "" ? errors : [...errors, ...oneOf(...effects)(effect, `${path}.effect`)];
}

function nodeRequirement({ key = "", operator = "", values = [] }: JsonObject, path: string): FieldError[] {
  const list = Array.isArray(values) ? values : [];
  const none = [invalidValue(`${path}.operator`, goJson(operator), "not a valid selector operator")];
  if (path.includes("matchFields")) {
    const single = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    const known = operator === "In" || operator === "NotIn";
    return [
      ...(known ? (list.length === 1 ? [] : [required(`${path}.values`, single)]) : none),
      ...(key === "metadata.name"
        ? list.flatMap((item, index) => checkSubdomain(`${path}.values[${index}]`, String(item)))
        : [invalidValue(`${path}.key`, goJson(key), "not a valid field selector key")]),
    ];
  }
  const errors: FieldError[] = [];
  switch (operator) {
    case "In":
    case "NotIn":
      if (list.length === 0)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case "Exists":
    case "DoesNotExist":
      break;
    case "Gt":
    case "Lt":
      if (list.length !== 1)
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(...none);
  }
  // Values of preferences are not looked at.
  const judged = path.includes("preferredDuring") ? [] : labelValues(values, `${path}.values`);
  return [...errors, ...checkQualifiedName(`${path}.key`, String(key)), ...judged];
}
