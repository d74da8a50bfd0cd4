import type { KubeObject } from "../model/objects.ts";
import { type ClusterEvent, eventsByName, newestEvent } from "./cluster-events.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { conditionOf, listAt, textAt } from "./reading.ts";
import type { Cause, Related, Trouble } from "./related.ts";
import { describeRequests, roomOfNodes } from "./requests.ts";

type SchedulingCause = Extract<
  Cause,
  "insufficient-resources" | "taint" | "node-affinity" | "unschedulable" | "volume-unbound" | "config-missing"
>;

/** Taints that the node controller, the kubelet or a cloud sets while a node starts, is away or is full. */
const passingTaint =
  /node\.kubernetes\.io\/(not-ready|unreachable|network-unavailable|\w+-pressure)|cloudprovider\.kubernetes\.io|uninitialized/;

/** No node takes the pod. */
export function schedulingTrouble(
  pod: KubeObject,
  events: readonly ClusterEvent[],
  related: Related,
  now: number,
): Trouble | null {
  const scheduled = conditionOf(pod, "PodScheduled");
  if (scheduled?.status !== "False" || scheduled.reason === "SchedulingGated") return null;
  const why = withoutPreemption(scheduled.message);
  const cause = causeOf(why);
  const elapsed = elapsedSince(scheduled.since, related, now);
  const claim = cause === "volume-unbound" ? unboundClaim(pod, related, elapsed) : null;
  const name = pod.metadata.name;
  return {
    cause,
    reason: scheduled.reason || "Unschedulable",
    message: `${sentence(name, cause, why, pod, related)}${claim === null ? "" : `; ${claim.message}`}`,
    times: 1,
    hopeless: claim === null ? isHopeless(pod, events, cause, why, elapsed) : claim.hopeless,
    pod: name,
    pods: 1,
    since: scheduled.since,
    event:
      claim?.event ||
      (newestEvent(events, (event) => event.reason === "FailedScheduling")?.message ?? scheduled.message),
    log: null,
    remedy: claim?.remedy || remedyFor(cause, why),
  };
}

/** `0/1 nodes are available: 1 Insufficient cpu. preemption: ...`: the second half only repeats the first. */
function withoutPreemption(message: string): string {
  return message.replace(/\.? *(no new claims to deallocate, )?preemption: .*$/, "").replace(/\.$/, "");
}

function causeOf(why: string): SchedulingCause {
  if (/persistentvolumeclaim "[^"]+" (not found|is being deleted)/i.test(why)) return "config-missing";
  if (
    /unbound immediate PersistentVolumeClaims|persistent volumes? to bind|volume node affinity|volume limits?|max volume count|available persistent volumes/i.test(
      why,
    )
  )
    return "volume-unbound";
  // Where nodes refuse for several reasons, the one that is about the pod's size tells most.
  if (/Insufficient |Too many pods/.test(why)) return "insufficient-resources";
  if (/didn't match|node affinity|node selector|topology spread|affinity rules/i.test(why)) return "node-affinity";
  if (/taint|unschedulable|not ready/i.test(why)) return "taint";
  return "unschedulable";
}

function sentence(name: string, cause: SchedulingCause, why: string, pod: KubeObject, related: Related): string {
  if (cause !== "insufficient-resources") return `${name} cannot be scheduled: ${why}`;
  const asks = describeRequests(pod);
  const room = roomOfNodes(related.nodes ?? []);
  return `${name} ${asks === "" ? "" : `asks for ${asks} and `}cannot be scheduled: ${why}${room === "" ? "" : `; ${room}`}`;
}

function isHopeless(
  pod: KubeObject,
  events: readonly ClusterEvent[],
  cause: SchedulingCause,
  why: string,
  elapsedMs: number,
): boolean {
  // Others are being moved away for it.
  if (textAt(pod, "status", "nominatedNodeName") !== "") return false;
  // cluster-autoscaler and Karpenter say what they do by Events on the pod; the last word counts.
  const scaling = newestEvent(events, (event) =>
    ["TriggeredScaleUp", "NotTriggerScaleUp", "Nominated"].includes(event.reason),
  );
  if (scaling !== null && scaling.reason !== "NotTriggerScaleUp") return false;
  if (cause === "volume-unbound") return /node affinity|limit/i.test(why) && elapsedMs >= graces.unschedulableMs;
  return elapsedMs >= (passingTaint.test(why) ? graces.nodeNotReadyMs : graces.unschedulableMs);
}

interface UnboundClaim {
  readonly message: string;
  readonly event: string;
  readonly remedy: string;
  readonly hopeless: boolean;
}

/** The claim that keeps the pod waiting, by the Events about it: it is the cause, the pod is the symptom. */
function unboundClaim(pod: KubeObject, related: Related, elapsedMs: number): UnboundClaim | null {
  const namespace = pod.metadata.namespace ?? "";
  const names = listAt(pod, "spec", "volumes")
    .map((volume) => textAt(volume, "persistentVolumeClaim", "claimName"))
    .filter((name) => name !== "");
  for (const name of names) {
    const events = eventsByName({ kind: "PersistentVolumeClaim", namespace, name }, related);
    const event = newestEvent(events, ({ reason }) => reason === "ProvisioningFailed" || reason === "FailedBinding");
    if (event === null) continue;
    const noClass = /storageclass\S* .*not found/i.test(event.message);
    return {
      message: `claim ${name}: ${event.message}`,
      event: event.message,
      hopeless: noClass && event.count >= 2 && elapsedMs >= graces.provisioningMs,
      remedy: claimRemedy(event.message),
    };
  }
  return null;
}

/** What to do about a claim that is not bound, by what its Event says. */
export function claimRemedy(message: string): string {
  if (/storageclass\S* .*not found/i.test(message))
    return "name a StorageClass that the cluster has (kubectl get storageclass), or leave it out for the default one";
  if (/no persistent volumes available|no storage class is set/i.test(message))
    return "create a PersistentVolume that fits the claim, or give the claim a StorageClass that makes one";
  if (/quota/i.test(message)) return "raise the quota for volumes, or ask for less storage";
  return "see the event: the provisioner cannot make the volume";
}

function remedyFor(cause: SchedulingCause, why: string): string {
  switch (cause) {
    case "insufficient-resources":
      return /Too many pods/.test(why)
        ? "give the cluster more nodes: each takes only so many pods"
        : "lower the containers' resources.requests, or give the cluster larger or more nodes";
    case "node-affinity":
      return nodeAffinityRemedy(why);
    case "taint": {
      if (passingTaint.test(why))
        return "see the nodes (kubectl get nodes): the taint stays while one is not ready or full";
      const taint = /\{([^:}]+)/.exec(why)?.[1];
      return taint === undefined
        ? "add a toleration for the taint, or take the taint off a node (kubectl uncordon, where it was cordoned)"
        : `add a toleration for ${taint}, or take that taint off a node`;
    }
    case "volume-unbound":
      return /node affinity/i.test(why)
        ? "let the pod run where its volume is: the volume belongs to another node or zone"
        : "see the volume claim: it cannot be bound";
    case "config-missing":
      return "create the volume claim in this namespace, or correct its name";
    case "unschedulable":
      return /free ports/.test(why)
        ? "take another host port, or fewer replicas: each node has each port once"
        : "make room for the pod, or relax what it asks of a node";
  }
}

function nodeAffinityRemedy(why: string): string {
  if (/pod anti-affinity/.test(why)) return "give the cluster more nodes, or relax the pods' anti-affinity";
  if (/pod affinity/.test(why)) return "relax the pod's affinity: no node runs what it wants to be near to";
  if (/topology spread/.test(why)) return "relax the topology spread constraint, or add nodes to the sparse domains";
  return "label a node as nodeSelector or affinity demands, or drop the demand";
}
