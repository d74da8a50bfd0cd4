import type { KubeObject } from "../../model/objects.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { restartNotes } from "../notes.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { currentPods } from "../pods.ts";
import { at, conditionOf, lagging, lagMessage, numberAt, numberOr } from "../reading.ts";
import { refusedByCondition } from "../refusal.ts";
import type { Rule, Trouble } from "../related.ts";

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

  const trouble = podsTrouble(pods, related, now) ?? refusedByCondition(object, related, now);
  const late = conditionOf(object, "Progressing");
  if (late?.reason === "ProgressDeadlineExceeded") return failed(deadlineTrouble(object, trouble, late.since), counted);
  return troubled(trouble, waitingFor(object, { count, total, old, available }), counted);
};

function waitingFor(
  object: KubeObject,
  { count, total, old, available }: { count: number; total: number; old: number; available: number },
): string {
  if (count >= total && old > 0) return `old pods still to be replaced: ${old}`;
  const seconds = numberAt(object, "spec", "minReadySeconds");
  if (count >= total && available < total && seconds > 0) return `ready pods must stay so for ${seconds} s`;
  return "";
}

function deadlineTrouble(object: KubeObject, known: Trouble | null, since: string): Trouble {
  const seconds = numberOr(600, object, "spec", "progressDeadlineSeconds");
  const reason = "ProgressDeadlineExceeded";
  const late = `no progress within ${seconds} s`;
  if (known !== null) return { ...known, reason, message: `${late}: ${known.message}`, hopeless: true };
  return ownTrouble({
    cause: "deadline",
    reason,
    message: `${late} (progressDeadlineSeconds)`,
    since,
    remedy: "see the events of its pods, or raise progress_deadline_seconds",
  });
}
