import { createHash } from "node:crypto";
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from "./shapes.ts";

/** What the conditions of a pod say; the kubelet writes them in this order. */
export interface PodFacts {
  readonly sandbox: boolean;
  readonly initialized: boolean;
  readonly ready: boolean;
  /** Reason of the ready conditions where they are false. */
  readonly unready: "ContainersNotReady" | "PodCompleted" | "PodFailed";
}

/** Conditions in the kubelet's order; a condition that did not change keeps its time. */
export function podConditions(pod: Pod, facts: PodFacts, stamp: string): Condition[] {
  const waiting = (pod.status?.containerStatuses ?? []).filter((each) => !each.ready).map((each) => each.name);
  const why =
    facts.unready === "ContainersNotReady"
      ? { reason: facts.unready, message: `containers with unready status: [${waiting.join(" ")}]` }
      : { reason: facts.unready };
  const wanted: [string, boolean, { reason?: string; message?: string }][] = [
    ["PodReadyToStartContainers", facts.sandbox, {}],
    ["Initialized", facts.initialized, initializedReason(pod, facts)],
    ["Ready", facts.ready, facts.ready ? {} : why],
    ["ContainersReady", facts.ready, facts.ready ? {} : why],
    ["PodScheduled", true, {}],
  ];
  return wanted.map(([type, holds, details]) => {
    const status = holds ? "True" : "False";
    const before = pod.status?.conditions?.find((each) => each.type === type);
    const since = before?.status === status ? (before.lastTransitionTime ?? stamp) : stamp;
    return { type, status, lastProbeTime: null, lastTransitionTime: since, ...details };
  });
}

function initializedReason(pod: Pod, facts: PodFacts): { reason?: string; message?: string } {
  if (facts.initialized) return facts.unready === "PodCompleted" ? { reason: "PodCompleted" } : {};
  const names = (pod.spec.initContainers ?? []).map((each) => each.name).join(" ");
  return { reason: "ContainersNotInitialized", message: `containers with incomplete status: [${names}]` };
}

export function freshContainer(container: Container, reason: string): ContainerStatus {
  return {
    name: container.name,
    state: { waiting: { reason } },
    lastState: {},
    ready: false,
    restartCount: 0,
    image: container.image ?? "",
    imageID: "",
    started: false,
  };
}

export function runningContainer(before: ContainerStatus, ready: boolean, stamp: string): ContainerStatus {
  const ended = before.state.terminated;
  return {
    ...before,
    state: { running: { startedAt: stamp } },
    lastState: ended === undefined ? before.lastState : { terminated: ended },
    ready,
    imageID: `${before.image}@sha256:${createHash("sha256").update(before.image).digest("hex")}`,
    containerID: containerId(before.name, stamp, before.restartCount),
    started: true,
  };
}

export function endedContainer(
  before: ContainerStatus,
  end: { readonly exitCode: number; readonly reason: string },
  stamp: string,
): ContainerStatus {
  const id = before.containerID;
  return {
    ...before,
    state: {
      terminated: {
        ...end,
        startedAt: before.state.running?.startedAt ?? stamp,
        finishedAt: stamp,
        ...(id === undefined ? {} : { containerID: id }),
      },
    },
    ready: false,
    started: false,
  };
}

function containerId(name: string, stamp: string, restarts: number): string {
  return `containerd://${createHash("sha256").update(`${name} ${stamp} ${restarts}`).digest("hex")}`;
}

/** 10.244.a.b, told from the uid: stable over restarts of the embedded cluster, rarely the same twice. */
export function podAddress(pod: Pod): string {
  const bytes = createHash("sha256")
    .update(pod.metadata.uid ?? "")
    .digest();
  return `10.244.${bytes[0]}.${1 + ((bytes[1] ?? 0) % 254)}`;
}

/** Container statuses in the order of the spec. */
export function mapContainers(
  status: PodStatus,
  change: (container: ContainerStatus, index: number) => ContainerStatus,
): ContainerStatus[] {
  return (status.containerStatuses ?? []).map(change);
}
