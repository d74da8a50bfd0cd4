import type { KubeObject } from "../model/objects.ts";
import { type ClusterEvent, firstTime, newestEvent, timesSeen } from "./cluster-events.ts";
import { missingReference } from "./config-trouble.ts";
import { containersOf } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { conditionOf, textAt } from "./reading.ts";
import type { Related, Trouble } from "./related.ts";

function isBeingMade(pod: KubeObject): boolean {
  const containers = containersOf(pod);
  if (containers.length === 0) return conditionOf(pod, "PodScheduled")?.status === "True";
  return containers.some(
    (container) => container.state === "waiting" && ["ContainerCreating", "PodInitializing"].includes(container.reason),
  );
}

const isMount = (event: ClusterEvent) =>
  event.warning && ["FailedMount", "FailedAttachVolume", "FailedMapVolume"].includes(event.reason);

/** A volume that cannot be mounted shows in events only: the pod just says ContainerCreating. */
export function mountTrouble(
  pod: KubeObject,
  events: readonly ClusterEvent[],
  related: Related,
  now: number,
): Trouble | null {
  if (!isBeingMade(pod)) return null;
  // `Unable to attach or mount volumes: unmounted volumes=[...]` only sums up what another event explains.
  const sums = (event: ClusterEvent) => event.message.startsWith("Unable to attach or mount volumes");
  const event = newestEvent(events, (each) => isMount(each) && !sums(each)) ?? newestEvent(events, isMount);
  // A first failure is common: the kubelet has not yet fetched what the volume is made from.
  if (event === null || timesSeen(events, isMount) < 2) return null;
  const missing = missingReference(event.message);
  const volume = /volume "([^"]+)"/.exec(event.message)?.[1] ?? "";
  const named = volume === "" ? "a volume" : `volume ${volume}`;
  const since = firstTime(events, isMount);
  const name = pod.metadata.name;
  return {
    cause: missing === null ? "volume-mount" : "config-missing",
    reason: event.reason,
    message:
      missing === null
        ? `${name} cannot ${event.reason === "FailedAttachVolume" ? "attach" : "mount"} ${named}: ${withoutPreface(event.message)}`
        : `${name} needs ${missing.what}, for ${named}`,
    // A slow attach passes; what does not exist does not come by itself.
    times: 1,
    hopeless:
      missing !== null &&
      timesSeen(events, isMount) >= 3 &&
      elapsedSince(since, related, now) >= graces.configMissingMs,
    pod: name,
    pods: 1,
    since,
    event: event.message,
    log: null,
    remedy: missing?.remedy ?? mountRemedy(event.message),
  };
}

function withoutPreface(message: string): string {
  return message.replace(/^\w+\.\w+ failed for volume "[^"]+" ?: ?/, "");
}

function mountRemedy(message: string): string {
  if (/Multi-Attach/.test(message))
    return "the volume is still attached to another node: delete the pod that holds it, or use the strategy Recreate";
  if (/hostPath type check failed/.test(message))
    return "create that path on the node, or correct host_path and its type";
  if (/CSI driver|driver name .* not found/.test(message)) return "install the volume's CSI driver on the nodes";
  if (/wrong fs type|bad option|mount\.nfs/.test(message))
    return "correct the volume's server, path or file system; the node may lack the client tools";
  return "see the event, and the volume's claim (kubectl describe pvc)";
}

/** The pod's network or sandbox cannot be made: again told by events only. */
export function sandboxTrouble(pod: KubeObject, events: readonly ClusterEvent[]): Trouble | null {
  if (!isBeingMade(pod)) return null;
  const isSandbox = (event: ClusterEvent) =>
    event.warning && ["FailedCreatePodSandBox", "FailedPodSandBoxStatus", "NetworkNotReady"].includes(event.reason);
  const event = newestEvent(events, isSandbox);
  if (event === null || timesSeen(events, isSandbox) < 3) return null;
  const name = pod.metadata.name;
  return {
    cause: "sandbox",
    reason: event.reason,
    message: `${name} cannot be set up on node ${textAt(pod, "spec", "nodeName")}: ${event.message}`,
    times: 1,
    // Networks come up late: only the rollout's own time decides.
    hopeless: false,
    pod: name,
    pods: 1,
    since: firstTime(events, isSandbox),
    event: event.message,
    log: null,
    remedy: /cni|network/i.test(event.message)
      ? "see the cluster's network plugin: its pods in kube-system, and whether it is installed at all"
      : "see the node and its container runtime",
  };
}
