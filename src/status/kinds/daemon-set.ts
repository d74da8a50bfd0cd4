import type { KubeObject } from "../../model/objects.ts";
import { progressing, ready, troubled } from "../finding.ts";
import { restartNotes } from "../notes.ts";
import { podsTrouble } from "../pod-trouble.ts";
import { currentPods } from "../pods.ts";
import { lagging, lagMessage, numberAt, textAt } from "../reading.ts";
import { refusedByEvents } from "../refusal.ts";
import type { Rule } from "../related.ts";

/** Ready: updated = available = desired. No node that it wants is ready too, and says so. */
export const daemonSetStatus: Rule = (object, related, now) => {
  const total = numberAt(object, "status", "desiredNumberScheduled");
  const updated = numberAt(object, "status", "updatedNumberScheduled");
  const available = numberAt(object, "status", "numberAvailable");
  const count = Math.max(0, numberAt(object, "status", "numberReady") - Math.max(0, total - updated));
  const counted = { ready: Math.min(count, total), total };

  if (lagging(object)) return progressing(lagMessage, counted);
  if (total === 0) return ready({ ...counted, notes: ["no node fits its pods"] });
  const pods = currentPods(object, related.pods);
  if (updated >= total && available >= total) return ready({ ...counted, notes: restartNotes(pods) });
  const trouble = podsTrouble(pods, related, now) ?? refusedByEvents(object, related, now);
  return troubled(trouble, waitingFor(object, { total, updated, ready: counted.ready }), counted);
};

function waitingFor(
  object: KubeObject,
  { total, updated, ready }: { total: number; updated: number; ready: number },
): string {
  if (updated < total && textAt(object, "spec", "updateStrategy", "type") === "OnDelete") {
    return `old pods to be deleted by hand (OnDelete): ${total - updated}`;
  }
  const seconds = numberAt(object, "spec", "minReadySeconds");
  return updated >= total && ready >= total && seconds > 0 ? `ready pods must stay so for ${seconds} s` : "";
}
