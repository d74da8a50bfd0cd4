import type { KubeObject } from "../model/objects.ts";
import { type ClusterEvent, eventsAbout, newestEvent, timesSeen } from "./cluster-events.ts";
import { containerTrouble } from "./container-trouble.ts";
import { containersOf } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { conditionOf, textAt } from "./reading.ts";
import type { Related, Trouble } from "./related.ts";

/** What is wrong with one pod; null when nothing is, or nothing yet. */
export function podTrouble(pod: KubeObject, related: Related, now: number): Trouble | null {
  const events = eventsAbout(pod, related);
  return (
    schedulingTrouble(pod, events, related, now) ??
    evictionTrouble(pod) ??
    worst(containersOf(pod).map((container) => containerTrouble({ pod, container, events, related, now }))) ??
    mountTrouble(pod, events, related, now)
  );
}

/** The one that tells most: hopeless before passing, then the most frequent, then the first. */
function worst(troubles: readonly (Trouble | null)[]): Trouble | null {
  const found = troubles.filter((trouble) => trouble !== null);
  const rank = (trouble: Trouble) => (trouble.hopeless ? 1_000_000 : 0) + trouble.times;
  return found.reduce<Trouble | null>((best, each) => (best === null || rank(each) > rank(best) ? each : best), null);
}

/** The worst among several pods. */
export function podsTrouble(pods: readonly KubeObject[], related: Related, now: number): Trouble | null {
  return worst(pods.map((pod) => podTrouble(pod, related, now)));
}

function schedulingTrouble(
  pod: KubeObject,
  events: readonly ClusterEvent[],
  related: Related,
  now: number,
): Trouble | null {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason !== "Unschedulable") return null;
  const growing = newestEvent(events, (event) => event.reason === "TriggeredScaleUp") !== null;
  const why = withoutPreemption(scheduled.message);
  return {
    cause: "unschedulable",
    reason: "Unschedulable",
    message: `${pod.metadata.name} cannot be scheduled: ${why}`,
    times: 1,
    hopeless: !growing && elapsedSince(scheduled.since, related, now) >= graces.unschedulableMs,
    pod: pod.metadata.name,
    event: newestEvent(events, (event) => event.reason === "FailedScheduling")?.message ?? scheduled.message,
    log: null,
    remedy: schedulingRemedy(why),
  };
}

/** `0/1 nodes are available: 1 Insufficient cpu. preemption: ...`: the second half only repeats the first. */
function withoutPreemption(message: string): string {
  return message.replace(/\.? preemption: .*$/, "").replace(/\.$/, "");
}

function schedulingRemedy(why: string): string {
  if (/Insufficient (\S+)/.test(why))
    return "lower the pods' resource requests, or give the cluster larger or more nodes";
  if (/node affinity\/selector|node selector/.test(why))
    return "label a node as nodeSelector or affinity demands, or drop the demand";
  if (/taint/.test(why)) return "add a toleration for the taint, or take the taint off a node";
  if (/persistentvolumeclaim|PersistentVolumeClaim/.test(why))
    return "see the volume claim: it is missing or cannot be bound";
  return "make room for the pod, or relax what it asks of a node";
}

function evictionTrouble(pod: KubeObject): Trouble | null {
  if (textAt(pod, "status", "phase") !== "Failed" || textAt(pod, "status", "reason") !== "Evicted") return null;
  return {
    cause: "evicted",
    reason: "Evicted",
    message: `${pod.metadata.name} was evicted: ${textAt(pod, "status", "message")}`,
    // Its owner makes another one; a bare pod is judged by its phase.
    times: 1,
    hopeless: false,
    pod: pod.metadata.name,
    event: "",
    log: null,
    remedy: "raise the limit that it passed, or let it use less",
  };
}

/** A volume that cannot be mounted shows in events only: the pod just says ContainerCreating. */
function mountTrouble(pod: KubeObject, events: readonly ClusterEvent[], related: Related, now: number): Trouble | null {
  const creating = containersOf(pod).some(
    (container) => container.state === "waiting" && ["ContainerCreating", "PodInitializing"].includes(container.reason),
  );
  if (!creating) return null;
  const isMount = (event: ClusterEvent) =>
    event.warning && ["FailedMount", "FailedAttachVolume", "FailedMapVolume"].includes(event.reason);
  const event = newestEvent(events, isMount);
  // A first failure is common: the kubelet has not yet fetched what the volume is made from.
  if (event === null || timesSeen(events, isMount) < 2) return null;
  const missing = /(configmap|secret|persistentvolumeclaim) "?([^" ]+)"? not found/i.exec(event.message);
  const lasting = elapsedSince(textAt(pod, "status", "startTime"), related, now) >= graces.configMissingMs;
  return {
    cause: missing === null ? "volume" : "config-missing",
    reason: event.reason,
    message: `${pod.metadata.name} cannot mount a volume: ${missing === null ? event.message : missing[0]}`,
    // A slow attach passes; what does not exist does not come by itself.
    times: 1,
    hopeless: missing !== null && lasting && timesSeen(events, isMount) >= 3,
    pod: pod.metadata.name,
    event: event.message,
    log: null,
    remedy:
      missing === null
        ? "see the events of the pod and of its volume claims"
        : `create the ${missing[1]} ${missing[2]} in this namespace, or correct its name in the pod's volumes`,
  };
}
