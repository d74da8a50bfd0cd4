import { createHash, randomBytes } from "node:crypto";
import type { KubeObject } from "../../model/objects.ts";
import { controlledBy, type Pod, type PodSpec, type PodTemplate } from "./shapes.ts";

/** Letters and digits that spell no words (as apimachinery's rand.SafeEncodeString has them). */
const alphabet = "bcdfghjklmnpqrstvwxz2456789";

function spell(bytes: Uint8Array, length: number): string {
  return [...bytes.subarray(0, length)].map((byte) => alphabet[byte % alphabet.length]).join("");
}

/** A name for a template: equal templates have equal hashes, whatever the order of their fields. */
export function templateHash(template: PodTemplate): string {
  return spell(createHash("sha256").update(canonical(template)).digest(), 10);
}

export function randomSuffix(): string {
  return spell(randomBytes(5), 5);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(",")}}`;
}

/** A pod of a template, not yet scheduled. */
export function podFrom(
  template: PodTemplate,
  owner: KubeObject,
  named: { readonly name: string; readonly generateName?: string; readonly labels?: Record<string, string> },
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  const spec = structuredClone(template.spec);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: named.name,
      ...(named.generateName === undefined ? {} : { generateName: named.generateName }),
      namespace: owner.metadata.namespace ?? "default",
      labels: { ...labels, ...named.labels },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ...(finalizers === undefined ? {} : { finalizers: [...finalizers] }),
      ownerReferences: [controlledBy(owner)],
    },
    spec: { ...spec, serviceAccountName: spec.serviceAccountName ?? "default" },
    status: { phase: "Pending", qosClass: qosClass(spec) },
  };
}

/** API reference, PodStatus.qosClass. */
function qosClass(spec: PodSpec): string {
  const containers = [...(spec.initContainers ?? []), ...spec.containers];
  const sets = containers.map(({ resources }) => ({ ...resources?.limits, ...resources?.requests }));
  if (sets.every((set) => Object.keys(set).length === 0)) return "BestEffort";
  const guaranteed = containers.every(({ resources }) =>
    ["cpu", "memory"].every(
      (name) =>
        resources?.limits?.[name] !== undefined &&
        (resources.requests?.[name] ?? resources.limits[name]) === resources.limits[name],
    ),
  );
  return guaranteed ? "Guaranteed" : "Burstable";
}
