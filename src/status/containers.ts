import type { KubeObject } from "../model/objects.ts";
import type { ClusterEvent } from "./cluster-events.ts";
import { at, listAt, numberAt, textAt } from "./reading.ts";
import type { LogTarget, Related } from "./related.ts";

/** One container's status, read. */
export interface ContainerState {
  readonly name: string;
  readonly image: string;
  /** `sidecar`: an init container that is restarted always (KEP-753): it must run, not end. */
  readonly role: "main" | "init" | "sidecar";
  readonly ready: boolean;
  /** Its startup probe has passed, or it has none. */
  readonly started: boolean;
  readonly restarts: number;
  readonly state: "waiting" | "running" | "terminated";
  /** Of the waiting or terminated state. */
  readonly reason: string;
  readonly message: string;
  /** When the run of now began; "" where it is not running. */
  readonly startedAt: string;
  /** The last end that is known: of now, or of the run before. */
  readonly ended: {
    readonly reason: string;
    readonly exitCode: number;
    readonly signal: number;
    readonly ranMs: number;
    readonly at: string;
    readonly message: string;
  } | null;
  /** What the pod's spec says of it; undefined where the spec does not know it. */
  readonly spec: unknown;
}

function read(status: unknown, spec: unknown, role: ContainerState["role"]): ContainerState {
  const state = at(status, "state", "terminated")
    ? "terminated"
    : at(status, "state", "running")
      ? "running"
      : "waiting";
  const end = at(status, "state", "terminated") ?? at(status, "lastState", "terminated");
  return {
    name: textAt(status, "name"),
    // The runtime may report a digest: what the user wrote is what he looks for.
    image: textAt(spec, "image") || textAt(status, "image"),
    role,
    ready: at(status, "ready") === true,
    started: at(status, "started") !== false,
    restarts: numberAt(status, "restartCount"),
    state,
    reason: textAt(status, "state", state, "reason"),
    message: textAt(status, "state", state, "message"),
    startedAt: textAt(status, "state", "running", "startedAt"),
    ended: end === undefined ? null : readEnd(end),
    spec,
  };
}

function readEnd(end: unknown): NonNullable<ContainerState["ended"]> {
  const started = Date.parse(textAt(end, "startedAt"));
  const ran = Date.parse(textAt(end, "finishedAt")) - started;
  return {
    reason: textAt(end, "reason"),
    exitCode: numberAt(end, "exitCode"),
    signal: numberAt(end, "signal"),
    // One that never started is stamped 1970.
    ranMs: started > 0 && ran > 0 ? ran : 0,
    at: textAt(end, "finishedAt"),
    message: textAt(end, "message"),
  };
}

export function containersOf(pod: KubeObject): readonly ContainerState[] {
  const specOf = (list: string, status: unknown) =>
    listAt(pod, "spec", list).find((spec) => textAt(spec, "name") === textAt(status, "name"));
  return [
    ...listAt(pod, "status", "initContainerStatuses").map((status) => {
      const spec = specOf("initContainers", status);
      return read(status, spec, textAt(spec, "restartPolicy") === "Always" ? "sidecar" : "init");
    }),
    ...listAt(pod, "status", "containerStatuses").map((status) => read(status, specOf("containers", status), "main")),
  ];
}

/** A container with all that its trouble is told from. */
export interface ContainerView {
  readonly pod: KubeObject;
  readonly container: ContainerState;
  readonly events: readonly ClusterEvent[];
  readonly related: Related;
  readonly now: number;
}

/** `postgres-0`, or `container migrate of postgres-0` where the container's name adds something. */
export function nameIn({ pod, container }: Pick<ContainerView, "pod" | "container">): string {
  const { name } = pod.metadata;
  switch (container.role) {
    case "init":
      return `init container ${container.name} of ${name}`;
    case "sidecar":
      return `sidecar ${container.name} of ${name}`;
    case "main":
      return listAt(pod, "spec", "containers").length <= 1 ? name : `container ${container.name} of ${name}`;
  }
}

/** A container that waits has nothing but the log of its run before; one that just ended still has its own. */
export function logOf({ pod, container }: Pick<ContainerView, "pod" | "container">): LogTarget {
  return {
    namespace: pod.metadata.namespace ?? "",
    pod: pod.metadata.name,
    container: container.name,
    previous: container.state === "running",
  };
}
