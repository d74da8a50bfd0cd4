import { type ClusterEvent, newestEvent } from "./cluster-events.ts";
import type { ContainerState, ContainerView } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { graces } from "./graces.ts";
import { pullTrouble } from "./pull-trouble.ts";
import { listAt, textAt } from "./reading.ts";
import type { Cause, LogTarget, Trouble } from "./related.ts";

/** What is wrong with one container; null when nothing is. */
export function containerTrouble(view: ContainerView): Trouble | null {
  const { container } = view;
  if (container.state === "running") return container.ready || container.init ? null : probeTrouble(view);
  switch (container.reason) {
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "InvalidImageName":
    case "ErrImageNeverPull":
    case "ErrImageInspect":
    case "RegistryUnavailable":
    case "ImageInspectError":
      return pullTrouble(view);
    case "CreateContainerConfigError":
    case "CreateContainerError":
      return configTrouble(view);
    case "ContainerCreating":
    case "PodInitializing":
      return null;
    default:
      return crashTrouble(view);
  }
}

/** `postgres-0`, or `postgres-0 (migrate)` where the container's name adds something. */
function nameIn({ pod, container }: ContainerView): string {
  const sole = !container.init && listAt(pod, "spec", "containers").length === 1;
  return sole ? pod.metadata.name : `${pod.metadata.name} (${container.name})`;
}

function configTrouble(view: ContainerView): Trouble {
  const { pod, container, events, related, now } = view;
  const missing = /(configmap|secret) "([^"]+)" not found/i.exec(container.message);
  return {
    cause: "config-missing",
    reason: container.reason,
    message: `${nameIn(view)} cannot be configured: ${container.message}`,
    times: 1,
    hopeless: elapsedSince(textAt(pod, "status", "startTime"), related, now) >= graces.configMissingMs,
    pod: pod.metadata.name,
    event: newestEvent(events, (event) => event.warning && event.message.includes(container.message))?.message ?? "",
    log: null,
    remedy:
      missing === null
        ? "correct what the container refers to"
        : `create the ${missing[1]} ${missing[2]} in this namespace, or correct its name`,
  };
}

function crashTrouble(view: ContainerView): Trouble | null {
  const { pod, container, events } = view;
  const { ended } = container;
  const done = container.state === "terminated" && container.reason === "Completed";
  if (ended === null || done) return null;
  // waiting: the restart is still to come, so there was one more end than restarts; so too when terminated.
  const crashes = container.restarts + 1;
  const cannotStart = ended.reason === "StartError" || ended.reason === "ContainerCannotRun";
  const killed = newestEvent(events, (event) => event.reason === "Killing" && event.message.includes("liveness"));
  const cause: Cause = cannotStart ? "start-error" : ended.reason === "OOMKilled" ? "oom" : killed ? "probe" : "crash";
  const warning = newestEvent(
    events,
    (event) => event.warning && (cause === "probe" ? event.reason === "Unhealthy" : event.reason !== "Unhealthy"),
  );
  return {
    cause,
    // The states alternate at every restart: one reason for all of them.
    reason: cause === "oom" || cause === "start-error" || crashes === 1 ? ended.reason : "CrashLoopBackOff",
    message: crashMessage(cause, nameIn(view), crashes, view),
    times: crashes,
    hopeless: beyondBudget(view, cannotStart),
    pod: pod.metadata.name,
    event: warning?.message ?? "",
    log: logOf(view),
    remedy: crashRemedy(cause, ended.exitCode),
  };
}

/** Pods that are never restarted are judged by their owner: a Job has its own budget. */
function beyondBudget({ pod, container }: ContainerView, cannotStart: boolean): boolean {
  if (textAt(pod, "spec", "restartPolicy") === "Never") return false;
  if ((container.ended?.ranMs ?? 0) >= graces.healthyRunMs) return false;
  return container.restarts >= (cannotStart ? 1 : graces.restarts);
}

function crashMessage(cause: Cause, name: string, crashes: number, { container }: ContainerView): string {
  const times = crashes === 1 ? "once" : `${crashes} times`;
  switch (cause) {
    case "start-error":
      return `${name} cannot be started: ${startFailure(container)}`;
    case "oom":
      return `${name} ran out of memory ${times}`;
    case "probe":
      return `${name} was killed ${times} by its liveness probe`;
    default:
      return `${name} crashed ${times}, exit code ${container.ended?.exitCode ?? 0}`;
  }
}

/** containerd's message ends in what matters: `exec: "/opt/app/run": stat /opt/app/run: no such file or directory`. */
function startFailure(container: ContainerState): string {
  const message = container.ended?.message ?? "";
  const exec = /exec: .*$/.exec(message)?.[0];
  return (exec ?? message.split(": ").slice(-2).join(": ")).replace(/: unknown$/, "") || container.reason;
}

function crashRemedy(cause: Cause, exitCode: number): string {
  switch (cause) {
    case "start-error":
      return "correct the container's command: the image does not hold what it names";
    case "oom":
      return "raise the container's memory limit, or let it use less";
    case "probe":
      return "give the liveness probe more time, or a startup probe, or see why the container stops answering";
    default:
      if (exitCode === 137) return "it was killed from outside: see memory, probes and the node";
      if (exitCode === 126 || exitCode === 127) return "correct the container's command: the shell could not run it";
      return "read the log of the container";
  }
}

function logOf({ pod, container }: ContainerView): LogTarget {
  return {
    namespace: pod.metadata.namespace ?? "",
    pod: pod.metadata.name,
    container: container.name,
    // A container that waits has nothing but the log of its run before; one that just ended still has its own.
    previous: container.state === "running",
  };
}

function probeTrouble(view: ContainerView): Trouble | null {
  const { pod, events } = view;
  const unhealthy = (event: ClusterEvent) =>
    event.reason === "Unhealthy" && /^(Readiness|Startup) probe/.test(event.message);
  const event = newestEvent(events, unhealthy);
  if (event === null) return null;
  const kind = event.message.startsWith("Startup") ? "startup" : "readiness";
  return {
    cause: "probe",
    reason: "Unhealthy",
    message: `${nameIn(view)}: ${kind} probe failing: ${event.message.replace(/^\S+ probe (failed|errored): /, "")}`,
    // Slow is not broken: only the rollout's own deadline decides.
    times: 1,
    hopeless: false,
    pod: pod.metadata.name,
    event: event.message,
    log: { ...logOf(view), previous: false },
    remedy: `see why the ${kind} probe fails, or correct its path, port or times`,
  };
}
