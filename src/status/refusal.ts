import type { KubeObject } from "../model/objects.ts";
import { type ClusterEvent, eventsAbout, newestEvent, timesSeen } from "./cluster-events.ts";
import { ageOf } from "./elapsed.ts";
import { ownTrouble } from "./finding.ts";
import { graces } from "./graces.ts";
import type { Related, Trouble } from "./related.ts";

export function refusalRemedy(message: string): string {
  const account = /service account \S*?\/([^:\s]+)/.exec(message)?.[1];
  if (account !== undefined) return `create the ServiceAccount ${account} in this namespace, or correct its name`;
  if (/exceeded quota/.test(message)) return "raise the namespace's ResourceQuota, or ask for less";
  if (/PodSecurity|violates/.test(message)) return "meet the namespace's pod security level with a securityContext";
  return "see the message: the API server refuses the pods";
}

/** StatefulSets, DaemonSets and Jobs have no condition for refused pods: only events tell. */
export function refusedByEvents(object: KubeObject, related: Related, now: number): Trouble | null {
  const refused = (event: ClusterEvent) => event.warning && event.reason === "FailedCreate";
  const events = eventsAbout(object, related);
  const event = newestEvent(events, refused);
  // A pod that was made after the last refusal took its place.
  if (event === null || events.some((later) => later.reason === "SuccessfulCreate" && later.last > event.last)) {
    return null;
  }
  return ownTrouble({
    cause: "create-refused",
    reason: event.reason,
    message: `its pods are refused: ${event.message}`,
    hopeless: timesSeen(events, refused) >= 3 && ageOf(object, related, now) >= graces.createRefusedMs,
    event: event.message,
    remedy: refusalRemedy(event.message),
  });
}
