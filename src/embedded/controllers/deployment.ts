import { conditionOf } from "./conditions.ts";
import { type Created, writeStatus } from "./deployment-status.ts";
import { proportionalSizes } from "./proportional.ts";
import { bounds, grownTo, shrunkTo } from "./rollout.ts";
import { selects } from "./selectors.ts";
import { controlledBy, controllerUid, type Deployment, isGoing, type Pod, type ReplicaSet } from "./shapes.ts";
import { templateHash } from "./template.ts";
import type { World } from "./world.ts";

const revisionOf = "deployment.kubernetes.io/revision";
/** The revisions that a ReplicaSet was before. */
const earlierOf = "deployment.kubernetes.io/revision-history";
const desiredOf = "deployment.kubernetes.io/desired-replicas";
const mostOf = "deployment.kubernetes.io/max-replicas";
const component = "deployment-controller";

/** Rolls a Deployment's template out over its ReplicaSets. */
export function syncDeployment(world: World, deployment: Deployment, resync: (afterMs: number) => void): void {
  if (isGoing(deployment)) return;
  const hash = templateHash(deployment.spec.template);
  const name = `${deployment.metadata.name}-${hash}`;
  if (deployment.status?.["observedGeneration"] === undefined) adopt(world, deployment);
  const sets = world.children<ReplicaSet>(deployment, "ReplicaSet").sort(byRevision);
  let newest = sets.find((set) => set.metadata.name === name) ?? null;
  const old = sets.filter((set) => set !== newest);
  let created: Created = null;

  if (deployment.spec.paused === true || wasScaled(deployment, sets)) rescale(world, deployment, newest, old);
  else if (newest === null) {
    if (!mayCreate(world, deployment, old)) {
      writeStatus(world, deployment, { newest, old, created }, resync);
      return;
    }
    const size = first(deployment, old);
    newest = create(world, deployment, { name, hash, size, revision: nextRevision(old) });
    created = "created";
    if (size > 0) announce(world, deployment, newest, 0, size);
  } else {
    refreshRevision(world, newest, old);
    created = conditionOf(deployment, "Progressing") === undefined ? "found" : null;
    roll(world, deployment, newest, old);
  }
  if (newest !== null) copyRevision(world, deployment, newest);
  const freshOld = old.flatMap((set) => world.fresh(set) ?? []);
  const freshNewest = newest === null ? null : world.fresh(newest);
  writeStatus(world, deployment, { newest: freshNewest, old: freshOld, created }, resync);
  forget(world, deployment, freshOld);
}

/** Takes up ReplicaSets that its selector matches and nobody controls: those of one that was deleted without them. */
function adopt(world: World, deployment: Deployment): void {
  const { namespace } = deployment.metadata;
  for (const set of world.list<ReplicaSet>("apps", "ReplicaSet")) {
    if (set.metadata.namespace !== namespace || controllerUid(set) !== null || isGoing(set)) continue;
    if (!selects(deployment.spec.selector, set.metadata.labels)) continue;
    world.update(set, (draft) => {
      draft.metadata.ownerReferences = [...(draft.metadata.ownerReferences ?? []), controlledBy(deployment)];
    });
  }
}

const replicas = (set: ReplicaSet) => set.spec.replicas ?? 0;
const revision = (set: ReplicaSet) => Number(set.metadata.annotations?.[revisionOf] ?? 0);
const byRevision = (a: ReplicaSet, b: ReplicaSet) => revision(a) - revision(b);
const nextRevision = (old: readonly ReplicaSet[]) => Math.max(0, ...old.map(revision)) + 1;
const size = (set: ReplicaSet) => ({ wanted: replicas(set), available: set.status?.availableReplicas ?? 0 });

/** Its ReplicaSets still remember another number of replicas. */
function wasScaled(deployment: Deployment, sets: readonly ReplicaSet[]): boolean {
  const total = String(deployment.spec.replicas ?? 1);
  return sets.some((set) => replicas(set) > 0 && (set.metadata.annotations?.[desiredOf] ?? total) !== total);
}

/**
 * Brings what there is to the Deployment's number of replicas, before the rollout goes on: the one ReplicaSet that has
 * pods, or in the middle of a rollout all of them in proportion.
 */
function rescale(world: World, deployment: Deployment, newest: ReplicaSet | null, old: readonly ReplicaSet[]): void {
  const total = deployment.spec.replicas ?? 1;
  const active = [...old, ...(newest === null ? [] : [newest])].filter((set) => replicas(set) > 0);
  const only = active.length === 0 ? (newest ?? old.at(-1)) : active.length === 1 ? active[0] : undefined;
  if (only !== undefined) {
    resize(world, deployment, only, total);
    return;
  }
  const saturated = newest !== null && replicas(newest) === total && newest.status?.availableReplicas === total;
  if (saturated && newest.metadata.annotations?.[desiredOf] === String(total)) {
    for (const set of old) scale(world, deployment, set, 0);
    return;
  }
  if (deployment.spec.strategy?.type === "Recreate") return;
  const sizes = proportionalSizes(
    active.map((set) => ({
      name: set.metadata.name,
      replicas: replicas(set),
      maxBefore: Number(set.metadata.annotations?.[mostOf] ?? 0),
      created: set.metadata.creationTimestamp ?? "",
    })),
    { total, maxSurge: bounds(deployment).maxSurge, now: Number(deployment.status?.["replicas"] ?? 0) },
  );
  for (const set of active) resize(world, deployment, set, sizes.get(set.metadata.name) ?? 0);
}

/** Recreate: no new pod before the last old one has ended. */
function mayCreate(world: World, deployment: Deployment, old: readonly ReplicaSet[]): boolean {
  if (deployment.spec.strategy?.type !== "Recreate") return true;
  for (const set of old) scale(world, deployment, set, 0);
  return old.every((set) => world.children<Pod>(set, "Pod").every(atEnd));
}

const atEnd = (pod: Pod) => !isGoing(pod) && (pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed");

function first(deployment: Deployment, old: readonly ReplicaSet[]): number {
  const total = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === "Recreate") return total;
  return grownTo(total, bounds(deployment).maxSurge, { wanted: 0, available: 0 }, old.map(size));
}

function roll(world: World, deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
  const total = deployment.spec.replicas ?? 1;
  if (deployment.spec.strategy?.type === "Recreate") {
    if (mayCreate(world, deployment, old)) scale(world, deployment, newest, total);
    return;
  }
  const { maxSurge, maxUnavailable } = bounds(deployment);
  const grown = grownTo(total, maxSurge, size(newest), old.map(size));
  if (grown !== replicas(newest)) {
    scale(world, deployment, newest, grown);
    return;
  }
  const shrunk = shrunkTo(total, maxUnavailable, size(newest), old.map(size));
  old.forEach((set, index) => {
    scale(world, deployment, set, shrunk[index] ?? 0);
  });
}

/** As `scale`, and what it remembers of its Deployment is brought up to date even where the number stays. */
function resize(world: World, deployment: Deployment, set: ReplicaSet, to: number): void {
  if (replicas(set) !== to) scale(world, deployment, set, to);
  else
    world.update(set, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, ...sizesOf(deployment) };
    });
}

function scale(world: World, deployment: Deployment, set: ReplicaSet, to: number): void {
  const from = replicas(set);
  if (from === to) return;
  world.update(set, (draft) => {
    draft.spec.replicas = to;
    draft.metadata.annotations = { ...draft.metadata.annotations, ...sizesOf(deployment) };
    draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
  });
  announce(world, deployment, set, from, to);
}

/** What a ReplicaSet remembers of its Deployment. */
function sizesOf(deployment: Deployment): Record<string, string> {
  const total = deployment.spec.replicas ?? 1;
  return {
    [desiredOf]: String(total),
    [mostOf]: String(total + bounds(deployment).maxSurge),
  };
}

function announce(world: World, deployment: Deployment, set: ReplicaSet, from: number, to: number): void {
  const direction = to > from ? "up" : "down";
  const message = `Scaled ${direction} replica set ${set.metadata.name} from ${from} to ${to}`;
  world.events.record(deployment, "Normal", "ScalingReplicaSet", message, component);
}

function create(
  world: World,
  deployment: Deployment,
  { name, hash, size, revision }: { name: string; hash: string; size: number; revision: number },
): ReplicaSet {
  const { selector, template, minReadySeconds } = deployment.spec;
  const labels = { ...template.metadata?.labels, "pod-template-hash": hash };
  return world.create<ReplicaSet>({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name,
      namespace: deployment.metadata.namespace,
      generation: 1,
      labels,
      annotations: {
        ...sizesOf(deployment),
        [revisionOf]: String(revision),
      },
      ownerReferences: [controlledBy(deployment)],
    },
    spec: {
      replicas: size,
      ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, "pod-template-hash": hash } },
      template: { ...structuredClone(template), metadata: { ...structuredClone(template.metadata), labels } },
    },
    status: { replicas: 0 },
  });
}

/** A template that comes back (a rollback) becomes the newest revision again. */
function refreshRevision(world: World, newest: ReplicaSet, old: readonly ReplicaSet[]): void {
  const wanted = nextRevision(old);
  if (old.length === 0 || revision(newest) >= wanted) return;
  world.update(newest, (draft) => {
    const { [revisionOf]: was, [earlierOf]: earlier, ...rest } = draft.metadata.annotations ?? {};
    const before = [earlier, was].filter((each) => each !== undefined).join(",");
    draft.metadata.annotations = {
      ...rest,
      [revisionOf]: String(wanted),
      ...(before === "" ? {} : { [earlierOf]: before }),
    };
  });
}

function copyRevision(world: World, deployment: Deployment, newest: ReplicaSet): void {
  const wanted = world.fresh(newest)?.metadata.annotations?.[revisionOf];
  if (wanted === undefined || deployment.metadata.annotations?.[revisionOf] === wanted) return;
  world.update(deployment, (draft) => {
    draft.metadata.annotations = { ...draft.metadata.annotations, [revisionOf]: wanted };
  });
}

/** Empty ReplicaSets beyond revisionHistoryLimit. */
function forget(world: World, deployment: Deployment, old: readonly ReplicaSet[]): void {
  const empty = old.filter((set) => replicas(set) === 0 && (set.status?.replicas ?? 0) === 0);
  const surplus = empty.length - (deployment.spec.revisionHistoryLimit ?? 10);
  for (const set of empty.slice(0, Math.max(0, surplus))) world.delete(set);
}
