import { backedOff } from "./back-off.ts";
import { attempt, event, failsHere } from "./container-start.ts";
import { delays, doubled } from "./delays.ts";
import { behaviourOf, exitCodeOf, failsAfter, failureMessage, readyAfter, stopsIn, worksFor } from "./pod-behaviour.ts";
import { stopped, type Turn, turned } from "./pod-states.ts";
import { type Cell, endedContainer } from "./pod-status.ts";
import { earliest, type Step, type Surroundings, step } from "./pod-step.ts";
import type { ContainerStatus, Pod, Probe } from "./shapes.ts";

type End = { readonly exitCode: number; readonly reason: string };

/** What a running container comes to next: the way it is to fail, the end of its work, or its probes. */
export function whileRunning(pod: Pod, cell: Cell, around: Surroundings): Step | null {
  const age = around.elapsed(cell.status);
  return earliest([failure(pod, cell, around, age), work(pod, cell, age), probes(pod, cell, around, age)]);
}

const ends = (name: string, end: End): Turn =>
  turned(new Map([[name, (before: ContainerStatus, stamp: string) => endedContainer(before, end, stamp)]]));

function failure(pod: Pod, cell: Cell, around: Surroundings, age: number): Step | null {
  if (!failsHere(pod, cell)) return null;
  const { name } = cell.spec;
  const after = failsAfter(pod);
  switch (behaviourOf(pod)) {
    case "crash":
    case "crash-once":
    case "job-fail":
      return step((after ?? delays.crash) - age, ends(name, { exitCode: exitCodeOf(pod), reason: "Error" }));
    case "oom":
      return step((after ?? delays.crash) - age, ends(name, { exitCode: 137, reason: "OOMKilled" }));
    case "liveness":
      return unhealthy(
        pod,
        cell,
        around,
        { which: "Liveness", probe: cell.spec.livenessProbe, from: after ?? delays.liveness },
        age,
      );
    case "startup":
      return unhealthy(pod, cell, around, { which: "Startup", probe: cell.spec.startupProbe, from: 0 }, age);
    case "evicted":
      return evicted(pod, (after ?? delays.liveness) - age);
    case "readiness":
      return unready(pod, cell, around, after, age);
    case "node-gone":
      if (around.tries > 0) return null;
      return step(delays.settle, null, [event("Warning", "NodeNotReady", "Node is not ready")], true);
    default:
      return null;
  }
}

/** A probe that fails `failureThreshold` times in a row: the container is killed and started again. */
function unhealthy(
  pod: Pod,
  cell: Cell,
  around: Surroundings,
  { which, probe = {}, from }: { which: "Liveness" | "Startup"; probe?: Probe; from: number },
  age: number,
): Step {
  const { name } = cell.spec;
  const { periodSeconds = 10, failureThreshold = 3 } = probe;
  const said = failureMessage(pod) ?? "HTTP probe failed with statuscode: 500";
  const failed = event("Warning", "Unhealthy", `${which} probe failed: ${said}`, name);
  // How many of the failures are over is told by the age: the last one kills.
  const first = from + (probe.initialDelaySeconds ?? 0) * 1000;
  const over = Math.max(0, Math.floor((age + 5 - first) / (periodSeconds * 1000)) + 1);
  if (over < failureThreshold - 1) return step(first + over * periodSeconds * 1000 - age, null, [failed]);
  const killing = event(
    "Normal",
    "Killing",
    `Container ${name} failed ${which.toLowerCase()} probe, will be restarted`,
    name,
  );
  const due = first + (failureThreshold - 1) * periodSeconds * 1000 - age;
  const ended = (before: ContainerStatus, stamp: string) => endedContainer(before, termEnd(pod), stamp);
  // The back-off counts from the end before this one, which a long run outlasts.
  const { restartCount, lastState } = cell.status;
  const backOff = doubled(delays.backOff, restartCount - 2, delays.backOffMost);
  const held = restartCount >= 2 && around.since(lastState.terminated?.finishedAt) + due < backOff;
  if (held) {
    const [turn, events] = backedOff(pod, cell);
    const both: Turn = (at, stamp) => turn({ ...at, status: turned(new Map([[name, ended]]))(at, stamp) }, stamp);
    return step(due, both, [failed, killing, ...events]);
  }
  const { events, state } = attempt(pod, { ...cell, status: { ...cell.status, state: {} } }, null);
  const both = (before: ContainerStatus, stamp: string) => state(ended(before, stamp), stamp);
  return step(due, turned(new Map([[name, both]])), [failed, killing, ...events]);
}

/** A container that is asked to stop handles TERM, or is killed. */
const termEnd = (pod: Pod): End =>
  stopsIn(pod) === Number.POSITIVE_INFINITY ? { exitCode: 137, reason: "Error" } : { exitCode: 0, reason: "Completed" };

/** The kubelet evicts a pod that fills its scratch volume. */
function evicted(pod: Pod, afterMs: number): Step {
  const volume = pod.spec.volumes?.find((each) => each["emptyDir"] !== undefined);
  const limit = (volume?.["emptyDir"] as { sizeLimit?: string } | undefined)?.sizeLimit;
  const message =
    volume === undefined || limit === undefined
      ? "The node was low on resource: ephemeral-storage. "
      : `Usage of EmptyDir volume "${volume.name}" exceeds the limit "${limit}". `;
  const events = [
    event("Warning", "Evicted", message),
    ...pod.spec.containers.map(({ name }) => event("Normal", "Killing", `Stopping container ${name}`, name)),
  ];
  const turn: Turn = (at, stamp) => stopped(at, stamp, true, { reason: "Evicted", message });
  return step(afterMs, turn, events);
}

/** Never ready, or no longer after a time; the probe goes on failing, told later and later. */
function unready(pod: Pod, cell: Cell, around: Surroundings, after: number | null, age: number): Step | null {
  const said = failureMessage(pod) ?? "HTTP probe failed with statuscode: 503";
  const failed = event("Warning", "Unhealthy", `Readiness probe failed: ${said}`, cell.spec.name);
  if (after !== null && age + 5 < after) return null;
  const { name } = cell.spec;
  const not = turned(new Map([[name, (before: ContainerStatus) => ({ ...before, ready: false })]]));
  if (cell.status.ready) return step((after ?? 0) - age, not, [failed], true);
  return step(doubled(delays.settle, around.tries, 60_000), null, [failed], true);
}

/** Init containers, a Job's containers and those of a pod that says how long they run end well. */
function work(pod: Pod, cell: Cell, age: number): Step | null {
  const { role, spec } = cell;
  // What is to crash does not end well before.
  if (failsHere(pod, cell) && ["crash", "crash-once", "oom", "job-fail"].includes(behaviourOf(pod))) return null;
  const end = ends(spec.name, { exitCode: 0, reason: "Completed" });
  if (role === "init") {
    const done = (before: ContainerStatus, stamp: string) => ({
      ...endedContainer(before, { exitCode: 0, reason: "Completed" }, stamp),
      ready: true,
    });
    return step(delays.init - age, turned(new Map([[spec.name, done]])));
  }
  if (role === "sidecar") return null;
  const forJob = pod.metadata.ownerReferences?.some((owner) => owner.kind === "Job") === true;
  const runs = worksFor(pod) ?? (forJob ? delays.work : null);
  return runs === null ? null : step(runs - age, end);
}

function probes(pod: Pod, cell: Cell, around: Surroundings, age: number): Step | null {
  const { spec, status, role } = cell;
  if (role === "init") return null;
  const behaviour = failsHere(pod, cell) ? behaviourOf(pod) : "fine";
  const turn = (change: Partial<ContainerStatus>) =>
    turned(new Map([[spec.name, (before: ContainerStatus) => ({ ...before, ...change })]]));
  if (status.started !== true) {
    if (behaviour === "startup") return null;
    const after = dueIn(spec.startupProbe);
    return step(after, turn({ started: true, ready: spec.readinessProbe === undefined && behaviour !== "readiness" }));
  }
  if (status.ready || behaviour === "node-gone") return null;
  if (behaviour === "readiness" && age + 5 >= (failsAfter(pod) ?? 0)) return null;
  const late = spec.readinessProbe === undefined ? null : readyAfter(pod);
  if (late === null) return step(dueIn(spec.readinessProbe), turn({ ready: true }));
  if (around.tries > 0 || late <= delays.settle) return step(late - age, turn({ ready: true }));
  const said = failureMessage(pod) ?? "HTTP probe failed with statuscode: 503";
  return step(delays.settle, null, [event("Warning", "Unhealthy", `Readiness probe failed: ${said}`, spec.name)], true);
}

const dueIn = (probe: Probe | undefined) =>
  Math.min((probe?.initialDelaySeconds ?? 0) * 1000, delays.probeDelayMost) + delays.probe;
