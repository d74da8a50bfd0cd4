import { backedOff, backOffEnd, backOffs, stillBackingOff } from "./back-off.ts";
import { attempt, event, failsHere } from "./container-start.ts";
import { delays, doubled } from "./delays.ts";
import { imageTrouble } from "./images.ts";
import { behaviourOf, stopsIn } from "./pod-behaviour.ts";
import { accepted, finished, stopped, type Turn, turned, waiting } from "./pod-states.ts";
import { type Cell, cellsOf, endedContainer, endOf, isPassed, podConditions } from "./pod-status.ts";
import { earliest, type Step, type Surroundings, step } from "./pod-step.ts";
import type { Missing } from "./references.ts";
import { whileRunning } from "./running.ts";
import type { Condition, ContainerStatus, Pod } from "./shapes.ts";

/**
 * The life of a scheduled pod, as recordings of a kubelet show it: a function of what its status says, so that it goes
 * on after a restart of the embedded cluster. null: nothing happens until something else changes.
 */
export function nextStep(pod: Pod, around: Surroundings): Step | null {
  const status = pod.status ?? {};
  if (status.phase === "Succeeded" || status.phase === "Failed") return null;
  const cells = cellsOf(pod);
  if (cells.length === 0) return step(delays.accept, accepted);
  const end = endOf(pod, status, cells);
  if (end !== null) return step(delays.settle, finished(end));
  if (isStale(pod)) return step(delays.accept, turned(new Map()));
  return earliest([deadline(pod, around), ...lives(pod, cells, around)]);
}

/** The conditions no longer follow from the containers: a readiness gate was opened, or the node is back. */
function isStale(pod: Pod): boolean {
  const status = pod.status ?? {};
  const sandbox = status.conditions?.find(({ type }) => type === "PodReadyToStartContainers")?.status === "True";
  const told = (list: readonly Condition[] = []) =>
    list
      .filter(({ type }) => type === "Ready")
      .map((each) => `${each.status} ${each.reason ?? ""} ${each.message ?? ""}`);
  return told(podConditions(pod, status, sandbox, "")).join() !== told(status.conditions).join();
}

function lives(pod: Pod, cells: readonly Cell[], around: Surroundings): (Step | null)[] {
  const isFresh = ({ status }: Cell) =>
    ["ContainerCreating", "PodInitializing"].includes(status.state.waiting?.reason ?? "") &&
    status.lastState.terminated === undefined;
  if (cells.every(isFresh) && around.volume !== null) return [unmounted(around.volume, around.tries)];
  const initial = cells.find((cell) => cell.role !== "main" && !isPassed(cell));
  const sidecars = cells.filter((cell) => cell.role === "sidecar" && isPassed(cell));
  const main = cells.filter(({ role }) => role === "main");
  if (initial !== undefined) {
    const next = isFresh(initial) ? begin(pod, [initial], around, initial === cells[0]) : live(pod, initial, around);
    return [next, ...sidecars.map((cell) => live(pod, cell, around))];
  }
  const fresh = main.filter(isFresh);
  if (fresh.length > 0) return [begin(pod, fresh, around, main.length === cells.length)];
  if (main.every((cell) => isOver(pod, cell))) return [stopSidecars(sidecars)];
  return [...sidecars, ...main].map((cell) => live(pod, cell, around));
}

/** A volume that cannot be mounted holds the whole pod. */
function unmounted({ by, message }: Missing, tries: number): Step {
  const said = `MountVolume.SetUp failed for volume "${by}" : ${message}`;
  const wait = doubled(delays.mountRetry, tries, delays.mountRetryMost);
  return step(tries === 0 ? delays.accept : wait, null, [event("Warning", "FailedMount", said)], true);
}

/** Starts containers that never ran; the pod's first ones take longer. */
function begin(pod: Pod, cells: readonly Cell[], around: Surroundings, first: boolean): Step {
  const soon =
    behaviourOf(pod) === "slow" && first ? delays.slowStart : delays.start + spread(around.number, delays.startSpread);
  const tried = cells.map((cell) => ({ cell, attempt: attempt(pod, cell, configError(pod, cell, around)) }));
  const turn = turned(new Map(tried.map((each) => [each.cell.spec.name, each.attempt.state])));
  const events = tried.flatMap((each) => each.attempt.events);
  return step(
    soon,
    turn,
    events,
    tried.some((each) => each.attempt.inVain),
  );
}

/** An environment that cannot be put together. */
function configError(pod: Pod, cell: Cell, around: Surroundings): string | null {
  const missing = around.environment.find(({ by }) => by === cell.spec.name);
  if (missing !== undefined) return missing.message;
  return behaviourOf(pod) === "config-error" && failsHere(pod, cell) ? 'configmap "missing" not found' : null;
}

/** What one container comes to next. */
function live(pod: Pod, cell: Cell, around: Surroundings): Step | null {
  const { state, lastState, restartCount } = cell.status;
  if (state.terminated !== undefined) return isOver(pod, cell) ? null : afterEnd(pod, cell);
  if (state.waiting === undefined) return whileRunning(pod, cell, around);
  const { name, image = "" } = cell.spec;
  const age = around.elapsed(cell.status);
  switch (state.waiting.reason) {
    case "ErrImagePull": {
      const message = `Back-off pulling image "${image}": ErrImagePull: ${state.waiting.message}`;
      const events = [
        event("Normal", "BackOff", `Back-off pulling image "${image}"`, name),
        event("Warning", "Failed", "Error: ImagePullBackOff", name),
      ];
      return step(delays.settle, turned(new Map([[name, waiting("ImagePullBackOff", message)]])), events);
    }
    case "ImagePullBackOff":
      if (imageTrouble(pod, cell.spec) === null) return again(pod, cell, 0, around);
      return again(pod, cell, backOffEnd(doubled(delays.backOff, around.tries - 1, delays.backOffMost)) - age, around);
    case "InvalidImageName":
    case "ErrImageNeverPull":
      if (imageTrouble(pod, cell.spec) === null) return again(pod, cell, 0, around);
      return again(pod, cell, delays.configRetry, around);
    case "CreateContainerConfigError":
      return again(pod, cell, configError(pod, cell, around) === null ? delays.start : delays.configRetry, around);
    case "CrashLoopBackOff": {
      const end = backOffEnd(doubled(delays.backOff, backOffs(pod, restartCount) - 1, delays.backOffMost)) - age;
      const look = delays.look - ((age + 5) % delays.look);
      return look < end - 5 ? step(look, null, [stillBackingOff(pod, cell)]) : again(pod, cell, end, around);
    }
    default:
      return lastState.terminated === undefined ? begin(pod, [cell], around, false) : afterEnd(pod, cell);
  }
}

/** Tries to start the container, a first time or again. What it comes to may be what it was: then only events are new. */
function again(pod: Pod, cell: Cell, afterMs: number, around: Surroundings): Step {
  const { events, state, inVain } = attempt(pod, cell, configError(pod, cell, around));
  return step(afterMs, turned(new Map([[cell.spec.name, state]])), events, inVain);
}

/** The kubelet restarts a container at once the first time, and backs off from then on. */
function afterEnd(pod: Pod, cell: Cell): Step {
  const { restartCount } = cell.status;
  if (restartCount === 0) {
    const { events, state } = attempt(pod, cell, null);
    return step(delays.restart, turned(new Map([[cell.spec.name, state]])), events);
  }
  return step(delays.settle, ...backedOff(pod, cell));
}

/** Ended, and not to be started again. */
function isOver(pod: Pod, { role, status }: Cell): boolean {
  const { terminated } = status.state;
  if (terminated === undefined) return false;
  if (role === "sidecar") return false;
  if (pod.spec.restartPolicy === "Never") return true;
  return terminated.exitCode === 0 && (role === "init" || pod.spec.restartPolicy === "OnFailure");
}

/** Sidecars are stopped when the others are done, the last started first. */
function stopSidecars(sidecars: readonly Cell[]): Step | null {
  const running = sidecars.filter(({ status }) => status.state.running !== undefined).reverse();
  if (running.length === 0) return null;
  const end = (before: ContainerStatus, stamp: string) =>
    endedContainer(before, { exitCode: 0, reason: "Completed" }, stamp);
  const events = running.map(({ spec }) => event("Normal", "Killing", `Stopping container ${spec.name}`, spec.name));
  return step(delays.settle, turned(new Map(running.map(({ spec }) => [spec.name, end]))), events);
}

/** API reference, PodSpec.activeDeadlineSeconds. */
function deadline(pod: Pod, around: Surroundings): Step | null {
  const { activeDeadlineSeconds } = pod.spec;
  if (activeDeadlineSeconds === undefined) return null;
  const message = "Pod was active on the node longer than the specified deadline";
  const killed = (stopsIn(pod) ?? 0) === Number.POSITIVE_INFINITY;
  const events = [
    event("Normal", "DeadlineExceeded", message),
    ...pod.spec.containers.map(({ name }) => event("Normal", "Killing", `Stopping container ${name}`, name)),
  ];
  const turn: Turn = (at, stamp) => stopped(at, stamp, killed, { reason: "DeadlineExceeded", message });
  return step(activeDeadlineSeconds * 1000 - around.since(pod.status?.startTime), turn, events);
}

/** Pods that were made together do not start at the same instant. */
const spread = (number: number, most: number) => most - ((number * 197) % most);
