import type { KubeObject } from "../model/objects.ts";
import type { ClusterEvent } from "./cluster-events.ts";
import { at, listAt, numberAt, textAt } from "./reading.ts";
import type { Related } from "./related.ts";

/** One container's status, read. */
export interface ContainerState {
  readonly name: string;
  readonly image: string;
  readonly init: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  readonly state: "waiting" | "running" | "terminated";
  /** Of the waiting or terminated state. */
  readonly reason: string;
  readonly message: string;
  /** The last end that is known: of now, or of the run before. */
  readonly ended: {
    readonly reason: string;
    readonly exitCode: number;
    readonly ranMs: number;
    readonly message: string;
  } | null;
}

function read(status: unknown, init: boolean): ContainerState {
  const state = at(status, "state", "terminated")
    ? "terminated"
    : at(status, "state", "running")
      ? "running"
      : "waiting";
  const end = at(status, "state", "terminated") ?? at(status, "lastState", "terminated");
  const ran = Date.parse(textAt(end, "finishedAt")) - Date.parse(textAt(end, "startedAt"));
  return {
    name: textAt(status, "name"),
    image: textAt(status, "image"),
    init,
    ready: at(status, "ready") === true,
    restarts: numberAt(status, "restartCount"),
    state,
    reason: textAt(status, "state", state, "reason"),
    message: textAt(status, "state", state, "message"),
    ended:
      end === undefined
        ? null
        : {
            reason: textAt(end, "reason"),
            exitCode: numberAt(end, "exitCode"),
            // One that never started is stamped 1970.
            ranMs: Date.parse(textAt(end, "startedAt")) > 0 ? ran : 0,
            message: textAt(end, "message"),
          },
  };
}

export function containersOf(pod: KubeObject): readonly ContainerState[] {
  return [
    ...listAt(pod, "status", "initContainerStatuses").map((status) => read(status, true)),
    ...listAt(pod, "status", "containerStatuses").map((status) => read(status, false)),
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
