import type { KubeObject } from "../../model/objects.ts";
import { elapsedSince } from "../elapsed.ts";
import { progressing, ready, troubled } from "../finding.ts";
import { graces } from "../graces.ts";
import { restartNotes } from "../notes.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { currentPods, relatedPods } from "../pods.ts";
import { lagging, lagMessage, numberAt, numberOr, textAt } from "../reading.ts";
import { refusedByEvents } from "../refusal.ts";
import type { Related, Rule, Trouble } from "../related.ts";

/** Pods as the set's status counts them. */
interface Counts {
  readonly total: number;
  readonly replicas: number;
  readonly ready: number;
  /** Pods that exist, may be updated, and are not: during creation there are none. */
  readonly stale: number;
}

/**
 * Ready: all replicas are available, and those that the update strategy lets change are updated: with a partition, the
 * ordinals from it upwards. currentRevision and updateRevision may then differ for ever. With OnDelete all must be
 * updated, and it is for somebody to delete the old ones.
 */
export const statefulSetStatus: Rule = (object, related, now) => {
  const total = numberOr(1, object, "spec", "replicas");
  const replicas = numberAt(object, "status", "replicas");
  const updated = numberAt(object, "status", "updatedReplicas");
  const kept = keptByPartition(object, total);
  const readyPods = numberAt(object, "status", "readyReplicas");
  // Servers before 1.22 do not count it.
  const available = numberOr(readyPods, object, "status", "availableReplicas");
  const stale = Math.max(0, Math.min(replicas, total) - kept - updated);
  const counted = { ready: Math.min(total, Math.max(0, readyPods - stale)), total };

  if (lagging(object)) return progressing(lagMessage, counted);
  const pods = currentPods(object, related.pods);
  if (replicas === total && readyPods >= total && available >= total && updated >= total - kept) {
    return ready({ ...counted, notes: [...partitionNotes(total, updated, kept), ...restartNotes(pods)] });
  }
  const trouble =
    podsTrouble(pods, related, now) ?? stuckUpdate(object, related, now) ?? refusedByEvents(object, related, now);
  return troubled(trouble, waitingFor(object, related, { replicas, total, stale, ready: readyPods }), counted);
};

/** How many pods a partition leaves as they are: those below it, counted from `spec.ordinals.start`. */
function keptByPartition(object: KubeObject, total: number): number {
  if (textAt(object, "spec", "updateStrategy", "type") === "OnDelete") return 0;
  const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition");
  const start = numberAt(object, "spec", "ordinals", "start");
  return Math.min(total, Math.max(0, partition - start));
}

function partitionNotes(total: number, updated: number, kept: number): string[] {
  const old = Math.min(kept, total - updated);
  return old > 0 ? [`its partition keeps ${old} of ${total} pods on the older template`] : [];
}

function waitingFor(object: KubeObject, related: Related, { replicas, total, stale, ready }: Counts): string {
  if (replicas > total) return `pods still to be removed: ${replicas - total}`;
  if (stale > 0 && ready >= total && textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    const names = olderPods(object, related).map((pod) => pod.metadata.name);
    return `old pods to be deleted by hand (OnDelete): ${names.length > 0 ? names.sort().join(", ") : stale}`;
  }
  const seconds = numberAt(object, "spec", "minReadySeconds");
  if (stale === 0 && ready >= total && seconds > 0) return `ready pods must stay so for ${seconds} s`;
  return "";
}

function olderPods(object: KubeObject, related: Related): readonly KubeObject[] {
  const current = new Set(currentPods(object, related.pods));
  return relatedPods(object, related.pods).filter(
    (pod) => !current.has(pod) && pod.metadata.deletionTimestamp === undefined,
  );
}

/**
 * A corrected template does not replace a pod that an earlier one broke: under OrderedReady the controller waits for
 * it for ever (Kubernetes' docs, StatefulSets, "Forced rollback").
 */
function stuckUpdate(object: KubeObject, related: Related, now: number): Trouble | null {
  if (textAt(object, "spec", "podManagementPolicy") === "Parallel") return null;
  const trouble = podsTrouble(olderPods(object, related), related, now);
  if (trouble?.pod === undefined || trouble.pod === null) return null;
  const waited = elapsedSince("", related, now);
  return {
    ...trouble,
    cause: "stuck-update",
    reason: "StuckUpdate",
    message: `the update waits for ${trouble.pod}, which the template before broke: ${trouble.message}`,
    hopeless: trouble.hopeless && waited >= graces.stuckUpdateMs,
    remedy: `delete the pod, its set then makes it anew: kubectl delete pod -n ${object.metadata.namespace ?? "default"} ${trouble.pod}`,
  };
}
