import { delays, doubled } from "./delays.ts";
import { behaviourOf } from "./pod-behaviour.ts";
import {
  accepted,
  backingOff,
  ended,
  finished,
  notFound,
  probed,
  pullState,
  running,
  waitingAs,
} from "./pod-states.ts";
import { mapContainers } from "./pod-status.ts";
import type { Missing } from "./references.ts";
import { isReady, type Pod, type PodStatus } from "./shapes.ts";

/** What the kubelet knows beside the pod. */
export interface Surroundings {
  readonly volume: Missing | null;
  readonly environment: Missing | null;
  /** How often the step that is due was tried in vain. */
  readonly tries: number;
}

export interface PodEvent {
  readonly kind: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** What happens to a pod next, and when. `status` null: only the events. `retry` counts as a try in vain. */
export interface Step {
  readonly afterMs: number;
  readonly status: ((pod: Pod, stamp: string) => PodStatus) | null;
  readonly events: readonly PodEvent[];
  readonly retry: boolean;
}

const normal = (reason: string, message: string): PodEvent => ({ kind: "Normal", reason, message });
const warning = (reason: string, message: string): PodEvent => ({ kind: "Warning", reason, message });

function step(afterMs: number, status: Step["status"], events: readonly PodEvent[] = [], retry = false): Step {
  return { afterMs, status, events, retry };
}

/**
 * The life of a scheduled pod, as recordings of a kubelet show it: a function of what its status says, so that it goes
 * on after a restart of the embedded cluster. null: nothing happens until something else changes.
 */
export function nextStep(pod: Pod, around: Surroundings): Step | null {
  const status = pod.status ?? {};
  if (status.phase === "Succeeded" || status.phase === "Failed") return null;
  const first = status.containerStatuses?.[0];
  if (first === undefined) return step(delays.accept, accepted);
  const { waiting, terminated } = first.state;
  if (terminated !== undefined) return afterEnd(pod, terminated.exitCode, first.restartCount);
  if (waiting === undefined) return whileRunning(pod, around);
  switch (waiting.reason) {
    case "ErrImagePull":
      return step(delays.settle, pullState("ImagePullBackOff"), [
        normal("BackOff", `Back-off pulling image "${first.image}"`),
        warning("Failed", "Error: ImagePullBackOff"),
      ]);
    case "ImagePullBackOff":
      if (behaviourOf(pod) !== "image-pull") return started(pod, 0);
      return failedPull(pod, doubled(delays.backOff, around.tries - 1, delays.backOffMost));
    case "CrashLoopBackOff":
      return restart(pod, doubled(delays.backOff, first.restartCount - 1, delays.backOffMost));
    case "CreateContainerConfigError":
      return configError(pod, around) === null
        ? started(pod, delays.start)
        : step(delays.configRetry, null, [warning("Failed", `Error: ${configError(pod, around)}`)], true);
    default:
      return start(pod, around);
  }
}

/** From ContainerCreating: a volume, a reference or an image can be in the way. */
function start(pod: Pod, around: Surroundings): Step {
  const { volume } = around;
  if (volume !== null) {
    const message = `MountVolume.SetUp failed for volume "${volume.by}" : ${volume.message}`;
    const wait = doubled(delays.mountRetry, around.tries, delays.mountRetryMost);
    return step(around.tries === 0 ? delays.accept : wait, null, [warning("FailedMount", message)], true);
  }
  const soon = delays.start + spread(pod, delays.startSpread);
  if (behaviourOf(pod) === "image-pull") return failedPull(pod, soon);
  const config = configError(pod, around);
  if (config !== null) {
    const state = (at: Pod, stamp: string) => waitingAs(at, "CreateContainerConfigError", config, stamp);
    const present = `Container image "${pod.spec.containers[0]?.image}" already present on machine`;
    return step(soon, state, [normal("Pulled", present), warning("Failed", `Error: ${config}`)]);
  }
  return started(pod, behaviourOf(pod) === "slow" ? delays.slowStart : soon);
}

function configError(pod: Pod, around: Surroundings): string | null {
  if (around.environment !== null) return around.environment.message;
  return behaviourOf(pod) === "config-error" ? 'configmap "missing" not found' : null;
}

function failedPull(pod: Pod, afterMs: number): Step {
  const image = pod.spec.containers[0]?.image ?? "";
  return {
    ...step(afterMs, pullState("ErrImagePull"), [
      normal("Pulling", `Pulling image "${image}"`),
      warning("Failed", `Failed to pull image "${image}": ${notFound(image)}`),
      warning("Failed", "Error: ErrImagePull"),
    ]),
    retry: true,
  };
}

function started(pod: Pod, afterMs: number): Step {
  return step(
    afterMs,
    running,
    pod.spec.containers
      .flatMap((container) => [
        normal("Pulled", `Container image "${container.image}" already present on machine`),
        normal("Created", `Created container: ${container.name}`),
        normal("Started", `Started container ${container.name}`),
      ])
      .concat(hookFailed(pod)),
  );
}

/** The kubelet kills a container whose postStart hook fails. */
function hookFailed(pod: Pod): PodEvent[] {
  if (behaviourOf(pod) !== "hook") return [];
  const { name } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? "";
  return [
    warning(
      "FailedPostStartHook",
      `Exec lifecycle hook ([/bin/false]) for Container "${container}" in Pod "${name}" failed`,
    ),
    normal("Killing", "FailedPostStartHook"),
  ];
}

function whileRunning(pod: Pod, around: Surroundings): Step | null {
  const behaviour = behaviourOf(pod);
  if (behaviour === "job-fail") return step(delays.crash, ended({ exitCode: 1, reason: "Error" }));
  const worksForJob = pod.metadata.ownerReferences?.some((owner) => owner.kind === "Job") === true;
  if (worksForJob) return step(delays.work, ended({ exitCode: 0, reason: "Completed" }));
  if (isReady(pod)) return null;
  if (behaviour === "node-gone") {
    if (around.tries > 0) return null;
    return step(delays.settle, null, [warning("NodeNotReady", "Node is not ready")], true);
  }
  if (behaviour === "readiness") {
    const failed = warning("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
    return step(doubled(delays.settle, around.tries, 60_000), null, [failed], true);
  }
  const initial = Math.max(0, ...pod.spec.containers.map((each) => each.readinessProbe?.initialDelaySeconds ?? 0));
  return step(Math.min(initial * 1000, delays.probeDelayMost) + delays.probe, probed);
}

function afterEnd(pod: Pod, exitCode: number, restarts: number): Step {
  if (exitCode === 0 && pod.spec.restartPolicy !== "Always") return step(delays.settle, finished("Succeeded"));
  if (pod.spec.restartPolicy === "Never") return step(delays.settle, finished("Failed"));
  // The kubelet restarts a container at once the first time, and backs off from then on.
  if (restarts === 0) return restart(pod, delays.restart);
  const { namespace, name, uid } = pod.metadata;
  const container = pod.spec.containers[0]?.name ?? "";
  const backOff = `Back-off restarting failed container ${container} in pod ${name}_${namespace}(${uid})`;
  return step(delays.settle, (at, stamp) => backingOff(at, restarts, stamp), [warning("BackOff", backOff)]);
}

function restart(pod: Pod, afterMs: number): Step {
  const container = pod.spec.containers[0];
  const again = (at: Pod, stamp: string): PodStatus => {
    const counted = mapContainers(at.status ?? {}, (each, index) =>
      index === 0 ? { ...each, restartCount: each.restartCount + 1 } : each,
    );
    return running({ ...at, status: { ...at.status, containerStatuses: counted } }, stamp);
  };
  return step(afterMs, again, [
    normal("Pulled", `Container image "${container?.image}" already present on machine`),
    normal("Created", `Created container: ${container?.name}`),
    normal("Started", `Started container ${container?.name}`),
    ...hookFailed(pod),
  ]);
}

/** Pods that were made together do not start at the same instant. */
function spread(pod: Pod, most: number): number {
  let sum = 0;
  for (const character of pod.metadata.uid ?? pod.metadata.name) sum = (sum * 31 + character.charCodeAt(0)) % 9973;
  return sum % most;
}
