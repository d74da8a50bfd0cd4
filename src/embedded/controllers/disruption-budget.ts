import type { KubeObject } from "../../model/objects.ts";
import { withCondition } from "./conditions.ts";
import { share } from "./rollout.ts";
import { type Condition, isActive, isReady, type Pod, type Quantity, type Selector } from "./shapes.ts";
import type { World } from "./world.ts";

export type DisruptionBudget = KubeObject & {
  spec: { selector?: Selector; minAvailable?: Quantity; maxUnavailable?: Quantity };
  status?: object;
};

/** Counts the pods behind a budget. */
export function syncDisruptionBudget(world: World, budget: DisruptionBudget): void {
  const { selector, minAvailable, maxUnavailable } = budget.spec;
  const namespace = budget.metadata.namespace ?? "";
  const pods = selector === undefined ? [] : world.podsSelected(namespace, selector).filter(isActive);
  const expected = typeof minAvailable === "number" ? pods.length : Math.max(0, expectedPods(world, namespace, pods));
  const healthy = pods.filter(isReady).length;
  const desired =
    maxUnavailable !== undefined
      ? Math.max(0, expected - share(maxUnavailable, expected, "up"))
      : share(minAvailable ?? 1, expected, "up");
  const allowed = expected === 0 ? 0 : Math.max(0, healthy - desired);
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
      expectedPods: expected,
      conditions: withCondition(before, condition, stamp),
    };
  });
}

/** How many pods their controllers want: a share of them counts, not of those that are just there. */
function expectedPods(world: World, namespace: string, pods: readonly Pod[]): number {
  const wanted = new Map<string, number>();
  let bare = 0;
  for (const pod of pods) {
    const owner = pod.metadata.ownerReferences?.find((each) => each.controller === true);
    const found = owner === undefined ? null : scaleOf(world, namespace, owner);
    if (found === null) bare++;
    else wanted.set(found.uid, found.replicas);
  }
  return [...wanted.values()].reduce((sum, each) => sum + each, bare);
}

type Scaled = KubeObject & { spec: { replicas?: number } };

function scaleOf(world: World, namespace: string, owner: { kind: string; name: string }) {
  const group = owner.kind === "ReplicationController" ? "" : "apps";
  if (!["ReplicaSet", "StatefulSet", "ReplicationController"].includes(owner.kind)) return null;
  const found = world.get<Scaled>(group, owner.kind, namespace, owner.name);
  const above = found?.metadata.ownerReferences?.find((each) => each.kind === "Deployment");
  const top = above === undefined ? found : (world.get<Scaled>("apps", "Deployment", namespace, above.name) ?? found);
  return top === null ? null : { uid: top.metadata.uid ?? "", replicas: top.spec.replicas ?? 1 };
}
