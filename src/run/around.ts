import type { KubeObject } from "../model/objects.ts";
import type { Kube } from "../ports.ts";
import { containersOf, type Related, relatedPods } from "../status/index.ts";
import { mapLimit } from "./map-limit.ts";

const PARTS = {
  pods: { group: "", version: "v1", kind: "Pod" },
  events: { group: "", version: "v1", kind: "Event" },
  replicaSets: { group: "apps", version: "v1", kind: "ReplicaSet" },
} as const;

type Part = keyof typeof PARTS;

/** Kinds that run pods. */
const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "Pod"]);

export function isWorkload(object: KubeObject): boolean {
  return workloads.has(object.kind);
}

/**
 * What surrounds objects, by namespace: their pods where something runs any, and all that explains a failure where
 * something is not ready. At most three lists per namespace.
 */
export async function readAround(
  kube: Kube,
  namespaces: { readonly running: ReadonlySet<string>; readonly unready: ReadonlySet<string> },
  parallelism: number,
): Promise<ReadonlyMap<string, Related>> {
  const found = new Map<string, Record<Part, KubeObject[]>>();
  const reads: { readonly namespace: string; readonly part: Part }[] = [];
  for (const namespace of new Set([...namespaces.running, ...namespaces.unready])) {
    found.set(namespace, { pods: [], events: [], replicaSets: [] });
    const parts: readonly Part[] = namespaces.unready.has(namespace) ? ["pods", "events", "replicaSets"] : ["pods"];
    for (const part of parts) reads.push({ namespace, part });
  }
  await mapLimit(reads, parallelism, async ({ namespace, part }) => {
    const related = found.get(namespace);
    if (related !== undefined) related[part] = (await kube.list(PARTS[part], { namespace })).items;
  });
  return found;
}

/** How often containers of its pods were started again; null for what runs none. */
export function restartsOf(object: KubeObject, related: Related): number | null {
  if (!isWorkload(object)) return null;
  const containers = relatedPods(object, related.pods).flatMap((pod) => containersOf(pod));
  return containers.reduce((sum, { restarts }) => sum + restarts, 0);
}
