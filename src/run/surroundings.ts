import type { ObjectId } from "../model/ids.ts";
import type { Kube } from "../ports.ts";
import type { Related } from "../status/index.ts";
import { type Feed, startFeed } from "./cluster-feed.ts";

const pods = { group: "", version: "v1", kind: "Pod" };
const events = { group: "", version: "v1", kind: "Event" };

/** Kinds whose readiness shows in their pods. */
const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob", "Pod"]);
/** Kinds whose controllers speak through Events only. */
const spoken = new Set(["PersistentVolumeClaim", "Service", "Ingress"]);

/** Pods and Events of the namespaces in which something is rolling out: two watches each, started when needed. */
export class Surroundings {
  readonly #kube: Kube;
  readonly #signal: AbortSignal;
  readonly #changed: (namespace: string) => void;
  readonly #feeds = new Map<string, Feed>();

  constructor(kube: Kube, signal: AbortSignal, changed: (namespace: string) => void) {
    this.#kube = kube;
    this.#signal = signal;
    this.#changed = changed;
  }

  watch(id: ObjectId): void {
    if (id.namespace === "") return;
    if (workloads.has(id.kind)) this.#start("pods", id.namespace);
    if (workloads.has(id.kind) || spoken.has(id.kind)) this.#start("events", id.namespace);
  }

  of(id: ObjectId, firstSeen: number): Related {
    const list = (what: string) => this.#feeds.get(`${what} ${id.namespace}`)?.list() ?? [];
    return { pods: list("pods"), events: list("events"), firstSeen };
  }

  #start(what: "pods" | "events", namespace: string): void {
    const key = `${what} ${namespace}`;
    if (this.#feeds.has(key)) return;
    const options = { namespace, signal: this.#signal };
    const feed = startFeed(this.#kube, what === "pods" ? pods : events, options, () => this.#changed(namespace));
    this.#feeds.set(key, feed);
  }
}
