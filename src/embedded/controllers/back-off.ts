import { event, type PodEvent } from "./container-start.ts";
import { delays, doubled } from "./delays.ts";
import { behaviourOf } from "./pod-behaviour.ts";
import { type Turn, turned, waiting } from "./pod-states.ts";
import type { Cell } from "./pod-status.ts";
import type { Pod } from "./shapes.ts";

/** Kills by a probe count one start late: recorded. */
export function backOffs(pod: Pod, restarts: number): number {
  return ["liveness", "startup"].includes(behaviourOf(pod)) ? Math.max(1, restarts - 1) : Math.max(1, restarts);
}

export function backedOff(pod: Pod, cell: Cell): [Turn, PodEvent[]] {
  const { name } = cell.spec;
  const { namespace, name: of, uid } = pod.metadata;
  const ms = doubled(delays.backOff, backOffs(pod, cell.status.restartCount) - 1, delays.backOffMost);
  const message = `back-off ${duration(ms)} restarting failed container=${name} pod=${of}_${namespace}(${uid})`;
  const told = `Back-off restarting failed container ${name} in pod ${of}_${namespace}(${uid})`;
  return [turned(new Map([[name, waiting("CrashLoopBackOff", message)]])), [event("Warning", "BackOff", told, name)]];
}

/** `1m20s`: as Go prints a duration of whole seconds. */
function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** Milliseconds until a back-off is over, at one of the kubelet's looks. */
export function backOffEnd(ms: number): number {
  return Math.ceil(ms / delays.look) * delays.look;
}

/** `Back-off restarting failed container ...`, told at each look. */
export function stillBackingOff(pod: Pod, cell: Cell): PodEvent {
  const [, [told]] = backedOff(pod, cell) as [Turn, [PodEvent]];
  return told;
}
