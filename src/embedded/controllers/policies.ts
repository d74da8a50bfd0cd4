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
    const condition: Condition =
      allowed > 0
        ? { type: "DisruptionAllowed", status: "True", reason: "SufficientPods", message: "" }
        : { type: "DisruptionAllowed", status: "False", reason: "InsufficientPods", message: "" };
    const before = (draft.status as { conditions?: Condition[] } | undefined)?.conditions;
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      disruptionsAllowed: allowed,
      currentHealthy: healthy,
      desiredHealthy: desired,
      expectedPods: pods.length,
      conditions: withCondition(before, condition, stamp),
    };
  });
}

export type Autoscaler = KubeObject & {
  spec: { scaleTargetRef: { kind: string; name: string } };
  status?: { conditions?: Condition[] };
};

/** There are no metrics: an autoscaler finds its target and never scales it, as recorded without a metrics server. */
export function syncAutoscaler(world: World, autoscaler: Autoscaler): void {
  const { kind, name } = autoscaler.spec.scaleTargetRef;
  const target = world.get<KubeObject & { spec: { replicas?: number } }>(
    "apps",
    kind,
    autoscaler.metadata.namespace ?? "",
    name,
  );
  const stamp = world.stamp();
  const able: Condition =
    target === null
      ? {
          type: "AbleToScale",
          status: "False",
          reason: "FailedGetScale",
          message: `the HPA controller was unable to get the target's current scale: ${kind} "${name}" not found`,
        }
      : {
          type: "AbleToScale",
          status: "True",
          reason: "SucceededGetScale",
          message: "the HPA controller was able to get the target's current scale",
        };
  const active: Condition = {
    type: "ScalingActive",
    status: "False",
    reason: "FailedGetResourceMetric",
    message: "the embedded cluster has no metrics",
  };
  world.update(autoscaler, (draft) => {
    let conditions = withCondition(draft.status?.conditions, able, stamp);
    if (target !== null) conditions = withCondition(conditions, active, stamp);
    draft.status = {
      ...draft.status,
      ...(target === null ? {} : { currentReplicas: target.spec.replicas ?? 1, desiredReplicas: 0 }),
      conditions,
    };
  });
}
