import { withCondition } from "./conditions.ts";
import { type Condition, isGoing, type Pod } from "./shapes.ts";
import type { World } from "./world.ts";

export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;

/**
 * Who has to leave a node so that a pod of this priority fits, the least important ones; null where nobody less important
 * being there would not do (Kubernetes documentation, Pod Priority and Preemption). Disruption budgets are not asked.
 */
export function victimsAmong(
  there: readonly Pod[],
  priority: number,
  fits: (others: readonly Pod[]) => boolean,
): readonly Pod[] | null {
  const lower = there.filter((other) => priorityOf(other) < priority);
  let kept = there.filter((other) => priorityOf(other) >= priority);
  if (lower.length === 0 || !fits(kept)) return null;
  const victims: Pod[] = [];
  // The most important and longest running are taken back first.
  for (const other of [...lower].sort((a, b) => priorityOf(b) - priorityOf(a) || (started(a) < started(b) ? -1 : 1))) {
    if (fits([...kept, other])) kept = [...kept, other];
    else victims.push(other);
  }
  return victims;
}

const started = (pod: Pod): string => pod.status?.startTime ?? pod.metadata.creationTimestamp ?? "";

/** Of nodes and their victims the ones whose loss costs least: the highest priority among them, then their number. */
export function cheapest<T>(choices: readonly { readonly node: T; readonly victims: readonly Pod[] }[]) {
  const cost = ({ victims }: { readonly victims: readonly Pod[] }) => Math.max(...victims.map(priorityOf));
  return [...choices].sort((a, b) => cost(a) - cost(b) || a.victims.length - b.victims.length)[0] ?? null;
}

/** Sends the victims away in favour of a pod, each with its own grace period. */
export function preempt(world: World, victims: readonly Pod[], pod: Pod, node: string): void {
  const stamp = world.stamp();
  const condition: Condition = {
    type: "DisruptionTarget",
    status: "True",
    lastProbeTime: null,
    reason: "PreemptionByScheduler",
    message: "default-scheduler: preempting to accommodate a higher priority pod",
  };
  for (const victim of victims) {
    if (isGoing(victim)) continue;
    const marked = world.update(victim, (draft) => {
      draft.status = { ...draft.status, conditions: withCondition(draft.status?.conditions, condition, stamp) };
    });
    const message = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
    world.events.record(victim, "Normal", "Preempted", message, "default-scheduler");
    world.delete(marked ?? victim, victim.spec.terminationGracePeriodSeconds ?? 30);
  }
}
