import { type ObjectId, objectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Kube } from "../ports.ts";
import type { Related } from "../status/index.ts";
import { type Feed, startFeed } from "./cluster-feed.ts";
import { leanEvent, leanPod } from "./lean.ts";

const pods = { group: "", version: "v1", kind: "Pod" };
const events = { group: "", version: "v1", kind: "Event" };

/** Kinds whose readiness shows in their pods. */
const workloads = new Set([
  "Deployment",
  "StatefulSet",
  "DaemonSet",
  "ReplicaSet",
  "ReplicationController",
  "Job",
  "Pod",
]);
/** Kinds whose controllers speak through Events only. */
const spoken = new Set(["PersistentVolumeClaim", "Service", "Ingress", "CronJob"]);

/** Pods and Events of the namespaces in which something is rolling out: two watches each, started when needed. */
export class Surroundings {
  readonly #kube: Kube;
  readonly #signal: AbortSignal;
  readonly #changed: (name: string) => void;
  readonly #feeds = new Map<string, Feed>();
  #nodes: Promise<readonly KubeObject[]> | null = null;

  /** `changed` hears `Kind/namespace/name` of each object whose surroundings moved. */
  constructor(kube: Kube, signal: AbortSignal, changed: (name: string) => void) {
    this.#kube = kube;
    this.#signal = signal;
    this.#changed = changed;
  }

  watch(id: ObjectId): void {
    if (id.namespace === "") return;
    if (workloads.has(id.kind)) {
      this.#start("pods", id.namespace, (pod) => ownersOf(pod).forEach(this.#changed));
    }
    if (workloads.has(id.kind) || spoken.has(id.kind)) {
      this.#start("events", id.namespace, (event) => this.#concerned(event).forEach(this.#changed));
    }
  }

  of(id: ObjectId, firstSeen: number): Related {
    const list = (what: string) => this.#feeds.get(`${what} ${id.namespace}`)?.list() ?? [];
    const clockAhead = this.#kube.clockAhead?.() ?? null;
    return { pods: list("pods"), events: list("events"), firstSeen, ...(clockAhead === null ? {} : { clockAhead }) };
  }

  /** Asked for once, for the verdict on a pod that fits nowhere; none where we may not see them. */
  nodes(): Promise<readonly KubeObject[]> {
    this.#nodes ??= this.#kube.list({ group: "", version: "v1", kind: "Node" }).then(
      (list) => list.items,
      () => [],
    );
    return this.#nodes;
  }

  #start(what: "pods" | "events", namespace: string, changed: (object: KubeObject) => void): void {
    const key = `${what} ${namespace}`;
    if (this.#feeds.has(key)) return;
    const options = { namespace, signal: this.#signal };
    const lean = what === "pods" ? leanPod : leanEvent;
    this.#feeds.set(key, startFeed(this.#kube, what === "pods" ? pods : events, options, changed, lean));
  }

  /** Whose readiness an Event may tell of: that of what it is about, and of a pod's owner. */
  #concerned(event: KubeObject): readonly string[] {
    const about = event["involvedObject"] as { kind?: string; namespace?: string; name?: string } | undefined;
    const { kind = "", namespace = "", name = "" } = about ?? {};
    if (kind === "ReplicaSet") return [nameOf("Deployment", namespace, name.replace(/-[^-]+$/, ""))];
    if (kind !== "Pod") return [nameOf(kind, namespace, name)];
    const pod = this.#feeds.get(`pods ${namespace}`)?.objects.get(objectKey({ group: "", kind, namespace, name }));
    return pod === undefined ? [nameOf(kind, namespace, name)] : ownersOf(pod);
  }
}

export function nameOf(kind: string, namespace: string, name: string): string {
  return `${kind}/${namespace}/${name}`;
}

/** The pod and whoever made it; a ReplicaSet's name ends in the hash of its Deployment's template. */
function ownersOf(pod: KubeObject): string[] {
  const { namespace = "", name, ownerReferences = [] } = pod.metadata;
  return [
    nameOf("Pod", namespace, name),
    ...ownerReferences.flatMap((owner) => [
      nameOf(owner.kind, namespace, owner.name),
      ...(owner.kind === "ReplicaSet" ? [nameOf("Deployment", namespace, owner.name.replace(/-[^-]+$/, ""))] : []),
    ]),
  ];
}
