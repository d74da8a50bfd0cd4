import type { KubeObject } from "../model/objects.ts";
import { indexOnce } from "./index-once.ts";
import { conditionOf, lagging, textAt } from "./reading.ts";

const newestFirst = (a: KubeObject, b: KubeObject): number =>
  (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "");

const controllerOf = (pod: KubeObject) =>
  pod.metadata.ownerReferences?.find((owner) => owner.controller === true) ?? pod.metadata.ownerReferences?.[0];

const byOwner = indexOnce((pod) => {
  const owner = controllerOf(pod);
  return owner === undefined ? "" : `${owner.kind}/${pod.metadata.namespace ?? ""}/${owner.name}`;
});

/** A ReplicaSet is named after its Deployment and the hash that its pods bear, so the Deployment reads off its pods. */
const byDeployment = indexOnce((pod) => {
  const owner = controllerOf(pod);
  const hash = pod.metadata.labels?.["pod-template-hash"];
  if (owner?.kind !== "ReplicaSet" || hash === undefined || !owner.name.endsWith(`-${hash}`)) return "";
  return `${pod.metadata.namespace ?? ""}/${owner.name.slice(0, -hash.length - 1)}`;
});

/** All pods that belong to the object, of whatever template; the object itself when it is a pod. */
export function relatedPods(object: KubeObject, pods: readonly KubeObject[]): readonly KubeObject[] {
  const namespace = object.metadata.namespace ?? "";
  if (object.kind === "Pod") return [object];
  if (object.kind === "Deployment") return byDeployment(pods).get(`${namespace}/${object.metadata.name}`) ?? [];
  const owned = byOwner(pods).get(`${object.kind}/${namespace}/${object.metadata.name}`) ?? [];
  const uid = object.metadata.uid;
  return uid === undefined ? owned : owned.filter((pod) => controllerOf(pod)?.uid === uid);
}

/** Pods of the newest template that are meant to stay: an old template's pods fail nothing. */
export function currentPods(
  object: KubeObject,
  pods: readonly KubeObject[],
  replicaSets?: readonly KubeObject[],
): readonly KubeObject[] {
  // Until the controller has seen the newest template, every pod there is belongs to an older one.
  if (object.kind !== "Pod" && lagging(object)) return [];
  const staying = relatedPods(object, pods).filter((pod) => pod.metadata.deletionTimestamp === undefined);
  switch (object.kind) {
    case "Deployment": {
      const newest = newestReplicaSet(object, staying, replicaSets);
      return staying.filter((pod) => controllerOf(pod)?.name === newest);
    }
    case "StatefulSet": {
      const revision = textAt(object, "status", "updateRevision");
      return staying.filter((pod) => pod.metadata.labels?.["controller-revision-hash"] === revision);
    }
    case "DaemonSet": {
      const generation = object.metadata.annotations?.["deprecated.daemonset.template.generation"];
      if (generation === undefined) return staying;
      return staying.filter((pod) => (pod.metadata.labels?.["pod-template-generation"] ?? generation) === generation);
    }
    default:
      return staying;
  }
}

const revisionAnnotation = "deployment.kubernetes.io/revision";

/** Name of the ReplicaSet that the Deployment is rolling out, told with as little as is at hand. */
function newestReplicaSet(
  deployment: KubeObject,
  pods: readonly KubeObject[],
  replicaSets: readonly KubeObject[] | undefined,
): string | null {
  const revision = deployment.metadata.annotations?.[revisionAnnotation];
  const byRevision = replicaSets?.find(
    (set) =>
      set.metadata.annotations?.[revisionAnnotation] === revision &&
      set.metadata.ownerReferences?.some((owner) => owner.uid === deployment.metadata.uid),
  );
  if (revision !== undefined && byRevision !== undefined) return byRevision.metadata.name;
  // The controller names the set in its condition: ReplicaSet "web-84d6cdffdd" is progressing.
  const named = /"([^"]+)"/.exec(conditionOf(deployment, "Progressing")?.message ?? "")?.[1];
  if (named !== undefined) return named;
  const newest = [...pods].sort(newestFirst)[0];
  return newest === undefined ? null : (controllerOf(newest)?.name ?? null);
}
