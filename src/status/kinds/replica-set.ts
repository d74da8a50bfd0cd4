import { progressing, ready, troubled } from "../finding.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { currentPods } from "../pods.ts";
import { lagging, lagMessage, numberAt, numberOr } from "../reading.ts";
import { refusedByCondition, refusedByEvents } from "../refusal.ts";
import type { Rule } from "../related.ts";

/** For ReplicaSets and ReplicationControllers: available = ready = wanted. */
export const replicaSetStatus: Rule = (object, related, now) => {
  const total = numberOr(1, object, "spec", "replicas");
  const available = numberAt(object, "status", "availableReplicas");
  const counted = { ready: Math.min(total, numberAt(object, "status", "readyReplicas")), total };
  if (lagging(object)) return progressing(lagMessage, counted);
  if (available >= total && numberAt(object, "status", "replicas") === total) return ready(counted);
  const pods = currentPods(object, related.pods);
  const refused = refusedByCondition(object, related, now) ?? refusedByEvents(object, related, now);
  return troubled(podsTrouble(pods, related, now) ?? refused, "", counted);
};
