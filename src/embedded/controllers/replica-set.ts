import { withCondition, withoutCondition } from "./conditions.ts";
import { countPods, createPod, lessWanted, type Retries } from "./pod-set.ts";
import { controlledBy, controllerUid, isActive, isGoing, type Pod, type ReplicaSet, type Selector } from "./shapes.ts";
import { podFrom, randomSuffix } from "./template.ts";
import type { World } from "./world.ts";

/** Also a ReplicationController: the same with a selector of plain labels. */
type Replicating = ReplicaSet;

const componentOf = (set: Replicating) =>
  set.kind === "ReplicationController" ? "replication-controller" : "replicaset-controller";

/** Keeps as many pods as are wanted, and counts them. */
export function syncReplicaSet(
  world: World,
  set: ReplicaSet,
  retries: Retries,
  resync: (afterMs: number) => void,
): void {
  if (!isGoing(set)) adopt(world, set);
  const active = world.children<Pod>(set, "Pod").filter(isActive);
  const wanted = set.spec.replicas ?? 1;
  let refused: string | null = null;
  if (!isGoing(set)) {
    if (active.length < wanted) refused = grow(world, set, wanted - active.length);
    else if (active.length > wanted) shrink(world, set, active, active.length - wanted);
  }
  if (refused === null) retries.done(set);
  else retries.again(set, () => resync(0));
  count(world, set, refused, resync);
}

/** Takes up pods that its selector matches and that nobody controls. */
function adopt(world: World, set: ReplicaSet): void {
  const given = set.spec.selector;
  const selector: Selector =
    set.kind === "ReplicationController" ? { matchLabels: given as Record<string, string> } : given;
  if (Object.keys(selector.matchLabels ?? {}).length === 0) return;
  for (const pod of world.podsSelected(set.metadata.namespace ?? "", selector)) {
    if (controllerUid(pod) !== null || !isActive(pod)) continue;
    world.update(pod, (draft) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), controlledBy(set)];
    });
  }
}

function grow(world: World, set: ReplicaSet, missing: number): string | null {
  for (let made = 0; made < missing; made++) {
    const generateName = `${set.metadata.name}-`;
    const pod = podFrom(set.spec.template, set, { name: generateName + randomSuffix(), generateName });
    const created = createPod(world, pod, generateName);
    if (typeof created === "string") {
      world.events.record(set, "Warning", "FailedCreate", `Error creating: ${created}`, componentOf(set));
      return created;
    }
    world.events.record(set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`, componentOf(set));
  }
  return null;
}

function shrink(world: World, set: ReplicaSet, active: readonly Pod[], surplus: number): void {
  for (const pod of [...active].sort(lessWanted).slice(0, surplus)) {
    world.delete(pod, 30);
    world.events.record(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`, componentOf(set));
  }
}

function count(world: World, set: ReplicaSet, refused: string | null, resync: (afterMs: number) => void): void {
  const pods = world.children<Pod>(set, "Pod").filter(isActive);
  const { ready, available, again } = countPods(world, pods, set.spec.minReadySeconds ?? 0);
  if (again !== null) resync(again);
  const stamp = world.stamp();
  world.update(set, (draft) => {
    const conditions =
      refused === null
        ? withoutCondition(draft.status?.conditions, "ReplicaFailure")
        : withCondition(
            draft.status?.conditions,
            { type: "ReplicaFailure", status: "True", reason: "FailedCreate", message: refused },
            stamp,
          );
    draft.status = {
      replicas: pods.length,
      ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      observedGeneration: draft.metadata.generation ?? 1,
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  });
}
