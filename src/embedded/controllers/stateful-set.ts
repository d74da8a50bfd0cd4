import type { KubeObject } from "../../model/objects.ts";
import { countPods, createPod, type Retries } from "./pod-set.ts";
import { controlledBy, controllerUid, isGoing, type Pod, type PodTemplate, type StatefulSet } from "./shapes.ts";
import { podFrom, templateHash } from "./template.ts";
import type { World } from "./world.ts";

const component = "statefulset-controller";
const revisionLabel = "controller-revision-hash";

type ControllerRevision = KubeObject & {
  revision: number;
  data: { spec: { template: PodTemplate & { $patch?: string } } };
};

/** Keeps numbered pods and their claims: one after the other, unless podManagementPolicy is Parallel. */
export function syncStatefulSet(
  world: World,
  set: StatefulSet,
  retries: Retries,
  resync: (afterMs: number) => void,
): void {
  const updateRevision = `${set.metadata.name}-${templateHash(set.spec.template)}`;
  const currentRevision = set.status?.currentRevision || updateRevision;
  keepRevision(world, set, updateRevision);
  if (!isGoing(set)) {
    const refused = act(world, set, { updateRevision, currentRevision });
    if (refused === null) retries.done(set);
    else {
      world.events.record(set, "Warning", "FailedCreate", refused, component);
      retries.again(set, () => resync(0));
    }
  }
  count(world, set, { updateRevision, currentRevision }, resync);
  if (!isGoing(set)) forgetRevisions(world, set, { updateRevision, currentRevision });
}

interface Revisions {
  readonly updateRevision: string;
  readonly currentRevision: string;
}

function ordinalOf(set: StatefulSet, pod: Pod): number {
  return Number(pod.metadata.name.slice(set.metadata.name.length + 1));
}

/** One pass; returns why a pod was refused, if one was. */
function act(world: World, set: StatefulSet, revisions: Revisions): string | null {
  adopt(world, set);
  const first = set.spec.ordinals?.start ?? 0;
  const wanted = first + (set.spec.replicas ?? 1);
  const parallel = set.spec.podManagementPolicy === "Parallel";
  const pods = new Map(world.children<Pod>(set, "Pod").map((pod) => [ordinalOf(set, pod), pod]));

  retain(world, set, pods);
  for (let ordinal = first; ordinal < wanted; ordinal++) {
    const pod = pods.get(ordinal);
    if (pod?.status?.phase === "Failed" || pod?.status?.phase === "Succeeded") {
      if (!isGoing(pod)) world.delete(pod);
      if (!parallel) return null;
      continue;
    }
    if (pod === undefined) {
      const refused = create(world, set, ordinal, revisions);
      if (refused !== null) return refused;
      if (!parallel) return null;
      continue;
    }
    if (!parallel && (isGoing(pod) || !isUp(world, set, pod))) return null;
  }
  const surplus = [...pods.keys()].filter((ordinal) => ordinal >= wanted || ordinal < first).sort((a, b) => b - a);
  for (const ordinal of surplus) {
    const pod = pods.get(ordinal);
    if (pod !== undefined && !isGoing(pod)) remove(world, set, pod);
    if (!parallel) return null;
  }
  update(world, set, pods, revisions);
  return null;
}

/** Takes up pods of its names and labels that nobody controls: those that an earlier set was deleted without. */
function adopt(world: World, set: StatefulSet): void {
  const labels = set.spec.selector.matchLabels ?? {};
  for (const pod of world.podsLabelled(set.metadata.namespace ?? "", labels)) {
    const ordinal = pod.metadata.name.startsWith(`${set.metadata.name}-`) ? ordinalOf(set, pod) : Number.NaN;
    if (controllerUid(pod) !== null || isGoing(pod) || !Number.isInteger(ordinal)) continue;
    world.update(pod, (draft) => {
      draft.metadata.ownerReferences = [controlledBy(set)];
    });
  }
}

/** From the highest ordinal down to the partition, each after the one before is ready. */
function update(world: World, set: StatefulSet, pods: ReadonlyMap<number, Pod>, { updateRevision }: Revisions): void {
  if (set.spec.updateStrategy?.type === "OnDelete") return;
  const first = set.spec.ordinals?.start ?? 0;
  const partition = Math.max(first, set.spec.updateStrategy?.rollingUpdate?.partition ?? 0);
  for (let ordinal = first + (set.spec.replicas ?? 1) - 1; ordinal >= partition; ordinal--) {
    const pod = pods.get(ordinal);
    if (pod === undefined || isGoing(pod)) return;
    if (pod.metadata.labels?.[revisionLabel] !== updateRevision) {
      remove(world, set, pod);
      return;
    }
    if (!isUp(world, set, pod)) return;
  }
}

/** Ready for as long as minReadySeconds ask. */
function isUp(world: World, set: StatefulSet, pod: Pod): boolean {
  return countPods(world, [pod], set.spec.minReadySeconds ?? 0).available === 1;
}

/** persistentVolumeClaimRetentionPolicy: a claim that is to go with its pod, or with the set, is owned by it. */
function retain(world: World, set: StatefulSet, pods: ReadonlyMap<number, Pod>): void {
  const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const last = (set.spec.ordinals?.start ?? 0) + (set.spec.replicas ?? 1);
  for (const [ordinal, pod] of pods) {
    const surplus = ordinal >= last;
    const owner = surplus && whenScaled === "Delete" ? pod : whenDeleted === "Delete" ? set : null;
    for (const template of set.spec.volumeClaimTemplates ?? []) {
      const name = `${template.metadata.name}-${pod.metadata.name}`;
      const claim = world.get<KubeObject>("", "PersistentVolumeClaim", set.metadata.namespace ?? "", name);
      if (claim === null || isGoing(claim)) continue;
      const others = (claim.metadata.ownerReferences ?? []).filter(
        ({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid,
      );
      const wanted = owner === null ? others : [...others, controlledBy(owner)];
      if (JSON.stringify(wanted) === JSON.stringify(claim.metadata.ownerReferences ?? [])) continue;
      world.update(claim, (draft) => {
        if (wanted.length > 0) draft.metadata.ownerReferences = wanted;
        else delete draft.metadata.ownerReferences;
      });
    }
  }
}

function remove(world: World, set: StatefulSet, pod: Pod): void {
  world.delete(pod, 30);
  const message = `delete Pod ${pod.metadata.name} in StatefulSet ${set.metadata.name} successful`;
  world.events.record(set, "Normal", "SuccessfulDelete", message, component);
}

function create(world: World, set: StatefulSet, ordinal: number, revisions: Revisions): string | null {
  const name = `${set.metadata.name}-${ordinal}`;
  const partition = set.spec.updateStrategy?.rollingUpdate?.partition ?? 0;
  const revision = ordinal < partition ? revisions.currentRevision : revisions.updateRevision;
  const pod = podFrom(templateOf(world, set, revision), set, {
    name,
    labels: {
      "apps.kubernetes.io/pod-index": String(ordinal),
      [revisionLabel]: revision,
      "statefulset.kubernetes.io/pod-name": name,
    },
  });
  const claims = set.spec.volumeClaimTemplates ?? [];
  const ownVolumes = claims.map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: `${claim.metadata.name}-${name}` },
  }));
  const names = new Set(ownVolumes.map((each) => each.name));
  pod.spec = {
    ...pod.spec,
    volumes: [...ownVolumes, ...(pod.spec.volumes ?? []).filter((each) => !names.has(each.name))],
    ...{ hostname: name, subdomain: set.spec.serviceName },
  };
  for (const claim of claims) createClaim(world, set, claim, name);
  // Somebody else's pod may bear the name: that is a refusal too.
  const created = createPod(world, pod, name);
  if (typeof created === "string")
    return `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${created}`;
  const message = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
  world.events.record(set, "Normal", "SuccessfulCreate", message, component);
  return null;
}

/** Claims outlive their pods and the set: they have no owner. */
function createClaim(
  world: World,
  set: StatefulSet,
  template: NonNullable<StatefulSet["spec"]["volumeClaimTemplates"]>[number],
  pod: string,
): void {
  const namespace = set.metadata.namespace ?? "";
  const name = `${template.metadata.name}-${pod}`;
  if (world.get("", "PersistentVolumeClaim", namespace, name) !== null) return;
  world.create({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: {
      name,
      namespace,
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(template.metadata.annotations === undefined ? {} : { annotations: { ...template.metadata.annotations } }),
      finalizers: ["kubernetes.io/pvc-protection"],
    },
    spec: structuredClone(template.spec),
    status: { phase: "Pending" },
  });
  const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
  world.events.record(set, "Normal", "SuccessfulCreate", message, component);
}

/** Templates that no pod has any more, beyond revisionHistoryLimit. */
function forgetRevisions(world: World, set: StatefulSet, { updateRevision, currentRevision }: Revisions): void {
  const used = new Set(world.children<Pod>(set, "Pod").map((pod) => pod.metadata.labels?.[revisionLabel]));
  const old = world
    .children<ControllerRevision>(set, "ControllerRevision")
    .filter(({ metadata: { name } }) => name !== updateRevision && name !== currentRevision && !used.has(name))
    .sort((a, b) => a.revision - b.revision);
  const surplus = old.length - (set.spec.revisionHistoryLimit ?? 10);
  for (const each of old.slice(0, Math.max(0, surplus))) world.delete(each);
}

/** Pods below the partition are made again from the template that they had. */
function templateOf(world: World, set: StatefulSet, revision: string): PodTemplate {
  const kept = world.get<ControllerRevision>("apps", "ControllerRevision", set.metadata.namespace ?? "", revision);
  if (kept === null) return set.spec.template;
  const { $patch: _, ...template } = kept.data.spec.template;
  return template;
}

function keepRevision(world: World, set: StatefulSet, name: string): void {
  const namespace = set.metadata.namespace ?? "";
  if (isGoing(set) || !world.serves("apps", "ControllerRevision")) return;
  const all = world.children<ControllerRevision>(set, "ControllerRevision").sort((a, b) => a.revision - b.revision);
  const found = all.find((each) => each.metadata.name === name);
  if (found !== undefined) {
    // A template that comes back (a rollback) is the newest revision again.
    if (found === all.at(-1)) return;
    world.update(found, (draft) => {
      draft.revision = (all.at(-1)?.revision ?? 0) + 1;
    });
    return;
  }
  if (world.get("apps", "ControllerRevision", namespace, name) !== null) return;
  world.create<ControllerRevision>({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name,
      namespace,
      labels: {
        ...set.spec.selector.matchLabels,
        "controller.kubernetes.io/hash": name.slice(set.metadata.name.length + 1),
      },
      ownerReferences: [controlledBy(set)],
    },
    revision: Math.max(0, ...all.map((each) => each.revision)) + 1,
    data: { spec: { template: { $patch: "replace", ...structuredClone(set.spec.template) } } },
  });
}

function count(world: World, set: StatefulSet, revisions: Revisions, resync: (afterMs: number) => void): void {
  const wanted = set.spec.replicas ?? 1;
  const pods = world.children<Pod>(set, "Pod");
  const { ready, available, again } = countPods(world, pods, set.spec.minReadySeconds ?? 0);
  if (again !== null) resync(again);
  const of = (revision: string) =>
    pods.filter((pod) => !isGoing(pod) && pod.metadata.labels?.[revisionLabel] === revision).length;
  const updated = of(revisions.updateRevision);
  const complete = updated === wanted && ready === wanted && pods.length === wanted;
  const currentRevision = complete ? revisions.updateRevision : revisions.currentRevision;
  const current = complete ? updated : of(currentRevision);
  world.update(set, (draft) => {
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      replicas: pods.length,
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(current > 0 ? { currentReplicas: current } : {}),
      ...(updated > 0 ? { updatedReplicas: updated } : {}),
      currentRevision,
      updateRevision: revisions.updateRevision,
      collisionCount: 0,
      availableReplicas: available,
    };
  });
}
