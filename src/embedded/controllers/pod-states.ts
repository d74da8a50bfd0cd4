/** What a pod's status becomes at each turn of its life: containers first, then the phase and conditions that follow. */
import {
  cellsOf,
  changeContainers,
  endedContainer,
  endOf,
  freshContainer,
  isPassed,
  podAddress,
  podConditions,
} from "./pod-status.ts";
import type { ContainerStatus, Pod, PodStatus } from "./shapes.ts";

export type Turn = (pod: Pod, stamp: string) => PodStatus;

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
  return concluded(pod, status, stamp, false);
}

/** Changes containers by name; the others stay. */
export function turned(
  changes: ReadonlyMap<string, (before: ContainerStatus, stamp: string) => ContainerStatus>,
): Turn {
  return (pod, stamp) => {
    const status = pod.status ?? {};
    const containers = changeContainers(status, (each) => changes.get(each.name)?.(each, stamp) ?? each);
    return concluded(pod, { ...status, ...containers }, stamp, true);
  };
}

/** `ErrImagePull` and the like; what ended before is kept. */
export function waiting(reason: string, message?: string) {
  return (before: ContainerStatus): ContainerStatus => ({
    ...before,
    state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
    lastState: before.state.terminated === undefined ? before.lastState : { terminated: before.state.terminated },
    ready: false,
    started: false,
  });
}

export function finished(phase: "Succeeded" | "Failed", why: { reason?: string; message?: string } = {}): Turn {
  return (pod, stamp) => concluded(pod, { ...pod.status, phase, ...why }, stamp, false);
}

/** What the kubelet says of a container that it never came to start. */
const neverSeen = {
  exitCode: 137,
  reason: "ContainerStatusUnknown",
  message: "The container could not be located when the pod was terminated",
  startedAt: null,
  finishedAt: null,
};

/**
 * What is left of a pod that is asked to stop: its containers handle TERM and end well, or are killed when their time
 * is up.
 */
export function stopped(
  pod: Pod,
  stamp: string,
  killed = false,
  why: { reason?: string; message?: string } = {},
): PodStatus {
  const end = killed ? { exitCode: 137, reason: "Error" } : { exitCode: 0, reason: "Completed" };
  const status = pod.status ?? {};
  const containers = changeContainers(status, (each) => {
    if (each.state.running !== undefined) return endedContainer(each, end, stamp);
    const { terminated } = each.lastState;
    if (each.state.waiting === undefined) return each;
    return { ...each, state: { terminated: terminated ?? neverSeen } };
  });
  const next = { ...status, ...containers };
  const ran = cellsOf(pod).some(
    ({ status: { state, lastState } }) => state.waiting === undefined || lastState.terminated !== undefined,
  );
  // Of a pod that never ran only the phase is told anew.
  if (!ran) return { ...next, phase: "Failed" };
  const failed = cellsOf(pod, next).some(({ status: each }) => (each.state.terminated?.exitCode ?? 0) !== 0);
  return concluded(
    pod,
    { ...next, ...why, phase: failed || why.reason !== undefined ? "Failed" : "Succeeded" },
    stamp,
    false,
  );
}

/** Status with the phase, the address and the conditions that follow from its containers. */
function concluded(pod: Pod, status: PodStatus, stamp: string, sandbox: boolean): PodStatus {
  const phase = phaseOf(pod, status);
  const address = status.podIP ?? podAddress(pod);
  const placed = sandbox || status.podIP !== undefined ? { podIP: address, podIPs: [{ ip: address }] } : {};
  const next: PodStatus = { ...status, phase, ...placed };
  const { generation } = pod.metadata;
  return {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...next,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: podConditions(pod, next, sandbox, stamp),
  };
}

/** API reference, PodStatus.phase: a pod is pending until each of its containers has run once. */
function phaseOf(pod: Pod, status: PodStatus): NonNullable<PodStatus["phase"]> {
  const { phase } = status;
  if (phase === "Succeeded" || phase === "Failed") return phase;
  const cells = cellsOf(pod, status);
  // The end of all containers is not yet the end of the pod: its node says that later.
  if (endOf(pod, status, cells) !== null) return phase ?? "Pending";
  const initializing = cells.some((cell) => cell.role !== "main" && !isPassed(cell));
  const fresh = cells.some(
    ({ role, status: each }) =>
      role === "main" && each.state.waiting !== undefined && each.lastState.terminated === undefined,
  );
  return initializing || fresh ? "Pending" : "Running";
}
