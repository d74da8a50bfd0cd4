import type { PodEvent } from "./container-start.ts";
import type { Turn } from "./pod-states.ts";
import type { Missing } from "./references.ts";
import type { ContainerStatus } from "./shapes.ts";

/** What the kubelet knows beside the pod. */
export interface Surroundings {
  readonly volume: Missing | null;
  readonly environment: readonly Missing[];
  /** How often the step that is due was tried in vain. */
  readonly tries: number;
  /** How many pods its node took before it. */
  readonly number: number;
  /** Milliseconds, at timeScale 1, since a container is in its state. */
  readonly elapsed: (container: ContainerStatus) => number;
  /** Milliseconds, at timeScale 1, since a stamp. */
  readonly since: (stamp: string | undefined | null) => number;
}

/** What happens to a pod next, and when. `turn` null: only the events. `retry` counts as a try in vain. */
export interface Step {
  readonly afterMs: number;
  readonly turn: Turn | null;
  readonly events: readonly PodEvent[];
  readonly retry: boolean;
}

export function step(afterMs: number, turn: Step["turn"], events: readonly PodEvent[] = [], retry = false): Step {
  return { afterMs: Math.max(0, afterMs), turn, events, retry };
}

export function earliest(steps: readonly (Step | null)[]): Step | null {
  return steps.reduce((a, b) => (a === null || (b !== null && b.afterMs < a.afterMs) ? b : a), null);
}
