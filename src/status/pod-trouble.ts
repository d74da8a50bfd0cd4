import type { KubeObject } from "../model/objects.ts";
import { eventsAbout, eventsOfContainer, newestEvent } from "./cluster-events.ts";
import { containerTrouble } from "./container-trouble.ts";
import { containersOf } from "./containers.ts";
import { graces } from "./graces.ts";
import { conditionOf, conditionsOf, listAt, textAt } from "./reading.ts";
import type { Related, Trouble } from "./related.ts";
import { schedulingTrouble } from "./scheduling-trouble.ts";
import { mountTrouble, sandboxTrouble } from "./volume-trouble.ts";

/** What is wrong with one pod; null when nothing is, or nothing yet. */
export function podTrouble(pod: KubeObject, related: Related, now: number): Trouble | null {
  const events = eventsAbout(pod, related);
  return (
    schedulingTrouble(pod, events, related, now) ??
    evictionTrouble(pod) ??
    nodeTrouble(pod, related) ??
    worst(
      containersOf(pod).map((container) =>
        containerTrouble({ pod, container, events: eventsOfContainer(events, container.name), related, now }),
      ),
    ) ??
    mountTrouble(pod, events, related, now) ??
    sandboxTrouble(pod, events) ??
    gateTrouble(pod)
  );
}

/** The one that tells most: hopeless before passing, then the most frequent, then the first. */
function worst(troubles: readonly (Trouble | null)[]): Trouble | null {
  const found = troubles.filter((trouble) => trouble !== null);
  const rank = (trouble: Trouble) => (trouble.hopeless ? 1_000_000 : 0) + trouble.times;
  return found.reduce<Trouble | null>((best, each) => (best === null || rank(each) > rank(best) ? each : best), null);
}

/** The worst among several pods, which speaks for all that fail alike. */
export function podsTrouble(pods: readonly KubeObject[], related: Related, now: number): Trouble | null {
  const troubles = pods.map((pod) => podTrouble(pod, related, now)).filter((trouble) => trouble !== null);
  const speaker = worst(troubles);
  if (speaker === null) return null;
  const alike = troubles.filter((trouble) => trouble.cause === speaker.cause);
  const since = alike.map((trouble) => trouble.since).filter((stamp) => stamp !== "");
  const first = since.sort()[0] ?? "";
  // Evicted once, a pod is replaced; evicted again and again, it asks for what no node gives.
  const evicted = speaker.cause === "evicted" && alike.length >= graces.evictions;
  const mended = speaker.cause === "config-missing" && first !== "" && pods.some((pod) => readySince(pod) > first);
  return { ...speaker, pods: alike.length, since: first, hopeless: (speaker.hopeless || evicted) && !mended };
}

/**
 * When a pod became ready; "" while it is not. Pods of one template need the same ConfigMaps and Secrets: one that came
 * up after the trouble began shows that what was missing exists by now.
 */
function readySince(pod: KubeObject): string {
  const ready = conditionOf(pod, "Ready");
  return ready?.status === "True" ? ready.since : "";
}

function evictionTrouble(pod: KubeObject): Trouble | null {
  if (textAt(pod, "status", "phase") !== "Failed") return null;
  const reason = textAt(pod, "status", "reason");
  if (reason === "") return null;
  const message = textAt(pod, "status", "message");
  const nodeGone = /^(NodeLost|NodeShutdown|Terminated|Shutdown|NodeAffinity)$/.test(reason);
  const name = pod.metadata.name;
  const said = reason === "Evicted" ? `${name} was evicted` : `${name} was turned away by its node (${reason})`;
  return {
    cause: nodeGone ? "node-gone" : "evicted",
    reason,
    message: message === "" ? said : `${said}: ${message.replace(/\.$/, "")}`,
    // Its owner makes another one; a bare pod is judged by its phase.
    times: 1,
    hopeless: false,
    pod: name,
    pods: 1,
    since: textAt(pod, "status", "startTime"),
    event: message,
    log: null,
    remedy: evictionRemedy(reason, message),
  };
}

export function evictionRemedy(reason: string, message: string): string {
  if (/emptydir|ephemeral/i.test(message)) return "raise the size limit that it passed, or let it write less";
  if (/memory/i.test(message)) return "request the memory that it really uses, or give the cluster larger nodes";
  if (reason === "Evicted") return "raise the limit that it passed, or let it use less";
  return "see the node (kubectl describe node): it could not keep the pod";
}

/** The node has gone, or its kubelet does not answer: the pod's own status is the last that was heard of it. */
function nodeTrouble(pod: KubeObject, related: Related): Trouble | null {
  const node = textAt(pod, "spec", "nodeName");
  const lost = textAt(pod, "status", "reason") === "NodeLost" || textAt(pod, "status", "phase") === "Unknown";
  const disrupted = conditionOf(pod, "DisruptionTarget");
  const tainted = disrupted?.status === "True" && disrupted.reason === "DeletionByTaintManager";
  const away = newestEvent(eventsAbout(pod, related), (event) => event.reason === "NodeNotReady");
  const ready = conditionOf(pod, "Ready");
  // The kubelet's own word after the event: the node is back.
  const back = ready?.status === "True" || (away !== null && ready !== null && ready.since > away.last);
  if (!lost && !tainted && (away === null || back)) return null;
  const name = pod.metadata.name;
  return {
    cause: "node-gone",
    reason: "NodeNotReady",
    message: `${name}: its node ${node} does not answer`,
    // A node that comes back brings its pods; otherwise the cluster makes them elsewhere after its own time.
    times: 1,
    hopeless: false,
    pod: name,
    pods: 1,
    since: away?.first ?? disrupted?.since ?? "",
    event: away?.message ?? textAt(pod, "status", "message"),
    log: null,
    remedy: `bring the node back (kubectl describe node ${node}), or delete it from the cluster so that its pods move`,
  };
}

/** All containers are ready, but the pod's readiness gates are not (KEP-580): some controller has yet to say so. */
function gateTrouble(pod: KubeObject): Trouble | null {
  if (conditionOf(pod, "ContainersReady")?.status !== "True" || conditionOf(pod, "Ready")?.status === "True")
    return null;
  const conditions = conditionsOf(pod);
  const open = listAt(pod, "spec", "readinessGates")
    .map((gate) => textAt(gate, "conditionType"))
    .filter((type) => conditions.find((condition) => condition.type === type)?.status !== "True");
  if (open.length === 0) return null;
  const name = pod.metadata.name;
  return {
    cause: "readiness-gate",
    reason: "ReadinessGatesNotReady",
    message: `${name} waits for its readiness gate ${open.join(", ")}`,
    times: 1,
    hopeless: false,
    pod: name,
    pods: 1,
    since: conditionOf(pod, "ContainersReady")?.since ?? "",
    event: conditionOf(pod, "Ready")?.message ?? "",
    log: null,
    remedy: "see the controller that sets this condition on the pod, or take the gate out of the pod template",
  };
}
