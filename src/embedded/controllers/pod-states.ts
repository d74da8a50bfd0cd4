/** What a pod's status becomes at each turn of its life: containers first, then the conditions that follow. */
import { delays, doubled } from "./delays.ts";
import { behaviourOf } from "./pod-behaviour.ts";
import {
  endedContainer,
  freshContainer,
  mapContainers,
  podAddress,
  podConditions,
  runningContainer,
} from "./pod-status.ts";
import type { Pod, PodStatus } from "./shapes.ts";

export function accepted(pod: Pod, stamp: string): PodStatus {
  const init = pod.spec.initContainers ?? [];
  const reason = init.length > 0 ? "PodInitializing" : "ContainerCreating";
  const status: PodStatus = {
    ...pod.status,
    phase: "Pending",
    hostIP: "172.18.0.2",
    hostIPs: [{ ip: "172.18.0.2" }],
    startTime: stamp,
    ...(init.length > 0 ? { initContainerStatuses: init.map((each) => freshContainer(each, reason)) } : {}),
    containerStatuses: pod.spec.containers.map((each) => freshContainer(each, reason)),
  };
  return concluded(pod, status, { sandbox: false, initialized: init.length === 0, ready: false }, stamp);
}

export const pullState = (reason: "ErrImagePull" | "ImagePullBackOff") => (pod: Pod, stamp: string) => {
  const image = pod.spec.containers[0]?.image ?? "";
  const message =
    reason === "ErrImagePull" ? notFound(image) : `Back-off pulling image "${image}": ErrImagePull: ${notFound(image)}`;
  return waitingAs(pod, reason, message, stamp);
};

export function notFound(image: string): string {
  return `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
}

export function waitingAs(pod: Pod, reason: string, message: string, stamp: string): PodStatus {
  const status: PodStatus = {
    ...pod.status,
    containerStatuses: mapContainers(pod.status ?? {}, (container, index) =>
      index === 0 ? { ...container, state: { waiting: { reason, message } } } : container,
    ),
  };
  return concluded(pod, status, { sandbox: true, initialized: true, ready: false }, stamp);
}

/** All containers run; those without a readiness probe are ready at once. */
export function running(pod: Pod, stamp: string): PodStatus {
  const status = allRunning(pod, stamp);
  const end = endAtOnce(pod, status.containerStatuses?.[0]?.restartCount ?? 0);
  return end === null ? status : ended(end)({ ...pod, status }, stamp);
}

/** What crashes ends before anybody sees it run, else it would be ready for a moment, and a rollout complete. */
function endAtOnce(pod: Pod, restarts: number): { exitCode: number; reason: string } | null {
  const behaviour = behaviourOf(pod);
  if (behaviour === "oom") return { exitCode: 137, reason: "OOMKilled" };
  if (behaviour === "hook") return { exitCode: 137, reason: "Error" };
  const crashes = behaviour === "crash" || (behaviour === "crash-once" && restarts === 0);
  return crashes ? { exitCode: 1, reason: "Error" } : null;
}

function allRunning(pod: Pod, stamp: string): PodStatus {
  const probed = new Set(
    pod.spec.containers.filter((each) => each.readinessProbe !== undefined).map((each) => each.name),
  );
  const never = ["readiness", "node-gone"].includes(behaviourOf(pod));
  const before = pod.status ?? {};
  const status: PodStatus = {
    ...before,
    phase: "Running",
    podIP: before.podIP ?? podAddress(pod),
    podIPs: [{ ip: before.podIP ?? podAddress(pod) }],
    ...(before.initContainerStatuses === undefined
      ? {}
      : {
          initContainerStatuses: before.initContainerStatuses.map((each, index) => initEnded(pod, each, index, stamp)),
        }),
    containerStatuses: mapContainers(before, (container) =>
      container.state.running !== undefined
        ? container
        : runningContainer(container, !never && !probed.has(container.name), stamp),
    ),
  };
  return concluded(pod, status, { sandbox: true, initialized: true }, stamp);
}

function initEnded(pod: Pod, status: Parameters<typeof runningContainer>[0], index: number, stamp: string) {
  const sidecar = pod.spec.initContainers?.[index]?.restartPolicy === "Always";
  const runs = runningContainer(status, true, stamp);
  return sidecar ? runs : { ...endedContainer(runs, { exitCode: 0, reason: "Completed" }, stamp), ready: true };
}

export function probed(pod: Pod, stamp: string): PodStatus {
  const status = {
    ...pod.status,
    containerStatuses: mapContainers(pod.status ?? {}, (each) => ({ ...each, ready: true })),
  };
  return concluded(pod, status, { sandbox: true, initialized: true }, stamp);
}

/** The first container ends badly alone; a good end is the end of all. */
export const ended = (end: { exitCode: number; reason: string }) => (pod: Pod, stamp: string) => {
  const status: PodStatus = {
    ...pod.status,
    containerStatuses: mapContainers(pod.status ?? {}, (container, index) =>
      index === 0 || end.exitCode === 0 ? endedContainer(container, end, stamp) : container,
    ),
  };
  const never = pod.spec.restartPolicy === "Never";
  const unready = end.exitCode === 0 ? "PodCompleted" : never ? "PodFailed" : "ContainersNotReady";
  return concluded(pod, status, { sandbox: true, initialized: true, ready: false, unready }, stamp);
};

export function backingOff(pod: Pod, restarts: number, stamp: string): PodStatus {
  const seconds = doubled(delays.backOff, restarts - 1, delays.backOffMost) / 1000;
  const { namespace, name, uid } = pod.metadata;
  const status: PodStatus = {
    ...pod.status,
    containerStatuses: mapContainers(pod.status ?? {}, (container, index) => {
      if (index > 0 || container.state.terminated === undefined) return container;
      const message = `back-off ${seconds}s restarting failed container=${container.name} pod=${name}_${namespace}(${uid})`;
      return {
        ...container,
        state: { waiting: { reason: "CrashLoopBackOff", message } },
        lastState: { terminated: container.state.terminated },
      };
    }),
  };
  return concluded(pod, status, { sandbox: true, initialized: true, ready: false }, stamp);
}

export const finished = (phase: "Succeeded" | "Failed") => (pod: Pod, stamp: string) => {
  const unready = phase === "Succeeded" ? "PodCompleted" : "PodFailed";
  const status: PodStatus = { ...pod.status, phase };
  return concluded(pod, status, { sandbox: false, initialized: true, ready: false, unready }, stamp);
};

/** What is left of a pod that is asked to stop: its containers handle TERM and end well. */
export function stopped(pod: Pod, stamp: string): PodStatus {
  const failed =
    pod.status?.containerStatuses?.some((each) => (each.lastState.terminated?.exitCode ?? 0) !== 0) === true;
  const status: PodStatus = {
    ...pod.status,
    containerStatuses: mapContainers(pod.status ?? {}, (container) =>
      container.state.running === undefined
        ? container
        : endedContainer(container, { exitCode: 0, reason: "Completed" }, stamp),
    ),
  };
  return finished(failed ? "Failed" : "Succeeded")({ ...pod, status }, stamp);
}

/** Status with the conditions that follow from it. */
function concluded(
  pod: Pod,
  status: PodStatus,
  facts: {
    sandbox: boolean;
    initialized: boolean;
    ready?: boolean;
    unready?: "ContainersNotReady" | "PodCompleted" | "PodFailed";
  },
  stamp: string,
): PodStatus {
  const ready = facts.ready ?? status.containerStatuses?.every((each) => each.ready) === true;
  const unready = facts.unready ?? "ContainersNotReady";
  return {
    ...status,
    conditions: podConditions({ ...pod, status: { ...pod.status, ...status } }, { ...facts, ready, unready }, stamp),
  };
}
