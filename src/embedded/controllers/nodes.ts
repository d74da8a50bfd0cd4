import type { KubeObject } from "../../model/objects.ts";
import { withCondition } from "./conditions.ts";
import { type Condition, isGoing, type Pod } from "./shapes.ts";
import { type Taint, type Toleration, tolerates } from "./taints.ts";
import type { World } from "./world.ts";

const component = "node-controller";
/** Put on a node, it is as if its kubelet had gone. */
const away = "embedded.k8sctl.dev/not-ready";

export type Node = KubeObject & {
  spec?: { unschedulable?: boolean; taints?: (Taint & { timeAdded?: string })[]; [field: string]: unknown };
  status?: { conditions?: (Condition & { lastHeartbeatTime?: string })[]; [field: string]: unknown };
};

/** Taints that follow from a node's conditions (Kubernetes docs, "Taint Nodes by Condition"). */
const byCondition: readonly (readonly [type: string, status: string, key: string, effects: readonly string[]])[] = [
  ["Ready", "False", "node.kubernetes.io/not-ready", ["NoSchedule", "NoExecute"]],
  ["Ready", "Unknown", "node.kubernetes.io/unreachable", ["NoSchedule", "NoExecute"]],
  ["MemoryPressure", "True", "node.kubernetes.io/memory-pressure", ["NoSchedule"]],
  ["DiskPressure", "True", "node.kubernetes.io/disk-pressure", ["NoSchedule"]],
  ["PIDPressure", "True", "node.kubernetes.io/pid-pressure", ["NoSchedule"]],
  ["NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable", ["NoSchedule"]],
];

/** A node that somebody made without a status has no kubelet that could be missed. */
export function isNodeReady(node: Node): boolean {
  const ready = node.status?.conditions?.find((each) => each.type === "Ready");
  return ready === undefined || ready.status === "True";
}

/** Keeps a node's conditions, its taints and the readiness of its pods in step, and evicts what does not tolerate it. */
export class Nodes {
  readonly #world: World;
  /** By uid of the pod: when it has to go. */
  readonly #evictions = new Map<string, { readonly key: string; readonly cancel: () => void }>();

  constructor(world: World) {
    this.#world = world;
  }

  stop(): void {
    for (const { cancel } of this.#evictions.values()) cancel();
  }

  forget(uid: string): void {
    this.#evictions.get(uid)?.cancel();
    this.#evictions.delete(uid);
  }

  sync(node: Node): void {
    const answered = this.#answer(node);
    const tainted = this.#taint(answered);
    const pods = this.#world.podsOn(node.metadata.name);
    if (!isNodeReady(tainted)) for (const pod of pods) this.#unready(pod);
    for (const pod of pods) this.syncPod(pod, tainted);
  }

  /** The kubelet's word, or the node controller's that there is none. */
  #answer(node: Node): Node {
    const gone = node.metadata.annotations?.[away];
    const ready = node.status?.conditions?.find((each) => each.type === "Ready");
    if (ready === undefined) return node;
    const silent = gone !== undefined && gone !== "false";
    if (silent === (ready.reason === "NodeStatusUnknown")) return node;
    const stamp = this.#world.stamp();
    const said = (each: Condition & { lastHeartbeatTime?: string }) => {
      if (silent)
        return {
          ...each,
          status: "Unknown" as const,
          reason: "NodeStatusUnknown",
          message: "Kubelet stopped posting node status.",
          lastTransitionTime: stamp,
        };
      const back = backAgain[each.type];
      return back === undefined ? each : { ...each, ...back, lastHeartbeatTime: stamp, lastTransitionTime: stamp };
    };
    const changed = this.#world.update(node, (draft) => {
      draft.status = { ...draft.status, conditions: (draft.status?.conditions ?? []).map(said) };
    });
    const told = silent ? "NodeNotReady" : "NodeReady";
    const where = { host: silent ? "" : node.metadata.name };
    if (changed !== null)
      this.#world.events.record(
        changed,
        "Normal",
        told,
        `Node ${node.metadata.name} status is now: ${told}`,
        silent ? component : "kubelet",
        where,
      );
    return changed ?? node;
  }

  #taint(node: Node): Node {
    const conditions = node.status?.conditions ?? [];
    const wanted: Taint[] = byCondition.flatMap(([type, status, key, effects]) =>
      conditions.some((each) => each.type === type && each.status === status)
        ? effects.map((effect) => ({ key, effect }))
        : [],
    );
    if (node.spec?.unschedulable === true)
      wanted.push({ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" });
    const own = new Set([...byCondition.map(([, , key]) => key), "node.kubernetes.io/unschedulable"]);
    const before = node.spec?.taints ?? [];
    const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;
    const kept = before.filter((taint) => !own.has(taint.key) || wanted.some((each) => same(each, taint)));
    const fresh = wanted.filter((taint) => !before.some((each) => same(each, taint)));
    if (kept.length === before.length && fresh.length === 0) return node;
    const timeAdded = this.#world.stamp();
    const next = [...kept, ...fresh.map((taint) => ({ ...taint, timeAdded }))];
    const changed = this.#world.update(node, (draft) => {
      const { taints: _, ...spec } = draft.spec ?? {};
      draft.spec = next.length === 0 ? spec : { ...spec, taints: next };
    });
    return changed ?? node;
  }

  /** What a silent node runs counts as not ready, and keeps its containers' states. */
  #unready(pod: Pod): void {
    const ready = pod.status?.conditions?.find((each) => each.type === "Ready");
    if (ready?.status !== "True") return;
    const stamp = this.#world.stamp();
    const changed = this.#world.update(pod, (draft) => {
      const conditions = (draft.status?.conditions ?? []).map((each) =>
        each.type === "Ready" ? { ...each, status: "False" as const, lastTransitionTime: stamp } : each,
      );
      draft.status = { ...draft.status, conditions };
    });
    if (changed !== null) this.#world.events.record(changed, "Warning", "NodeNotReady", "Node is not ready", component);
  }

  /** A taint with the effect NoExecute drives out who does not tolerate it, at once or after a time. */
  syncPod(pod: Pod, node: Node | null): void {
    const uid = pod.metadata.uid ?? "";
    const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === "NoExecute");
    const due = isGoing(pod)
      ? null
      : evictionIn(taints, pod.spec.tolerations ?? [], (stamp) => this.#world.elapsed(stamp));
    const key = due === null ? "" : JSON.stringify(taints);
    const waiting = this.#evictions.get(uid);
    if (waiting !== undefined && waiting.key === key) return;
    if (waiting !== undefined) {
      this.forget(uid);
      if (due === null && !isGoing(pod))
        this.#record(pod, `Cancelling deletion of Pod ${pod.metadata.namespace}/${pod.metadata.name}`);
    }
    if (due === null) return;
    const cancel = this.#world.after(due, () => {
      this.#evictions.delete(uid);
      this.#evict(pod);
    });
    this.#evictions.set(uid, { key, cancel });
  }

  #evict(pod: Pod): void {
    const current = this.#world.fresh(pod);
    if (current === null || isGoing(current)) return;
    const stamp = this.#world.stamp();
    const marked = this.#world.update(current, (draft) => {
      const condition: Condition = {
        type: "DisruptionTarget",
        status: "True",
        lastProbeTime: null,
        reason: "DeletionByTaintManager",
        message: "Taint manager: deleting due to NoExecute taint",
      };
      draft.status = { ...draft.status, conditions: withCondition(draft.status?.conditions, condition, stamp) };
    });
    this.#record(current, `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`);
    this.#world.delete(marked ?? current, current.spec.terminationGracePeriodSeconds ?? 30);
  }

  #record(pod: Pod, message: string): void {
    this.#world.events.record(pod, "Normal", "TaintManagerEviction", message, "taint-eviction-controller");
  }
}

const backAgain: Readonly<Record<string, Pick<Condition, "status" | "reason" | "message">>> = {
  MemoryPressure: {
    status: "False",
    reason: "KubeletHasSufficientMemory",
    message: "kubelet has sufficient memory available",
  },
  DiskPressure: { status: "False", reason: "KubeletHasNoDiskPressure", message: "kubelet has no disk pressure" },
  PIDPressure: { status: "False", reason: "KubeletHasSufficientPID", message: "kubelet has sufficient PID available" },
  Ready: { status: "True", reason: "KubeletReady", message: "simulated: no containers are run" },
};

/** Milliseconds until a pod has to leave; null where it may stay. The shortest of what it tolerates counts. */
function evictionIn(
  taints: readonly (Taint & { timeAdded?: string })[],
  tolerations: readonly Toleration[],
  elapsed: (stamp: string | undefined) => number,
): number | null {
  let least: number | null = null;
  for (const taint of taints) {
    const of = tolerations.filter((each) => tolerates(each, taint));
    if (of.length === 0) return 0;
    for (const { tolerationSeconds } of of) {
      if (tolerationSeconds === undefined) continue;
      const left = Math.max(0, tolerationSeconds * 1000 - elapsed(taint.timeAdded));
      least = Math.min(least ?? left, left);
    }
  }
  return least;
}
