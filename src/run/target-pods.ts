import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Kube } from "../ports.ts";
import { relatedPods } from "../status/index.ts";

const podType = { group: "", version: "v1", kind: "Pod" };
const jobType = { group: "batch", version: "v1", kind: "Job" };

/** The pods of some objects, newest last, each once: one list of pods per namespace, and of Jobs where a CronJob needs it. */
export async function podsOf(kube: Kube, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  const found = new Map<string, KubeObject>();
  const namespaces = new Set(objects.filter(hasPods).map(({ metadata }) => metadata.namespace ?? ""));
  for (const namespace of namespaces) {
    const own = objects.filter(({ metadata }) => (metadata.namespace ?? "") === namespace);
    const { items: pods } = await kube.list(podType, { namespace });
    const jobs = own.some(({ kind }) => kind === "CronJob") ? (await kube.list(jobType, { namespace })).items : [];
    for (const object of own)
      for (const pod of podsOfObject(object, pods, jobs)) found.set(pod.metadata.uid ?? "", pod);
  }
  const born = (pod: KubeObject): string => pod.metadata.creationTimestamp ?? "";
  return [...found.values()].sort((a, b) => born(a).localeCompare(born(b)));
}

const owners = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod", "Service"]);

function hasPods(object: KubeObject): boolean {
  return owners.has(object.kind);
}

function podsOfObject(
  object: KubeObject,
  pods: readonly KubeObject[],
  jobs: readonly KubeObject[],
): readonly KubeObject[] {
  if (object.kind === "Service") return selectedBy(object, pods);
  if (object.kind !== "CronJob") return relatedPods(object, pods);
  const made = jobs.filter((job) => job.metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid));
  return made.flatMap((job) => relatedPods(job, pods));
}

function selectedBy(service: KubeObject, pods: readonly KubeObject[]): readonly KubeObject[] {
  const spec = service["spec"];
  const selector = isJsonObject(spec) && isJsonObject(spec["selector"]) ? Object.entries(spec["selector"]) : [];
  if (selector.length === 0) return [];
  return pods.filter(({ metadata }) => selector.every(([name, value]) => metadata.labels?.[name] === value));
}

/** Names of a pod's containers, those that run before the others first. */
export function containerNames(pod: KubeObject): string[] {
  const spec = pod["spec"];
  const list = (name: string): unknown[] => (isJsonObject(spec) && Array.isArray(spec[name]) ? spec[name] : []);
  return [...list("initContainers"), ...list("containers")].flatMap((each) =>
    isJsonObject(each) && typeof each["name"] === "string" ? [each["name"]] : [],
  );
}
