import { createHash } from "node:crypto";
import type { Condition, Container, ContainerStatus, Pod, PodStatus } from "./shapes.ts";

/** Whether a container is an init container, one of those that go on running (a sidecar), or one of the main ones. */
export type Role = "init" | "sidecar" | "main";

/** What the spec and what the status say about a container. */
export interface Cell {
  readonly role: Role;
  readonly spec: Container;
  readonly status: ContainerStatus;
}

/** In the order in which they start. Empty before the pod is accepted by its node. */
export function cellsOf(pod: Pod, status: PodStatus = pod.status ?? {}): Cell[] {
  const join = (specs: readonly Container[], found: readonly ContainerStatus[] | undefined, main: boolean) =>
    specs.flatMap((spec): Cell[] => {
      const of = found?.find((each) => each.name === spec.name);
      const role = main ? "main" : spec.restartPolicy === "Always" ? "sidecar" : "init";
      return of === undefined ? [] : [{ role, spec, status: of }];
    });
  return [
    ...join(pod.spec.initContainers ?? [], status.initContainerStatuses, false),
    ...join(pod.spec.containers, status.containerStatuses, true),
  ];
}

/** An init container has ended well, a sidecar has started. */
export function isPassed({ role, status }: Cell): boolean {
  if (role === "sidecar") return status.state.terminated !== undefined || status.started === true;
  return role === "init" && status.state.terminated?.exitCode === 0;
}

export function changeContainers(
  status: PodStatus,
  change: (container: ContainerStatus) => ContainerStatus,
): Pick<PodStatus, "initContainerStatuses" | "containerStatuses"> {
  const init = status.initContainerStatuses;
  return {
    ...(init === undefined ? {} : { initContainerStatuses: init.map(change) }),
    containerStatuses: (status.containerStatuses ?? []).map(change),
  };
}

const kubeletsOwn = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/** Conditions of others, then the kubelet's in its order; one that did not change keeps its time. */
export function podConditions(pod: Pod, status: PodStatus, sandbox: boolean, stamp: string): Condition[] {
  const cells = cellsOf(pod, status);
  const facts = conclusions(pod, status, cells);
  const others = (pod.status?.conditions ?? [])
    .filter((each) => !kubeletsOwn.includes(each.type))
    .map(
      (each): Condition => ({
        ...each,
        lastProbeTime: each.lastProbeTime ?? null,
        lastTransitionTime: each.lastTransitionTime ?? null,
      }),
    );
  const why = facts.ready ? {} : facts.why;
  const gate = facts.ready ? closedGate(pod, others) : null;
  const wanted: [string, boolean, { reason?: string; message?: string }][] = [
    ["PodReadyToStartContainers", sandbox, {}],
    ["Initialized", facts.incomplete.length === 0, initialized(facts)],
    ["Ready", facts.ready && gate === null, gate === null ? why : { reason: "ReadinessGatesNotReady", message: gate }],
    ["ContainersReady", facts.ready, why],
    ["PodScheduled", true, {}],
  ];
  const observedGeneration = pod.metadata.generation;
  const own = wanted.map(([type, holds, details]): Condition => {
    const before = pod.status?.conditions?.find((each) => each.type === type);
    const value = holds ? "True" : "False";
    const since = before?.status === value ? (before.lastTransitionTime ?? stamp) : stamp;
    const observed = observedGeneration === undefined ? {} : { observedGeneration };
    return { type, ...observed, status: value, lastProbeTime: null, lastTransitionTime: since, ...details };
  });
  return [...others, ...own];
}

interface Conclusions {
  readonly incomplete: readonly string[];
  readonly ready: boolean;
  readonly why: { reason: string; message?: string };
  readonly over: boolean;
}

function conclusions(pod: Pod, status: PodStatus, cells: readonly Cell[]): Conclusions {
  const incomplete = cells.filter((cell) => cell.role !== "main" && !isPassed(cell)).map(({ spec }) => spec.name);
  const awaited = cells.filter(({ role }) => role !== "init");
  const unready = awaited.filter(({ status: each }) => !each.ready).map(({ spec }) => spec.name);
  const end = endOf(pod, status, cells);
  if (end !== null)
    return {
      incomplete,
      ready: false,
      over: end === "Succeeded",
      why: { reason: end === "Succeeded" ? "PodCompleted" : "PodFailed" },
    };
  const message = `containers with unready status: [${unready.join(" ")}]`;
  return { incomplete, ready: unready.length === 0, over: false, why: { reason: "ContainersNotReady", message } };
}

/** How a pod ends whose containers have all ended for good; null while one goes on. */
export function endOf(pod: Pod, status: PodStatus, cells: readonly Cell[]): "Succeeded" | "Failed" | null {
  if (status.phase === "Succeeded" || status.phase === "Failed") return status.phase;
  const main = cells.filter(({ role }) => role === "main");
  const failedInit = cells.some(
    ({ role, status: each }) => role === "init" && (each.state.terminated?.exitCode ?? 0) !== 0,
  );
  if (pod.spec.restartPolicy === "Never" && failedInit) return "Failed";
  const ends = main.map(({ status: each }) => each.state.terminated?.exitCode);
  if (ends.length === 0 || ends.some((code) => code === undefined)) return null;
  if (cells.some(({ role, status: each }) => role === "sidecar" && each.state.running !== undefined)) return null;
  const well = ends.every((code) => code === 0);
  if (pod.spec.restartPolicy === "Never") return well ? "Succeeded" : "Failed";
  return pod.spec.restartPolicy === "OnFailure" && well ? "Succeeded" : null;
}

function initialized({ incomplete, over }: Conclusions): { reason?: string; message?: string } {
  if (incomplete.length === 0) return over ? { reason: "PodCompleted" } : {};
  return {
    reason: "ContainersNotInitialized",
    message: `containers with incomplete status: [${incomplete.join(" ")}]`,
  };
}

/** The first readiness gate that somebody else has not opened. */
function closedGate(pod: Pod, conditions: readonly Condition[]): string | null {
  for (const { conditionType } of pod.spec.readinessGates ?? []) {
    const found = conditions.find((each) => each.type === conditionType);
    if (found === undefined) return `corresponding condition of pod readiness gate "${conditionType}" does not exist.`;
    if (found.status !== "True")
      return `the status of pod readiness gate "${conditionType}" is not "True", but ${found.status}`;
  }
  return null;
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
    ...mounts(container),
  };
}

function mounts({ volumeMounts }: Container): { volumeMounts?: object[] } {
  if (volumeMounts === undefined || volumeMounts.length === 0) return {};
  const of = volumeMounts.map(({ name, mountPath, readOnly }) => ({
    ...{ name, mountPath },
    ...(readOnly === true ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
  }));
  return { volumeMounts: of };
}

export function runningContainer(
  before: ContainerStatus,
  spec: Container,
  facts: { readonly ready: boolean; readonly started: boolean },
  stamp: string,
): ContainerStatus {
  const ended = before.state.terminated;
  const requests = spec.resources?.requests;
  return {
    ...before,
    state: { running: { startedAt: stamp } },
    lastState: ended === undefined ? before.lastState : { terminated: ended },
    ...facts,
    image: fullReference(spec.image ?? ""),
    imageID: imageId(fullReference(spec.image ?? "")),
    containerID: containerId(before.name, stamp, before.restartCount),
    ...(requests === undefined || Object.keys(requests).length === 0 ? {} : { allocatedResources: { ...requests } }),
    resources: { ...spec.resources },
  };
}

/** As containerd names an image: with its registry and a tag. */
function fullReference(image: string): string {
  const [first = "", ...rest] = image.split("/");
  const hasRegistry = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const named = hasRegistry ? image : rest.length > 0 ? `docker.io/${image}` : `docker.io/library/${image}`;
  return /:[^/]+$|@/.test(named) ? named : `${named}:latest`;
}

/** The repository without the tag, and a digest that is always the same for a reference. */
export function imageId(image: string): string {
  const repository = image.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return `${repository}@sha256:${createHash("sha256").update(image).digest("hex")}`;
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

export function containerId(name: string, stamp: string, restarts: number): string {
  return `containerd://${createHash("sha256").update(`${name} ${stamp} ${restarts}`).digest("hex")}`;
}

/** 10.244.a.b, told from the uid: stable over restarts of the embedded cluster, rarely the same twice. */
export function podAddress(pod: Pod): string {
  const bytes = createHash("sha256")
    .update(pod.metadata.uid ?? "")
    .digest();
  return `10.244.${bytes[0]}.${1 + ((bytes[1] ?? 0) % 254)}`;
}
