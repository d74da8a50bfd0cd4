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

/**
 * Ready: all replicas are available, and those that the update strategy lets change are updated: with a partition, the
 * ordinals from it upwards. currentRevision and updateRevision may then differ for ever.
 */
export const statefulSetStatus: Rule = (object, related, now) => {
  const total = numberOr(1, object, "spec", "replicas");
  const replicas = numberAt(object, "status", "replicas");
  const updated = numberAt(object, "status", "updatedReplicas");
  const partition = numberAt(object, "spec", "updateStrategy", "rollingUpdate", "partition");
  const toUpdate = Math.max(0, total - partition);
  const available = numberAt(object, "status", "availableReplicas");
  const readyPods = numberAt(object, "status", "readyReplicas");
  // Pods that exist, may be updated, and are not: during creation there are none.
  const stale = Math.max(0, replicas - partition - updated);
  const counted = { ready: Math.min(total, Math.max(0, readyPods - stale)), total };

  if (lagging(object)) return progressing(lagMessage, counted);
  const pods = currentPods(object, related.pods);
  if (replicas === total && readyPods >= total && available >= total && updated >= toUpdate) {
    return ready({ ...counted, notes: restartNotes(pods) });
  }
  const trouble =
    podsTrouble(pods, related, now) ?? stuckUpdate(object, related, now) ?? refusedByEvents(object, related, now);
  return troubled(trouble, waitingFor(object, { replicas, total, stale, readyPods }), counted);
};

function waitingFor(
  object: KubeObject,
  { replicas, total, stale, readyPods }: { replicas: number; total: number; stale: number; readyPods: number },
): string {
  if (replicas > total) return `pods still to be removed: ${replicas - total}`;
  if (stale > 0 && readyPods >= total && textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return `old pods to be deleted by hand (OnDelete): ${stale}`;
  }
  return "";
}

/**
 * A corrected template does not replace a pod that an earlier one broke: under OrderedReady the controller waits for
 * it for ever (Kubernetes' docs, StatefulSets, "Forced rollback").
 */
function stuckUpdate(object: KubeObject, related: Related, now: number): Trouble | null {
  if (textAt(object, "spec", "podManagementPolicy") === "Parallel") return null;
  const current = new Set(currentPods(object, related.pods));
  const old = relatedPods(object, related.pods).filter(
    (pod) => !current.has(pod) && pod.metadata.deletionTimestamp === undefined,
  );
  const trouble = podsTrouble(old, related, now);
  if (trouble?.pod === undefined || trouble.pod === null) return null;
  const waited = elapsedSince("", related, now);
  return {
    ...trouble,
    cause: "stuck-update",
    reason: "StuckUpdate",
    message: `the update waits for ${trouble.pod}, which the template before broke`,
    hopeless: trouble.hopeless && waited >= graces.stuckUpdateMs,
    remedy: `delete the pod: kubectl delete pod -n ${object.metadata.namespace ?? "default"} ${trouble.pod}`,
  };
}
