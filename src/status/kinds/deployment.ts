import type { KubeObject } from "../../model/objects.ts";
import { eventsAbout, newestEvent } from "../cluster-events.ts";
import { elapsedSince } from "../elapsed.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { graces } from "../graces.ts";
import { restartNotes } from "../notes.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { currentPods } from "../pods.ts";
import { at, conditionOf, lagging, lagMessage, numberAt, numberOr } from "../reading.ts";
import { refusalRemedy } from "../refusal.ts";
import type { Related, Rule, Trouble } from "../related.ts";

/** Ready: the controller has seen it; updated = available = ready = wanted; no pod of an older template is left. */
export const deploymentStatus: Rule = (object, related, now) => {
  const total = numberOr(1, object, "spec", "replicas");
  const replicas = numberAt(object, "status", "replicas");
  const updated = numberAt(object, "status", "updatedReplicas");
  const available = numberAt(object, "status", "availableReplicas");
  // Old pods count among the ready ones: take them off, or an update would begin as `3/3`.
  const old = Math.max(0, replicas - updated);
  const count = Math.min(total, Math.max(0, numberAt(object, "status", "readyReplicas") - old));
  const counted = { ready: count, total };

  if (lagging(object)) return progressing(lagMessage, counted);
  if (at(object, "spec", "paused") === true) {
    return ready({ ...counted, reason: "DeploymentPaused", notes: ["paused: changes are not rolled out"] });
  }
  const pods = currentPods(object, related.pods, related.replicaSets);
  const complete = updated >= total && available >= total && replicas === total && count >= total;
  if (complete) return ready({ ...counted, notes: restartNotes(pods) });

  const podTrouble = podsTrouble(pods, related, now);
  const late = conditionOf(object, "Progressing");
  if (late?.reason === "ProgressDeadlineExceeded") return failed(deadlineTrouble(object, podTrouble), counted);
  const trouble = podTrouble ?? refusalTrouble(object, related, now);
  const removing = count >= total && old > 0 ? `old pods still to be replaced: ${old}` : "";
  return troubled(trouble, removing, counted);
};

function deadlineTrouble(object: KubeObject, pod: Trouble | null): Trouble {
  const seconds = numberOr(600, object, "spec", "progressDeadlineSeconds");
  const reason = "ProgressDeadlineExceeded";
  const late = `no progress within ${seconds} s`;
  if (pod !== null) return { ...pod, reason, message: `${late}: ${pod.message}`, hopeless: true };
  return ownTrouble({
    cause: "deadline",
    reason,
    message: late,
    remedy: "see the events of its pods, or raise progressDeadlineSeconds",
  });
}

/** The API refuses its pods: a quota, a missing service account, a policy. */
function refusalTrouble(object: KubeObject, related: Related, now: number): Trouble | null {
  const condition = conditionOf(object, "ReplicaFailure");
  if (condition?.status !== "True") return null;
  return ownTrouble({
    cause: "create-refused",
    reason: condition.reason,
    message: `its pods are refused: ${condition.message}`,
    hopeless: elapsedSince(condition.since, related, now) >= graces.createRefusedMs,
    event: newestEvent(eventsAbout(object, related), (event) => event.warning)?.message ?? condition.message,
    remedy: refusalRemedy(condition.message),
  });
}
