import { imageTrouble } from "./images.ts";
import {
  behaviourOf,
  exitCodeOf,
  failingContainer,
  failsAfter,
  failureMessage,
  failures,
  stopsIn,
  worksFor,
} from "./pod-behaviour.ts";
import { waiting } from "./pod-states.ts";
import { type Cell, containerId, endedContainer, imageId, runningContainer } from "./pod-status.ts";
import type { Container, ContainerStatus, Pod } from "./shapes.ts";

export interface PodEvent {
  readonly kind: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
  /** The container that it is about; null: the pod. */
  readonly container: string | null;
}

export const event = (
  kind: PodEvent["kind"],
  reason: string,
  message: string,
  container: string | null = null,
): PodEvent => ({ kind, reason, message, container });

/** What comes of trying to start a container. */
export interface Attempt {
  readonly events: readonly PodEvent[];
  readonly state: (before: ContainerStatus, stamp: string) => ContainerStatus;
  /** It did not come to start anything. */
  readonly inVain: boolean;
}

/** Whether the behaviour that the pod is annotated with is this container's, and not yet outlived. */
export function failsHere(pod: Pod, { spec, status }: Cell, restarts = status.restartCount): boolean {
  return behaviourOf(pod) !== "fine" && failingContainer(pod) === spec.name && restarts < failures(pod);
}

/** `missing`: why the environment cannot be put together; null where it can. */
export function attempt(pod: Pod, cell: Cell, missing: string | null): Attempt {
  const { spec } = cell;
  const { name, image = "" } = spec;
  const trouble = imageTrouble(pod, spec);
  if (trouble !== null) return { ...untried(trouble, name, image), inVain: true };
  const pulled =
    spec.imagePullPolicy === "Always"
      ? [
          event("Normal", "Pulling", `Pulling image "${image}"`, name),
          event(
            "Normal",
            "Pulled",
            `Successfully pulled image "${image}" in 500ms (500ms including waiting). Image size: 0 bytes.`,
            name,
          ),
        ]
      : [event("Normal", "Pulled", `Container image "${image}" already present on machine`, name)];
  if (missing !== null) {
    const failed = event("Warning", "Failed", `Error: ${missing}`, name);
    return { events: [...pulled, failed], state: waiting("CreateContainerConfigError", missing), inVain: true };
  }
  const created = event("Normal", "Created", `Created container: ${name}`, name);
  const restarted = cell.status.state.waiting === undefined || cell.status.lastState.terminated !== undefined;
  const count = cell.status.restartCount + (restarted ? 1 : 0);
  if (behaviourOf(pod) === "bad-command" && failsHere(pod, cell, count)) {
    const why = unstartable(pod, spec);
    const failed = event("Warning", "Failed", `Error: ${why}`, name);
    const state = (before: ContainerStatus, stamp: string) => unstarted(before, count, why, stamp);
    return { events: [...pulled, created, failed], state, inVain: false };
  }
  const started = event("Normal", "Started", `Started container ${name}`, name);
  const fails = failsHere(pod, cell, count);
  if (behaviourOf(pod) === "hook" && fails) {
    const hook = [
      event("Warning", "FailedPostStartHook", "PostStartHook failed", name),
      event("Normal", "Killing", "FailedPostStartHook", name),
    ];
    const state = (before: ContainerStatus, stamp: string) => {
      const ended = endedContainer(begun(pod, cell, before, count, stamp), hookEnd(pod), stamp);
      return waiting("PostStartHookError", hookError(pod, spec))(ended);
    };
    return { events: [...pulled, created, started, ...hook], state, inVain: false };
  }
  const done = worksFor(pod) === 0 && cell.role === "main" ? { exitCode: 0, reason: "Completed" } : null;
  const end = (fails ? endAtOnce(pod) : null) ?? done;
  const state = (before: ContainerStatus, stamp: string) => {
    const runs = begun(pod, cell, before, count, stamp);
    return end === null ? runs : endedContainer(runs, end, stamp);
  };
  return { events: [...pulled, created, started], state, inVain: false };
}

function untried(
  trouble: NonNullable<ReturnType<typeof imageTrouble>>,
  name: string,
  image: string,
): Omit<Attempt, "inVain"> {
  const { reason, message } = trouble;
  const failed = event("Warning", "Failed", `Error: ${reason}`, name);
  switch (reason) {
    case "InvalidImageName":
      return { state: waiting(reason, message), events: [event("Warning", "InspectFailed", message, name), failed] };
    case "ErrImageNeverPull":
      return { state: waiting(reason, message), events: [event("Warning", reason, message, name), failed] };
    case "ErrImagePull":
      return {
        state: waiting(reason, message),
        events: [
          event("Normal", "Pulling", `Pulling image "${image}"`, name),
          event("Warning", "Failed", `Failed to pull image "${image}": ${message}`, name),
          failed,
        ],
      };
  }
}

/** A container without probes is ready at once; an init container has to end first. */
function begun(pod: Pod, cell: Cell, before: ContainerStatus, restartCount: number, stamp: string): ContainerStatus {
  const { spec, role } = cell;
  const started = role === "init" || spec.startupProbe === undefined;
  const never = failsHere(pod, cell, restartCount) && neverReady(pod);
  const ready = role !== "init" && started && spec.readinessProbe === undefined && !never;
  return runningContainer({ ...before, restartCount }, spec, { ready, started }, stamp);
}

const neverReady = (pod: Pod) =>
  behaviourOf(pod) === "node-gone" || (behaviourOf(pod) === "readiness" && failsAfter(pod) === null);

/** What crashes ends before anybody sees it run, else it would be ready for a moment, and a rollout complete. */
function endAtOnce(pod: Pod): { exitCode: number; reason: string } | null {
  if (failsAfter(pod) !== null) return null;
  switch (behaviourOf(pod)) {
    case "oom":
      return { exitCode: 137, reason: "OOMKilled" };
    case "crash":
    case "crash-once":
      return { exitCode: exitCodeOf(pod), reason: "Error" };
    default:
      return null;
  }
}

function unstartable(pod: Pod, { command = [] }: Container): string {
  const [program = "run"] = command;
  const why =
    failureMessage(pod) ??
    (program.includes("/") ? `stat ${program}: no such file or directory` : "executable file not found in $PATH");
  return `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "${program}": ${why}: unknown`;
}

function unstarted(before: ContainerStatus, restartCount: number, message: string, stamp: string): ContainerStatus {
  const containerID = containerId(before.name, stamp, restartCount);
  const end = {
    exitCode: 128,
    reason: "StartError",
    message,
    startedAt: "1970-01-01T00:00:00Z",
    finishedAt: stamp,
    containerID,
  };
  const waits = waiting(
    "RunContainerError",
    message,
  )({
    ...before,
    state: { terminated: end },
    imageID: imageId(before.image),
    containerID,
  });
  return { ...waits, restartCount };
}

/** A container that says how long it takes to stop handles TERM. */
function hookEnd(pod: Pod): { exitCode: number; reason: string } {
  const polite = Number.isFinite(stopsIn(pod) ?? Number.POSITIVE_INFINITY);
  return polite ? { exitCode: 0, reason: "Completed" } : { exitCode: 137, reason: "Error" };
}

function hookError(pod: Pod, { name, lifecycle }: Container): string {
  const [program = "/bin/false", ...rest] = lifecycle?.postStart?.exec?.command ?? [];
  const { namespace, name: of, uid } = pod.metadata;
  const where = `Exec lifecycle hook (${JSON.stringify([program, ...rest].join(" "))
    .replace(/^"/, "[")
    .replace(/"$/, "]")}) for Container "${name}" in Pod "${of}_${namespace}(${uid})"`;
  return `${where} failed - error: command '${[program, ...rest].join(" ")}' exited with 1: , message: ""`;
}
