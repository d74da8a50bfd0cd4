import type { KubeObject } from "../../model/objects.ts";
import { withCondition } from "./conditions.ts";
import { behaviourOf } from "./pod-behaviour.ts";
import { cheapest, preempt, priorityOf, victimsAmong } from "./preemption.ts";
import { quantity } from "./quantity.ts";
import { fits, matchesAll } from "./selectors.ts";
import { type Claim, ephemeralClaim, isActive, isGoing, type Pod, type PodSpec } from "./shapes.ts";
import { refusingTaint, type Taint } from "./taints.ts";
import { bindsOnFirstUse, selectNode } from "./volume-claims.ts";
import type { World } from "./world.ts";

interface Node {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** Nodes of the store; where it holds none, the one that the options name. */
export function nodesOf(world: World): readonly Node[] {
  const nodes = world.list<
    KubeObject & { spec?: { unschedulable?: boolean; taints?: Taint[] }; status?: { allocatable?: object } }
  >("", "Node");
  if (nodes.length === 0) {
    const name = world.options.nodeName;
    return [
      { name, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" }, allocatable: {}, taints: [] },
    ];
  }
  return nodes.map((node) => ({
    name: node.metadata.name,
    labels: node.metadata.labels ?? {},
    allocatable: (node.status?.allocatable ?? {}) as Record<string, string>,
    taints: taintsOf(node),
  }));
}

/** `kubectl cordon` says it in the spec, the node controller as a taint: here one stands for both. */
function taintsOf(node: { spec?: { unschedulable?: boolean; taints?: Taint[] } }): readonly Taint[] {
  const cordon = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" };
  const given = node.spec?.taints ?? [];
  return node.spec?.unschedulable === true && !given.some(({ key }) => key === cordon.key) ? [...given, cordon] : given;
}

/** Whether selector and required affinity let a pod onto a node. */
export function suits(spec: PodSpec, node: Pick<Node, "name" | "labels">): boolean {
  if (!matchesAll(spec.nodeSelector ?? {}, node.labels)) return false;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
  if (terms === undefined) return true;
  return terms.some(
    (term) =>
      (term.matchExpressions ?? []).every((each) => fits(each, node.labels)) &&
      (term.matchFields ?? []).every((each) => fits(each, { "metadata.name": node.name })),
  );
}

/** Gives a pod its node, or says why there is none. Pods that wait are tried again when claims or nodes change. */
export function schedule(world: World, pod: Pod): void {
  if (pod.spec.nodeName !== undefined || isGoing(pod)) return;
  const nodes = nodesOf(world);
  const refusals = nodes.map((node) => refusalsOf(world, pod, node));
  const node = nodes[refusals.findIndex((each) => each.length === 0)];
  const claims = claimsOf(world, pod);
  if (node === undefined) {
    makeRoom(world, pod, nodes, refusals);
    return;
  }
  const why = claimRefusal(world, nodes.length, claims);
  if (why !== null) {
    refuse(world, pod, why);
    return;
  }
  const waiting = claims.filter((claim) => claim.found !== null && claim.found.status?.phase !== "Bound");
  if (waiting.length > 0) {
    // The volume comes first: the scheduler names the node on the claim and waits for its binding.
    for (const { found } of waiting) if (found !== null) selectNode(world, found, node.name);
    return;
  }
  const stamp = world.stamp();
  const bound = world.update(pod, (draft) => {
    draft.spec.nodeName = node.name;
    const conditions = withCondition(draft.status?.conditions, { type: "PodScheduled", status: "True" }, stamp);
    const { nominatedNodeName: _, ...status } = draft.status ?? {};
    draft.status = {
      phase: "Pending",
      ...status,
      conditions: conditions.map((each) => ({ ...each, lastProbeTime: null })),
    };
  });
  const { namespace, name } = pod.metadata;
  const message = `Successfully assigned ${namespace}/${name} to ${node.name}`;
  if (bound !== null) world.events.record(bound, "Normal", "Scheduled", message, "default-scheduler");
}

/** No node has room: sends less important pods away where that helps, and says why the pod waits. */
function makeRoom(world: World, pod: Pod, nodes: readonly Node[], refusals: readonly (readonly string[])[]): void {
  const helped = nodes.map((node) => preemptible(world, pod, node));
  const tried = (why: string) => `${unavailable(refusals)} no new claims to deallocate, preemption: ${why}`;
  if (pod.spec.preemptionPolicy === "Never") {
    refuse(world, pod, tried("not eligible due to preemptionPolicy=Never."));
    return;
  }
  const nominated = pod.status?.nominatedNodeName;
  const lower = (other: Pod) => priorityOf(other) < priorityOf(pod);
  if (nominated !== undefined && world.podsOn(nominated).some((other) => isGoing(other) && lower(other))) {
    refuse(world, pod, tried("not eligible due to a terminating pod on the nominated node."));
    return;
  }
  const choices = nodes.flatMap((node, index) => {
    if (helped[index] !== true || behaviourOf(pod) === "unschedulable") return [];
    const fit = (others: readonly Pod[]) => lacking(others, pod, node).length === 0;
    const victims = victimsAmong(occupants(world, pod, node), priorityOf(pod), fit);
    return victims === null ? [] : [{ node, victims }];
  });
  const chosen = cheapest(choices);
  if (chosen === null) {
    refuse(world, pod, summary(refusals, helped));
    return;
  }
  refuse(world, pod, unavailable(refusals), chosen.node.name);
  preempt(world, chosen.victims, pod, chosen.node.name);
}

/** Why a node cannot take the pod: nothing where it can, and all that it has too little of. */
function refusalsOf(world: World, pod: Pod, node: Node): readonly string[] {
  if (behaviourOf(pod) === "unschedulable") return ["Insufficient cpu"];
  const taint = refusingTaint(node.taints, pod.spec.tolerations ?? []);
  if (taint?.key === "node.kubernetes.io/unschedulable") return ["node(s) were unschedulable"];
  if (taint !== null) return [`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`];
  if (!suits(pod.spec, node)) return ["node(s) didn't match Pod's node affinity/selector"];
  return lacking(occupants(world, pod, node), pod, node);
}

/** Who is on the node, and who is as important and has been promised a place there. */
function occupants(world: World, pod: Pod, node: Node): readonly Pod[] {
  const there = world.podsOn(node.name).filter((other) => isActive(other) || isGoing(other));
  const promised = world
    .podsWaiting()
    .filter((other) => other.status?.nominatedNodeName === node.name && other.metadata.uid !== pod.metadata.uid)
    .filter((other) => priorityOf(other) >= priorityOf(pod));
  return [...there, ...promised];
}

/** What the node has too little of beside what these pods asked for. */
function lacking(there: readonly Pod[], pod: Pod, node: Node): readonly string[] {
  const wanted = (["cpu", "memory", "ephemeral-storage"] as const).filter(
    (resource) => node.allocatable[resource] !== undefined && requested(pod.spec, resource) > 0,
  );
  const most = node.allocatable["pods"];
  if (wanted.length === 0 && most === undefined) return [];
  const short = wanted.filter((resource) => {
    const taken = there.reduce((sum, other) => sum + requested(other.spec, resource), 0);
    return taken + requested(pod.spec, resource) > quantity(node.allocatable[resource]!);
  });
  const crowded = most !== undefined && there.length + 1 > quantity(most);
  return [...(crowded ? ["Too many pods"] : []), ...short.map((resource) => `Insufficient ${resource}`)];
}

function requested(spec: PodSpec, resource: string): number {
  return spec.containers.reduce((sum, each) => sum + quantity(each.resources?.requests?.[resource] ?? 0), 0);
}

function claimsOf(world: World, pod: Pod) {
  return (pod.spec.volumes ?? []).flatMap((volume) => {
    const ephemeral = volume.ephemeral !== undefined;
    const name = ephemeral ? ephemeralClaim(pod, volume.name) : volume.persistentVolumeClaim?.claimName;
    if (name === undefined) return [];
    const found = world.get<Claim>("", "PersistentVolumeClaim", pod.metadata.namespace ?? "", name);
    return [{ name, ephemeral, found }];
  });
}

function claimRefusal(world: World, nodes: number, claims: ReturnType<typeof claimsOf>): string | null {
  const missing = claims.find(({ found }) => found === null);
  if (missing?.ephemeral === true)
    return `0/${nodes} nodes are available: waiting for ephemeral volume controller to create the persistentvolumeclaim "${missing.name}". not found`;
  if (missing !== undefined)
    return `0/${nodes} nodes are available: persistentvolumeclaim "${missing.name}" not found. not found`;
  const unbound = claims.some(
    ({ found }) => found !== null && found.status?.phase !== "Bound" && !bindsOnFirstUse(world, found),
  );
  if (unbound) return `0/${nodes} nodes are available: pod has unbound immediate PersistentVolumeClaims. not found`;
  return null;
}

/** `0/1 nodes are available: 1 Insufficient cpu.` */
const unavailable = (refusals: readonly (readonly string[])[]) =>
  `0/${refusals.length} nodes are available: ${counted(refusals.flat())}.`;

/** The same, and what preemption would do about it. */
function summary(refusals: readonly (readonly string[])[], preemptible: readonly boolean[]): string {
  const nodes = refusals.length;
  const victims = preemptible.map((each) =>
    each ? "No preemption victims found for incoming pod" : "Preemption is not helpful for scheduling",
  );
  return `${unavailable(refusals)} no new claims to deallocate, preemption: 0/${nodes} nodes are available: ${counted(victims)}.`;
}

function counted(reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const each of reasons) counts.set(each, (counts.get(each) ?? 0) + 1);
  return [...counts]
    .map(([why, count]) => `${count} ${why}`)
    .sort()
    .join(", ");
}

/** Whether the node would do if it were empty: only then others could make room. */
function preemptible(world: World, pod: Pod, node: Node): boolean {
  if (behaviourOf(pod) === "unschedulable") return true;
  const others = refusalsOf(world, pod, node).filter(
    (why) => !why.startsWith("Insufficient") && why !== "Too many pods",
  );
  const fits = (["cpu", "memory", "ephemeral-storage"] as const).every(
    (name) => node.allocatable[name] === undefined || requested(pod.spec, name) <= quantity(node.allocatable[name]!),
  );
  return others.length === 0 && fits;
}

/** @param nominated the node that others are leaving for this pod */
function refuse(world: World, pod: Pod, message: string, nominated?: string): void {
  const stamp = world.stamp();
  const condition = { type: "PodScheduled", status: "False", reason: "Unschedulable", message } as const;
  const before = pod.status?.conditions?.find((each) => each.type === "PodScheduled");
  if (before?.status === "False" && before.message === message) return;
  const refused = world.update(pod, (draft) => {
    const conditions = withCondition(draft.status?.conditions, condition, stamp);
    draft.status = {
      phase: "Pending",
      ...draft.status,
      conditions: conditions.map((each) => ({ ...each, lastProbeTime: null })),
      ...(nominated === undefined ? {} : { nominatedNodeName: nominated }),
    };
  });
  if (refused !== null) world.events.record(refused, "Warning", "FailedScheduling", message, "default-scheduler");
}
