import type { KubeObject } from "../../model/objects.ts";
import { withCondition } from "./conditions.ts";
import { share } from "./rollout.ts";
import { selects } from "./selectors.ts";
import { type Condition, isActive, isReady, type Quantity, type Selector } from "./shapes.ts";
import type { World } from "./world.ts";

export type DisruptionBudget = KubeObject & {
  spec: { selector?: Selector; minAvailable?: Quantity; maxUnavailable?: Quantity };
  status?: object;
};

/** Counts the pods behind a budget. */
export function syncDisruptionBudget(world: World, budget: DisruptionBudget): void {
  const { selector, minAvailable, maxUnavailable } = budget.spec;
  const pods = world
    .podsLabelled(budget.metadata.namespace ?? "", selector?.matchLabels ?? {})
    .filter((pod) => isActive(pod) && selects(selector ?? {}, pod.metadata.labels));
  const healthy = pods.filter(isReady).length;
  const desired =
    maxUnavailable !== undefined
      ? Math.max(0, pods.length - share(maxUnavailable, pods.length, "up"))
      : share(minAvailable ?? 1, pods.length, "up");
  const allowed = Math.max(0, healthy - desired);
  const stamp = world.stamp();
  world.update(budget, (draft) => {
    const observedGeneration = draft.metadata.generation ?? 1;
    const condition: Condition =
      allowed > 0
        ? { type: "DisruptionAllowed", status: "True", observedGeneration, reason: "SufficientPods", message: "" }
        : { type: "DisruptionAllowed", status: "False", observedGeneration, reason: "InsufficientPods", message: "" };
    const before = (draft.status as { conditions?: Condition[] } | undefined)?.conditions;
    draft.status = {
      observedGeneration,
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: pods.length,
      conditions: withCondition(before, condition, stamp),
    };
  });
}
