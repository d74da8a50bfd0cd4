import { type ClusterEvent, firstTime, newestEvent } from "./cluster-events.ts";
import { type ContainerState, type ContainerView, logOf, nameIn } from "./containers.ts";
import { elapsedSince } from "./elapsed.ts";
import { exitRemedy, exitWords } from "./exit-codes.ts";
import { graces } from "./graces.ts";
import { describeProbe, probeAnswer, probeRemedy } from "./probes.ts";
import { textAt } from "./reading.ts";
import type { Cause, Trouble } from "./related.ts";

type CrashCause = Extract<Cause, "crash" | "oom" | "start-error" | "init-container" | "hook" | "liveness" | "probe">;

const isBackOff = (event: ClusterEvent) => event.reason === "BackOff" && event.message.includes("restarting failed");
const isHook = (event: ClusterEvent) => event.reason === "FailedPostStartHook";
const cannotStart = (reason: string) => reason === "StartError" || reason === "ContainerCannotRun";

/** A container that is down after it ran, or could not be started, and is going to be tried again. */
export function crashTrouble(view: ContainerView): Trouble | null {
  const { container } = view;
  if (container.ended === null || isDone(view)) return null;
  return troubleOf(view, container.ended);
}

/** RunContainerError: the runtime refused; its words may be in the status before any end is. */
export function startTrouble(view: ContainerView): Trouble {
  const { container } = view;
  const blank = { reason: "StartError", exitCode: 128, signal: 0, ranMs: 0, at: "", message: container.message };
  return troubleOf(view, cannotStart(container.ended?.reason ?? "") ? (container.ended ?? blank) : blank);
}

/** Ran to a good end, and was meant to. */
function isDone({ pod, container }: ContainerView): boolean {
  if (container.state !== "terminated" || container.ended?.exitCode !== 0) return false;
  return container.role === "init" || textAt(pod, "spec", "restartPolicy") !== "Always";
}

function troubleOf(view: ContainerView, ended: NonNullable<ContainerState["ended"]>): Trouble {
  const { pod, container, events } = view;
  // It is down: the restart is still to come, so there was one more end than restarts.
  const crashes = container.restarts + 1;
  const killing = probeKill(view);
  const cause = causeOf(view, ended.reason, killing);
  const event = explaining(events, cause) ?? newestEvent(events, (each) => each.warning && each.reason !== "Unhealthy");
  return {
    cause,
    // The states alternate at every restart: one reason for all of them.
    reason: cause === "oom" || cause === "start-error" || crashes === 1 ? ended.reason : "CrashLoopBackOff",
    message: sentence(view, ended, cause, event?.message ?? ""),
    times: crashes,
    hopeless: beyondBudget(view, ended),
    pod: pod.metadata.name,
    pods: 1,
    since: firstTime(events, isBackOff) || ended.at,
    event: event?.message ?? "",
    log: cannotStart(ended.reason) ? null : logOf(view),
    remedy: remedyFor(view, cause, ended, event?.message ?? ""),
  };
}

/** The Event by which the kubelet says that a probe of its made it end this container; null where none did. */
function probeKill({ container, events }: ContainerView): ClusterEvent | null {
  const kill = newestEvent(
    events,
    (event) => event.reason === "Killing" && /failed (liveness|startup) probe/.test(event.message),
  );
  if (kill === null || !kill.message.includes(`${container.name} `)) return null;
  // Asked to end, it may take its grace period; an end that is farther away has another reason.
  const apart = Math.abs(Date.parse(container.ended?.at ?? "") - Date.parse(kill.last));
  return apart > 120_000 ? null : kill;
}

function causeOf({ container, events }: ContainerView, reason: string, kill: ClusterEvent | null): CrashCause {
  if (cannotStart(reason)) return "start-error";
  if (reason === "OOMKilled") return "oom";
  if (newestEvent(events, isHook) !== null) return "hook";
  if (kill !== null) return kill.message.includes("startup") ? "probe" : "liveness";
  return container.role === "init" ? "init-container" : "crash";
}

function explaining(events: readonly ClusterEvent[], cause: CrashCause): ClusterEvent | null {
  const of = (fits: (event: ClusterEvent) => boolean) => newestEvent(events, fits);
  switch (cause) {
    case "liveness":
      return of((event) => event.reason === "Unhealthy" && event.message.startsWith("Liveness"));
    case "probe":
      return of((event) => event.reason === "Unhealthy" && event.message.startsWith("Startup"));
    case "hook":
      return of(isHook);
    case "start-error":
      return of((event) => event.warning && event.reason === "Failed");
    case "crash":
    case "oom":
    case "init-container":
      return of(isBackOff);
  }
}

/**
 * Out of its restart budget: four crashes in a row, or three and the kubelet has been backing off for 25 s. Pods that are
 * never restarted are judged by their owner: a Job has its own budget.
 */
function beyondBudget(
  { pod, container, events, related, now }: ContainerView,
  ended: NonNullable<ContainerState["ended"]>,
): boolean {
  if (textAt(pod, "spec", "restartPolicy") === "Never") return false;
  if (ended.ranMs >= graces.healthyRunMs) return false;
  const excused = related.excused?.get(`${pod.metadata.name}/${container.name}`);
  if (excused !== undefined) return container.restarts - excused >= graces.crashesAfterExcuse;
  if (cannotStart(ended.reason)) return container.restarts >= 1;
  const crashes = container.restarts + 1;
  if (crashes >= graces.crashes) return true;
  if (crashes < graces.crashesInBackOff) return false;
  const backingOff = firstTime(events, isBackOff);
  return backingOff !== "" && elapsedSince(backingOff, related, now) >= graces.backOffMs;
}

function sentence(
  view: ContainerView,
  ended: NonNullable<ContainerState["ended"]>,
  cause: CrashCause,
  event: string,
): string {
  const { container } = view;
  const name = nameIn(view);
  const crashes = container.restarts + 1;
  const times = crashes === 1 ? "once" : `${crashes} times`;
  switch (cause) {
    case "start-error":
      return `${name} cannot be started: ${startFailure(ended.message || container.message) || ended.reason}`;
    case "oom": {
      const limit = textAt({ limit: memoryLimit(container.spec) }, "limit");
      return `${name} was killed ${times} for using more memory than ${limit === "" ? "it may" : `its limit of ${limit}`}`;
    }
    case "liveness":
    case "probe": {
      const kind = cause === "liveness" ? "Liveness" : "Startup";
      const probe = describeProbe(container.spec, kind);
      const answer = event === "" ? "" : `, which ${probeAnswer(event)}`;
      return `${name} was killed ${times} by its ${kind.toLowerCase()} probe${probe === "" ? "" : ` (${probe})`}${answer}`;
    }
    case "hook":
      return `${name} was killed ${times} because its postStart hook failed`;
    case "crash":
    case "init-container":
      return ended.exitCode === 0
        ? `${name} ended ${times} with exit code 0, but is meant to keep running`
        : `${name} crashed ${times}, ${exitWords(ended.exitCode, ended.signal)}`;
  }
}

function memoryLimit(spec: unknown): unknown {
  const limits = (spec as { resources?: { limits?: { memory?: unknown } } } | undefined)?.resources?.limits;
  return limits?.memory;
}

/** containerd's message ends in what matters: `exec: "/opt/app/run": stat /opt/app/run: no such file or directory`. */
function startFailure(message: string): string {
  const exec = /exec: .*$/.exec(message)?.[0];
  return (exec ?? message.split(": ").slice(-2).join(": ")).replace(/: unknown$/, "");
}

function remedyFor(
  { container }: ContainerView,
  cause: CrashCause,
  ended: NonNullable<ContainerState["ended"]>,
  event: string,
): string {
  switch (cause) {
    case "start-error":
      return /permission denied/.test(ended.message)
        ? "make the file that the command names executable, in the image or by default_mode of its volume"
        : "correct the container's command: the image does not hold what it names";
    case "oom":
      return `raise resources.limits.memory of container ${container.name}, or let it use less`;
    case "liveness":
      return probeRemedy("Liveness", event);
    case "probe":
      return "give the startup probe more time (failure_threshold, period_seconds), or see in the log what is slow";
    case "hook":
      return "correct the command of lifecycle.post_start: the event holds its answer";
    case "crash":
    case "init-container":
      return exitRemedy(ended.exitCode);
  }
}
