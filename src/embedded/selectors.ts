import type { KubeObject } from "../model/objects.ts";
import { Refusal } from "./failures.ts";

export type Predicate = (object: KubeObject) => boolean;

/**
 * `a=b,c!=d,e in (f,g),!h` (API reference, label selectors). `!=` and `notin` hold for objects without the label too.
 * Throws Refusal 400.
 */
export function labelSelector(text: string): Predicate | null {
  const requirements = splitRequirements(text).map(labelRequirement);
  if (requirements.length === 0) return null;
  return ({ metadata }) => {
    const labels = metadata.labels ?? {};
    return requirements.every((holds) => holds(labels));
  };
}

type LabelTest = (labels: Readonly<Record<string, string>>) => boolean;

function labelRequirement(text: string): LabelTest {
  const key = "([A-Za-z0-9./_-]+)";
  const set = new RegExp(`^${key}\\s+(in|notin)\\s*\\(([^()]*)\\)$`).exec(text);
  if (set !== null) {
    const [, name = "", operator, list = ""] = set;
    const values = new Set(list.split(",").map((value) => value.trim()));
    return operator === "in"
      ? (labels) => labels[name] !== undefined && values.has(labels[name])
      : (labels) => labels[name] === undefined || !values.has(labels[name]);
  }
  const equality = new RegExp(`^${key}\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`).exec(text);
  if (equality !== null) {
    const [, name = "", operator, value = ""] = equality;
    return operator === "!=" ? (labels) => labels[name] !== value : (labels) => labels[name] === value;
  }
  const presence = new RegExp(`^(!?)\\s*${key}$`).exec(text);
  if (presence !== null) {
    const [, not, name = ""] = presence;
    return not === "!" ? (labels) => labels[name] === undefined : (labels) => labels[name] !== undefined;
  }
  const message = /\([^)]*$/.test(text)
    ? "unable to parse requirement: found '', expected: ',', ')' or identifier"
    : `unable to parse requirement: invalid label selector "${text}"`;
  throw new Refusal(400, "BadRequest", message);
}

function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let current = "";
  for (const character of text) {
    if (character === "(") depth++;
    if (character === ")") depth--;
    if (character === "," && depth === 0) {
      parts.push(current);
      current = "";
    } else current += character;
  }
  return [...parts, current].map((part) => part.trim()).filter((part) => part !== "");
}

/** Fields that a list can be filtered by, beyond metadata.name and metadata.namespace (API reference, field selectors). */
const selectable: Readonly<Record<string, readonly string[]>> = {
  "/Pod": [
    "spec.nodeName",
    "spec.restartPolicy",
    "spec.schedulerName",
    "spec.serviceAccountName",
    "spec.hostNetwork",
    "status.phase",
    "status.podIP",
    "status.nominatedNodeName",
  ],
  "/Event": [
    "involvedObject.kind",
    "involvedObject.namespace",
    "involvedObject.name",
    "involvedObject.uid",
    "involvedObject.apiVersion",
    "involvedObject.resourceVersion",
    "involvedObject.fieldPath",
    "reason",
    "reportingComponent",
    "source",
    "type",
  ],
  "/Namespace": ["status.phase"],
  "/Node": ["spec.unschedulable"],
  "/Secret": ["type"],
  "/Service": ["spec.clusterIP", "spec.type"],
  "/ReplicationController": ["status.replicas"],
  "apps/ReplicaSet": ["status.replicas"],
  "batch/Job": ["status.successful"],
  "certificates.k8s.io/CertificateSigningRequest": ["spec.signerName"],
};

/** `metadata.name=x,status.phase!=Running`. Throws Refusal 400 for a field that the kind cannot be selected by. */
export function fieldSelector(text: string, type: { group: string; kind: string }): Predicate | null {
  const known = ["metadata.name", "metadata.namespace", ...(selectable[`${type.group}/${type.kind}`] ?? [])];
  const requirements = splitRequirements(text).map((part): Predicate => {
    const match = /^([^=!]+?)(==|=|!=)(.*)$/.exec(part);
    if (match === null) {
      const why = `invalid field selector: invalid selector: '${part}'; can't understand '${part}'`;
      throw new Refusal(400, "BadRequest", why);
    }
    const [, path = "", operator, value = ""] = match;
    if (!known.includes(path)) {
      const list = `"metadata.name", "metadata.namespace"`;
      const why =
        known.length === 2
          ? `"${path}" is not a known field selector: only ${list}`
          : `field label not supported: ${path}`;
      throw new Refusal(400, "BadRequest", why);
    }
    const keys = path.split(".");
    return operator === "!="
      ? (object) => fieldText(object, keys) !== value
      : (object) => fieldText(object, keys) === value;
  });
  return requirements.length === 0 ? null : (object) => requirements.every((holds) => holds(object));
}

function fieldText(object: KubeObject, keys: readonly string[]): string {
  let value: unknown = object;
  for (const key of keys)
    value = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  return value === undefined || value === null ? "" : String(value);
}
