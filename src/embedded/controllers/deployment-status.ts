import { conditionOf, withCondition, withoutCondition } from "./conditions.ts";
import { bounds } from "./rollout.ts";
import type { Condition, Deployment, ReplicaSet } from "./shapes.ts";
import type { World } from "./world.ts";

/** Whether this look made the new ReplicaSet, or found one that an earlier Deployment left. */
export type Created = "created" | "found" | null;

interface Sets {
  readonly newest: ReplicaSet | null;
  readonly old: readonly ReplicaSet[];
  readonly created: Created;
}

interface Counters {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

/** Counters (absent when 0) and conditions, with the reasons of Kubernetes' own controller. */
export function writeStatus(world: World, deployment: Deployment, sets: Sets, resync: (afterMs: number) => void): void {
  const current = world.fresh(deployment);
  if (current === null) return;
  const counters = count(sets);
  const stamp = world.stamp();
  const progress = progressing(world, current, sets, counters);
  const available = availability(current, counters.availableReplicas);
  let conditions = current.status?.conditions ?? [];
  // A ReplicaSet is made before anything is counted.
  if (progress !== null && sets.created !== null) conditions = withProgress(conditions, progress, stamp);
  if (available !== null) conditions = withCondition(conditions, available, stamp);
  if (progress !== null) conditions = withProgress(conditions, progress, stamp);
  conditions = withFailure(conditions, sets, stamp);
  world.update(current, (draft) => {
    const numbers = Object.fromEntries(Object.entries(counters).filter(([, value]) => value > 0));
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      ...numbers,
      ...(conditions.length > 0 ? { conditions } : {}),
    };
  });
  const due = deadlineIn(world, current, progress ?? conditionOf(current, "Progressing") ?? null);
  if (due !== null) resync(due);
}

function count({ newest, old }: Sets): Counters {
  const all = newest === null ? old : [newest, ...old];
  const sum = (of: (set: ReplicaSet) => number | undefined) => all.reduce((total, set) => total + (of(set) ?? 0), 0);
  const availableReplicas = sum((set) => set.status?.availableReplicas);
  return {
    replicas: sum((set) => set.status?.replicas),
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: sum((set) => set.status?.readyReplicas),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum((set) => set.spec.replicas) - availableReplicas),
  };
}

function availability(deployment: Deployment, available: number): Condition | null {
  // A Deployment paused from the start has no ReplicaSet and, as recorded, says it is available only when it is.
  const enough = available >= (deployment.spec.replicas ?? 1) - bounds(deployment).maxUnavailable;
  return enough
    ? condition("Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
    : condition("Available", "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.");
}

function condition(type: string, status: Condition["status"], reason: string, message: string): Condition {
  return { type, status, lastUpdateTime: "", reason, message };
}

/** null: stays as it is. */
function progressing(world: World, deployment: Deployment, sets: Sets, now: Counters): Condition | null {
  const before = conditionOf(deployment, "Progressing");
  if (deployment.spec.paused === true)
    return condition("Progressing", "Unknown", "DeploymentPaused", "Deployment is paused");
  if (before?.reason === "DeploymentPaused")
    return condition("Progressing", "Unknown", "DeploymentResumed", "Deployment is resumed");
  if (sets.newest === null) return before ?? null;
  const set = `ReplicaSet "${sets.newest.metadata.name}"`;
  if (sets.created === "created")
    return condition(
      "Progressing",
      "True",
      "NewReplicaSetCreated",
      `Created new replica set "${sets.newest.metadata.name}"`,
    );
  if (sets.created === "found")
    return condition(
      "Progressing",
      "True",
      "FoundNewReplicaSet",
      `Found new replica set "${sets.newest.metadata.name}"`,
    );

  const total = deployment.spec.replicas ?? 1;
  const complete = now.updatedReplicas === total && now.replicas === total && now.availableReplicas === total;
  if (complete && deployment.status?.["observedGeneration"] !== undefined)
    return condition("Progressing", "True", "NewReplicaSetAvailable", `${set} has successfully progressed.`);
  // Once complete it stays so, even when its pods begin to crash.
  if (before?.reason === "NewReplicaSetAvailable") return null;
  if (moved(deployment, now)) return condition("Progressing", "True", "ReplicaSetUpdated", `${set} is progressing.`);
  const due = deadlineIn(world, deployment, before ?? null);
  if (due === null || due > 0) return null;
  return condition("Progressing", "False", "ProgressDeadlineExceeded", `${set} has timed out progressing.`);
}

/** Something went forward since the status that is there. */
function moved(deployment: Deployment, now: Counters): boolean {
  const was = (name: keyof Counters) => Number(deployment.status?.[name] ?? 0);
  return (
    now.updatedReplicas > was("updatedReplicas") ||
    now.replicas - now.updatedReplicas < was("replicas") - was("updatedReplicas") ||
    now.readyReplicas > was("readyReplicas") ||
    now.availableReplicas > was("availableReplicas")
  );
}

/** A move renews lastUpdateTime even where nothing else changes: the deadline counts from it. */
function withProgress(conditions: readonly Condition[], progress: Condition, stamp: string): Condition[] {
  const before = conditions.find((each) => each.type === "Progressing");
  if (before === progress || (before?.reason === progress.reason && progress.reason !== "ReplicaSetUpdated"))
    return [...conditions];
  const rest = conditions.filter((each) => each.type !== "Progressing");
  const since = before?.status === progress.status ? (before.lastTransitionTime ?? stamp) : stamp;
  const { type, status, reason, message } = progress;
  return [...rest, { type, status, lastUpdateTime: stamp, lastTransitionTime: since, reason, message }];
}

function withFailure(conditions: Condition[], sets: Sets, stamp: string): Condition[] {
  const failure = sets.newest === null ? undefined : conditionOf(sets.newest, "ReplicaFailure");
  if (failure === undefined) return withoutCondition(conditions, "ReplicaFailure");
  return withCondition(conditions, { ...failure, lastUpdateTime: "" }, stamp);
}

/** Milliseconds until progressDeadlineSeconds have passed since the last move; null when nothing is awaited. */
function deadlineIn(world: World, deployment: Deployment, progress: Condition | null): number | null {
  if (progress === null || progress.status !== "True" || progress.reason === "NewReplicaSetAvailable") return null;
  if (deployment.spec.paused === true) return null;
  const seconds = deployment.spec.progressDeadlineSeconds ?? 600;
  return Math.max(0, seconds * 1000 - world.elapsed(progress.lastUpdateTime));
}
