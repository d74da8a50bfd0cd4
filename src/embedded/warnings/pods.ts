import type { Json } from "../../model/json.ts";
import { at, listAt, numberAt, objectAt, textAt } from "../../model/read-field.ts";
import { quantityValue } from "../../schema/quantity.ts";

/** Node labels that have other names by now. */
const formerLabels: Readonly<Record<string, string>> = {
  "beta.kubernetes.io/arch": 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  "beta.kubernetes.io/os": 'deprecated since v1.14; use "kubernetes.io/os" instead',
  "failure-domain.beta.kubernetes.io/region": 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  "failure-domain.beta.kubernetes.io/zone": 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  "beta.kubernetes.io/instance-type": 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  "app.kubernetes.io/created-by": "deprecated since v1.9",
  "scheduler.alpha.kubernetes.io/preferAvoidPods": "deprecated since v1.22; use Taints and Tolerations instead",
  "node-role.kubernetes.io/master": 'use "node-role.kubernetes.io/control-plane" instead',
};

const formerAnnotations: Readonly<Record<string, string>> = {
  "scheduler.alpha.kubernetes.io/critical-pod": 'non-functional in v1.16+; use the "priorityClassName" field instead',
  "security.alpha.kubernetes.io/sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
  "security.alpha.kubernetes.io/unsafe-sysctls": 'non-functional in v1.11+; use the "sysctls" field instead',
};

/** Volume plugins by field. A PersistentVolume is warned of some of them too. */
export const formerVolumes: Readonly<Record<string, string>> = {
  photonPersistentDisk: "deprecated in v1.11, non-functional in v1.16+",
  gitRepo: "deprecated in v1.11, and disabled by default in v1.33+",
  scaleIO: "deprecated in v1.16, non-functional in v1.22+",
  flocker: "deprecated in v1.22, non-functional in v1.25+",
  storageos: "deprecated in v1.22, non-functional in v1.25+",
  quobyte: "deprecated in v1.22, non-functional in v1.25+",
  glusterfs: "deprecated in v1.25, non-functional in v1.26+",
  cephfs: "deprecated in v1.28, non-functional in v1.31+",
  rbd: "deprecated in v1.28, non-functional in v1.31+",
};

const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const noPods = "a null labelSelector results in matching no pod";
const isNull = (value: unknown, ...path: string[]) => (at(value, ...path) ?? null) === null;

/**
 * What the server warns of in a pod or a pod's template (words of the real server). `path` leads to the template; "" for
 * a Pod itself.
 */
export function podWarnings(pod: unknown, path: string): string[] {
  const below = (field: string) => (path === "" ? field : `${path}.${field}`);
  const spec = at(pod, "spec");
  const annotations = objectAt(pod, "metadata", "annotations");
  const annotation = (key: string, why: string) => `${below("metadata.annotations")}[${key}]: ${why}`;
  const noted = (key: string, why: string) => (annotations[key] === undefined ? [] : [annotation(key, why)]);
  const containers = ["initContainers", "containers"].flatMap((part) =>
    listAt(spec, part).map((container, index) => ({ container, at: below(`spec.${part}[${index}]`) })),
  );
  return [
    ...selectorWarnings(spec, below("spec")),
    ...listAt(spec, "topologySpreadConstraints").flatMap((constraint, index) => {
      const field = below(`spec.topologySpreadConstraints[${index}]`);
      const key = textAt(constraint, "topologyKey");
      const former = formerLabels[key];
      return [
        ...(former === undefined ? [] : [`${field}.topologyKey: ${key} is ${former}`]),
        ...(isNull(constraint, "labelSelector") ? [`${field}.labelSelector: ${noPods}`] : []),
      ];
    }),
    ...Object.entries(formerAnnotations).flatMap(([key, why]) => noted(key, why)),
    ...listAt(spec, "volumes").flatMap((volume, index) =>
      Object.entries(formerVolumes).flatMap(([source, why]) =>
        at(volume, source) === undefined ? [] : [`${below(`spec.volumes[${index}].${source}`)}: ${why}`],
      ),
    ),
    ...repeated(listAt(spec, "hostAliases"), "ip", below("spec.hostAliases")),
    ...repeated(listAt(spec, "imagePullSecrets"), "name", below("spec.imagePullSecrets")),
    ...listAt(spec, "imagePullSecrets").flatMap((secret, index) =>
      textAt(secret, "name") === "" ? [`${below(`spec.imagePullSecrets[${index}]`)}.name: invalid empty name ""`] : [],
    ),
    ...(isNull(spec, "securityContext", "seccompProfile")
      ? noted("seccomp.security.alpha.kubernetes.io/pod", seccomp)
      : []),
    ...containers.flatMap(({ container, at: field }) => [
      ...(isNull(container, "securityContext", "seccompProfile")
        ? noted(`container.seccomp.security.alpha.kubernetes.io/${textAt(container, "name")}`, seccomp)
        : []),
      ...fractions(container, field),
      ...hiddenVariables(container, field),
    ]),
    ...portWarnings(containers),
    ...(numberAt(spec, "terminationGracePeriodSeconds") < 0
      ? [
          `${below("spec.terminationGracePeriodSeconds")}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(spec, below("spec.affinity")),
  ];
}

function selectorWarnings(spec: unknown, path: string): string[] {
  const terms = ["nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms"];
  return [
    ...Object.keys(objectAt(spec, "nodeSelector")).flatMap((key) =>
      formerLabels[key] === undefined ? [] : [`${path}.nodeSelector[${key}]: ${formerLabels[key]}`],
    ),
    ...listAt(spec, "affinity", ...terms).flatMap((term, index) =>
      termWarnings(term, `${path}.affinity.${terms.join(".")}[${index}]`),
    ),
  ];
}

/** Of one term of a node selector. */
export function termWarnings(term: Json, path: string): string[] {
  return listAt(term, "matchExpressions").flatMap((expression, index) => {
    const key = textAt(expression, "key");
    return formerLabels[key] === undefined
      ? []
      : [`${path}.matchExpressions[${index}].key: ${key} is ${formerLabels[key]}`];
  });
}

function repeated(items: readonly Json[], key: string, path: string): string[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const value = textAt(item, key);
    const again = seen.has(value);
    seen.add(value);
    return again ? [`${path}[${index}].${key}: duplicate ${key} ${JSON.stringify(value)}`] : [];
  });
}

function fractions(container: Json, path: string): string[] {
  return ["memory", "ephemeral-storage"].flatMap((name) =>
    ["limits", "requests"].flatMap((part) => {
      const given = at(container, "resources", part, name);
      const amount = quantityValue(given);
      if (amount === null || Number.isInteger(amount)) return [];
      const shown = JSON.stringify(String(given));
      return [`${path}.resources.${part}[${name}]: fractional byte value ${shown} is invalid, must be an integer`];
    }),
  );
}

/** A variable that is set twice, unless the second value refers to the first. */
function hiddenVariables(container: Json, path: string): string[] {
  const seen = new Set<string>();
  return listAt(container, "env").flatMap((variable, index) => {
    const name = textAt(variable, "name");
    const again = seen.has(name);
    seen.add(name);
    const own = `$(${name})`;
    const value = textAt(variable, "value");
    const bad = !isNull(variable, "valueFrom") || value === own || !value.includes(own);
    if (!again || !bad) return [];
    return [
      `${path}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ];
  });
}

function portWarnings(containers: readonly { readonly container: Json; readonly at: string }[]): string[] {
  const all = containers.flatMap(({ container, at: field }) =>
    listAt(container, "ports").map((port, index) => ({
      number: `${numberAt(port, "containerPort")}/${textAt(port, "protocol")}`,
      name: textAt(port, "name"),
      host: numberAt(port, "hostPort"),
      ip: textAt(port, "hostIP"),
      at: `${field}.ports[${index}]`,
    })),
  );
  const twins = all.flatMap((port, index) =>
    all.slice(0, index).flatMap((other) => {
      if (other.number !== port.number) return [];
      if (other.ip === port.ip && other.host === port.host)
        return [`${port.at}: duplicate port definition with ${other.at}`];
      if (other.host === 0 || port.host === 0) return [`${port.at}: overlapping port definition with ${other.at}`];
      return other.host === port.host && (other.ip === "") !== (port.ip === "")
        ? [`${port.at}: dangerously ambiguous port definition with ${other.at}`]
        : [];
    }),
  );
  const named = all.flatMap((port, index) => {
    const other = all.slice(0, index).find(({ name }) => name === port.name);
    if (port.name === "" || other === undefined) return [];
    const name = JSON.stringify(port.name);
    return [
      `${port.at}: duplicate port name ${name} with ${other.at}, services and probes that select ports by name will use ${other.at}`,
    ];
  });
  return [...twins, ...named];
}

function affinityWarnings(spec: unknown, path: string): string[] {
  return ["podAffinity", "podAntiAffinity"].flatMap((kind) => {
    const [required, preferred] = [
      "requiredDuringSchedulingIgnoredDuringExecution",
      "preferredDuringSchedulingIgnoredDuringExecution",
    ] as const;
    return [
      ...listAt(spec, "affinity", kind, required).flatMap((term, index) =>
        isNull(term, "labelSelector") ? [`${path}.${kind}.${required}[${index}].labelSelector: ${noPods}`] : [],
      ),
      ...listAt(spec, "affinity", kind, preferred).flatMap((term, index) =>
        isNull(term, "podAffinityTerm", "labelSelector")
          ? [`${path}.${kind}.${preferred}[${index}].podAffinityTerm.labelSelector: ${noPods}`]
          : [],
      ),
    ];
  });
}
