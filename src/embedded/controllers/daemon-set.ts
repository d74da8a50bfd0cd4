import type { KubeObject } from "../../model/objects.ts";
import { countPods, createPod, type Retries } from "./pod-set.ts";
import { share } from "./rollout.ts";
import { nodesOf, suits } from "./scheduler.ts";
import { controlledBy, type DaemonSet, isActive, isGoing, isReady, type Pod, type PodSpec } from "./shapes.ts";
import { podFrom, randomSuffix, templateHash } from "./template.ts";
import type { World } from "./world.ts";

const component = "daemonset-controller";
const hashLabel = "controller-revision-hash";

/** One pod on each node that fits. */
export function syncDaemonSet(world: World, set: DaemonSet, retries: Retries, resync: (afterMs: number) => void): void {
  const hash = templateHash(set.spec.template);
  const nodes = nodesOf(world).filter((node) => suits(set.spec.template.spec, node));
  keepRevision(world, set, hash);
  if (!isGoing(set)) {
    const refused = act(world, set, hash, new Set(nodes.map((node) => node.name)));
    if (refused === null) retries.done(set);
    else retries.again(set, () => resync(0));
  }
  count(world, set, hash, nodes.length, resync);
}

/** The templates that it had, as `kubectl rollout history` and `undo` look for them. */
function keepRevision(world: World, set: DaemonSet, hash: string): void {
  if (isGoing(set) || !world.serves("apps", "ControllerRevision")) return;
  const all = world.children<Revision>(set, "ControllerRevision").sort((a, b) => a.revision - b.revision);
  const name = `${set.metadata.name}-${hash}`;
  const found = all.find((each) => each.metadata.name === name);
  const next = (all.at(-1)?.revision ?? 0) + 1;
  if (found !== undefined) {
    if (found === all.at(-1)) return;
    world.update(found, (draft) => {
      draft.revision = next;
    });
    return;
  }
  world.create<Revision>({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name,
      namespace: set.metadata.namespace,
      labels: { ...set.spec.template.metadata?.labels, [hashLabel]: hash },
      annotations: { ...set.metadata.annotations },
      ownerReferences: [controlledBy(set)],
    },
    revision: next,
    data: { spec: { template: { $patch: "replace", ...structuredClone(set.spec.template) } } },
  });
  const limit = set.spec.revisionHistoryLimit ?? 10;
  const used = new Set(world.children<Pod>(set, "Pod").map((pod) => pod.metadata.labels?.[hashLabel]));
  const old = all.filter((each) => !used.has(each.metadata.labels?.[hashLabel]));
  for (const each of old.slice(0, Math.max(0, all.length - limit))) world.delete(each);
}

type Revision = KubeObject & { revision: number; data: object };

function act(world: World, set: DaemonSet, hash: string, nodes: ReadonlySet<string>): string | null {
  const pods = world.children<Pod>(set, "Pod");
  const byNode = new Map<string, Pod[]>();
  const going = new Set<string>();
  for (const pod of pods) {
    const node = targetOf(pod.spec);
    const ended = pod.status?.phase === "Failed" || pod.status?.phase === "Succeeded";
    if (isGoing(pod)) going.add(node ?? "");
    else if (ended || node === null || !nodes.has(node)) remove(world, set, pod);
    else byNode.set(node, [...(byNode.get(node) ?? []), pod]);
  }
  const surge = surgeOf(set, nodes.size);
  const isNew = (pod: Pod) => pod.metadata.labels?.[hashLabel] === hash;
  let surging = [...byNode.values()].filter((there) => there.length > 1).length;
  for (const node of nodes) {
    const there = byNode.get(node) ?? [];
    const [kept] = [...there].sort((a, b) => Number(isReady(b)) - Number(isReady(a)));
    const fresh = there.find(isNew);
    if (there.length > 1) {
      // A new pod takes over once it is there for good; without a surge one is enough.
      const over = surge > 0 && fresh !== undefined && !isAvailable(world, set, fresh) ? [] : there;
      for (const pod of over) if (pod !== (surge > 0 ? (fresh ?? kept) : kept)) remove(world, set, pod);
      continue;
    }
    const replaced = surge > 0 && kept !== undefined && fresh === undefined;
    if (kept !== undefined && !replaced) continue;
    if (kept === undefined && going.has(node)) continue;
    if (replaced && isReady(kept) && surging++ >= surge) continue;
    const refused = create(world, set, hash, node);
    if (refused !== null) return refused;
  }
  if (surge === 0) update(world, set, pods.filter(isActive), hash, nodes.size);
  return null;
}

function create(world: World, set: DaemonSet, hash: string, node: string): string | null {
  const generateName = `${set.metadata.name}-`;
  const pod = podFrom(set.spec.template, set, {
    name: generateName + randomSuffix(),
    generateName,
    labels: { [hashLabel]: hash, "pod-template-generation": generationOf(set) },
  });
  pod.spec = pinned(pod.spec, node);
  const created = createPod(world, pod, generateName);
  if (typeof created === "string") {
    world.events.record(set, "Warning", "FailedCreate", `Error creating: ${created}`, component);
    return created;
  }
  world.events.record(set, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`, component);
  return null;
}

/** How many nodes may run the old and the new pod at a time. */
function surgeOf(set: DaemonSet, nodes: number): number {
  const { type, rollingUpdate } = set.spec.updateStrategy ?? {};
  return type === "OnDelete" ? 0 : share(rollingUpdate?.maxSurge ?? 0, nodes, "up");
}

function isAvailable(world: World, set: DaemonSet, pod: Pod): boolean {
  return countPods(world, [pod], set.spec.minReadySeconds ?? 0).available === 1;
}

/** As many old pods at a time as maxUnavailable allows; those that are broken anyway go first. */
function update(world: World, set: DaemonSet, pods: readonly Pod[], hash: string, nodes: number): void {
  if (set.spec.updateStrategy?.type === "OnDelete") return;
  const old = pods.filter((pod) => pod.metadata.labels?.[hashLabel] !== hash);
  const most = Math.max(1, share(set.spec.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1, nodes, "up"));
  let budget = most - (nodes - pods.filter(isReady).length);
  for (const pod of [...old].sort((a, b) => Number(isReady(a)) - Number(isReady(b)))) {
    if (isReady(pod) && budget-- <= 0) return;
    remove(world, set, pod);
  }
}

function remove(world: World, set: DaemonSet, pod: Pod): void {
  world.delete(pod, 30);
  world.events.record(set, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`, component);
}

function generationOf(set: DaemonSet): string {
  return set.metadata.annotations?.["deprecated.daemonset.template.generation"] ?? "1";
}

/** The DaemonSet controller names the node by an affinity to a field, and leaves the rest to the scheduler. */
function pinned(spec: PodSpec, node: string): PodSpec {
  const only = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
  const before = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  const nodeSelectorTerms = before === undefined ? [only] : before.map((term) => ({ ...term, ...only }));
  return {
    ...spec,
    tolerations: [...(spec.tolerations ?? []), ...tolerated],
    affinity: {
      ...spec.affinity,
      nodeAffinity: {
        ...spec.affinity?.nodeAffinity,
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
      },
    },
  };
}

/** What the DaemonSet controller adds to each pod: it runs also on nodes that are cordoned or in trouble. */
const tolerated = [
  ...["not-ready", "unreachable"].map((name) => ({ name, effect: "NoExecute" })),
  ...["disk-pressure", "memory-pressure", "pid-pressure", "unschedulable"].map((name) => ({
    name,
    effect: "NoSchedule",
  })),
].map(({ name, effect }) => ({ key: `node.kubernetes.io/${name}`, operator: "Exists", effect }));

function targetOf(spec: PodSpec): string | null {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  return spec.nodeName ?? terms?.[0]?.matchFields?.[0]?.values?.[0] ?? null;
}

function count(world: World, set: DaemonSet, hash: string, desired: number, resync: (afterMs: number) => void): void {
  const pods = world.children<Pod>(set, "Pod").filter(isActive);
  const { again } = countPods(world, pods, set.spec.minReadySeconds ?? 0);
  if (again !== null) resync(again);
  // During a surge a node counts once.
  const nodesOfPods = (list: readonly Pod[]) => new Set(list.map((pod) => targetOf(pod.spec))).size;
  const scheduled = nodesOfPods(pods);
  const ready = nodesOfPods(pods.filter(isReady));
  const available = nodesOfPods(pods.filter((pod) => isAvailable(world, set, pod)));
  const updated = nodesOfPods(pods.filter((pod) => pod.metadata.labels?.[hashLabel] === hash));
  world.update(set, (draft) => {
    draft.status = {
      currentNumberScheduled: scheduled,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      observedGeneration: draft.metadata.generation ?? 1,
      ...(updated > 0 ? { updatedNumberScheduled: updated } : {}),
      ...(available > 0 ? { numberAvailable: available } : {}),
      ...(desired - available > 0 ? { numberUnavailable: desired - available } : {}),
    };
  });
}
