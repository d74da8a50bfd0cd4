import { type Controllers, startControllers } from "../../../src/embedded/controllers/index.ts";
import { MemoryStore } from "../../../src/embedded/memory-store.ts";
import type { StoreEvent } from "../../../src/embedded/store.ts";
import { objectKey } from "../../../src/model/ids.ts";
import { idOf, type KubeObject, type ResourceType } from "../../../src/model/objects.ts";
import type { Verdict } from "../../../src/model/status.ts";
import { objectStatus, type Related, verdictOf } from "../../../src/status/index.ts";

const verbs = ["create", "get", "list"];

function type(group: string, kind: string, resource: string, namespaced = true): ResourceType {
  return { group, version: "v1", kind, resource, namespaced, verbs };
}

export const types = {
  Deployment: type("apps", "Deployment", "deployments"),
  ReplicaSet: type("apps", "ReplicaSet", "replicasets"),
  StatefulSet: type("apps", "StatefulSet", "statefulsets"),
  DaemonSet: type("apps", "DaemonSet", "daemonsets"),
  ControllerRevision: type("apps", "ControllerRevision", "controllerrevisions"),
  Job: type("batch", "Job", "jobs"),
  CronJob: type("batch", "CronJob", "cronjobs"),
  Pod: type("", "Pod", "pods"),
  Event: type("", "Event", "events"),
  Service: type("", "Service", "services"),
  Endpoints: type("", "Endpoints", "endpoints"),
  ConfigMap: type("", "ConfigMap", "configmaps"),
  Secret: type("", "Secret", "secrets"),
  ServiceAccount: type("", "ServiceAccount", "serviceaccounts"),
  Namespace: type("", "Namespace", "namespaces", false),
  Node: type("", "Node", "nodes", false),
  PersistentVolumeClaim: type("", "PersistentVolumeClaim", "persistentvolumeclaims"),
  PersistentVolume: type("", "PersistentVolume", "persistentvolumes", false),
  StorageClass: type("storage.k8s.io", "StorageClass", "storageclasses", false),
  EndpointSlice: type("discovery.k8s.io", "EndpointSlice", "endpointslices"),
  PodDisruptionBudget: type("policy", "PodDisruptionBudget", "poddisruptionbudgets"),
  HorizontalPodAutoscaler: type("autoscaling", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
} as const;

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A store with controllers on a clock that is turned by hand; keeps what the status rules made of every commit. */
export class Simulation {
  readonly store: MemoryStore;
  controllers: Controllers;
  now = Date.parse("2026-11-21T00:00:00Z");
  readonly #start = this.now;
  readonly #timers = new Set<Timer>();
  readonly #timeline: { readonly event: StoreEvent; readonly at: number }[] = [];

  constructor() {
    this.store = new MemoryStore({ types: Object.values(types), now: () => this.now });
    this.store.subscribe((event) => this.#timeline.push({ event, at: this.now }));
    this.apply("Namespace", { metadata: { name: "web" } });
    this.controllers = this.#startControllers();
  }

  #startControllers(): Controllers {
    return startControllers(this.store, {
      now: () => this.now,
      setTimer: (ms, run) => {
        const timer = { at: this.now + ms, run };
        this.#timers.add(timer);
        return () => this.#timers.delete(timer);
      },
      timeScale: 1,
      nodeName: "embedded",
    });
  }

  /** As after the embedded cluster's process was stopped and started. */
  restart(): void {
    this.controllers.stop();
    this.#timers.clear();
    this.controllers = this.#startControllers();
  }

  pending(): number {
    return this.#timers.size;
  }

  commits(): number {
    return this.#timeline.length;
  }

  apply(
    kind: keyof typeof types,
    object: { metadata: { name: string; [field: string]: unknown }; [field: string]: unknown },
  ): void {
    const type = types[kind];
    const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
    const namespace = type.namespaced ? { namespace: "web" } : {};
    const full = {
      apiVersion,
      kind,
      ...object,
      metadata: { generation: 1, ...namespace, ...object.metadata },
    } as KubeObject;
    const found = this.store.get(type, type.namespaced ? "web" : "", object.metadata.name);
    if (found === null) {
      this.store.create(type, full);
      return;
    }
    const generation = (found.metadata.generation ?? 1) + 1;
    this.store.update(type, {
      ...found,
      ...full,
      status: found["status"],
      metadata: { ...found.metadata, ...full.metadata, generation },
    });
  }

  get(kind: keyof typeof types, name: string): KubeObject | null {
    return this.store.get(types[kind], types[kind].namespaced ? "web" : "", name);
  }

  list(kind: keyof typeof types): readonly KubeObject[] {
    return this.store.list(types[kind]);
  }

  delete(kind: keyof typeof types, name: string): void {
    const object = this.get(kind, name);
    if (object === null) throw new Error(`${kind} ${name} is not there`);
    if (kind !== "Pod") {
      this.store.remove(types[kind], "web", name);
      return;
    }
    const metadata = {
      ...object.metadata,
      deletionTimestamp: new Date(this.now + 30_000).toISOString(),
      deletionGracePeriodSeconds: 30,
    };
    this.store.update(types[kind], { ...object, metadata });
  }

  /** As deleted, but held. */
  mark(kind: keyof typeof types, name: string): void {
    const object = this.get(kind, name);
    if (object === null) throw new Error(`${kind} ${name} is not there`);
    const deletionTimestamp = new Date(this.now).toISOString();
    this.store.update(types[kind], { ...object, metadata: { ...object.metadata, deletionTimestamp } });
  }

  /** Turns the clock, running what falls due in its order. */
  run(seconds: number): void {
    const end = this.now + seconds * 1000;
    for (let steps = 0; ; steps++) {
      if (steps > 100_000) throw new Error("the controllers never come to rest");
      let next: Timer | null = null;
      for (const timer of this.#timers) if (timer.at <= end && (next === null || timer.at < next.at)) next = timer;
      if (next === null) break;
      this.#timers.delete(next);
      this.now = Math.max(this.now, next.at);
      next.run();
    }
    this.now = end;
  }

  /** Phase and reason of one object by the status rules, after each commit and each second, as often as they changed. */
  phases(main: string): readonly string[] {
    return this.#judge(main).map((each) => each.words);
  }

  verdict(main: string): Verdict | null {
    return this.#judge(main).at(-1)?.verdict ?? null;
  }

  #judge(main: string): { words: string; verdict: Verdict | null }[] {
    const objects = new Map<string, KubeObject>();
    const seen: { words: string; verdict: Verdict | null }[] = [];
    // As a run that begins with each change of the object.
    let wanted = { generation: 0, firstSeen: this.#start };
    const look = (now: number) => {
      const all = [...objects.values()];
      const object = all.find((each) => `${each.kind}/${each.metadata.name}` === main);
      if (object === undefined) return;
      const { generation = 0 } = object.metadata;
      if (generation > wanted.generation) wanted = { generation, firstSeen: now };
      const related: Related = {
        pods: all.filter((each) => each.kind === "Pod"),
        events: all.filter((each) => each.kind === "Event"),
        storageClasses: all.filter((each) => each.kind === "StorageClass"),
        firstSeen: wanted.firstSeen,
      };
      const { phase, reason } = objectStatus(object, related, now);
      const words = `${phase} ${reason}`.trim();
      if (seen.at(-1)?.words === words) seen.pop();
      seen.push({ words, verdict: verdictOf(object, related, now) });
    };
    let clock = this.#start;
    for (const { event, at } of this.#timeline) {
      for (; clock < at; clock += 1000) look(clock);
      const key = objectKey(idOf(event.object));
      if (event.type === "DELETED") objects.delete(key);
      else objects.set(key, event.object);
      look(at);
    }
    for (; clock <= this.now; clock += 1000) look(clock);
    return seen;
  }

  /** What was read of one field over time, as often as it changed. */
  trace(kind: string, name: RegExp, read: (object: KubeObject) => string): readonly string[] {
    const values = this.#timeline
      .filter(({ event }) => event.object.kind === kind && name.test(event.object.metadata.name))
      .map(({ event }) => (event.type === "DELETED" ? "gone" : read(event.object)));
    return values.filter((value, index) => value !== values[index - 1]);
  }

  /** `Normal Scheduled`, `Warning Failed` ... about objects of a kind, in order of their first time. */
  events(kind: string): readonly string[] {
    const reasons = this.list("Event")
      .filter((event) => (event["involvedObject"] as { kind: string }).kind === kind)
      .sort((a, b) => a.metadata.name.slice(-14).localeCompare(b.metadata.name.slice(-14)))
      .map((event) => `${event["type"]} ${event["reason"]}`);
    return [...new Set(reasons)];
  }
}

/** A Deployment as the API server would have defaulted it. */
export function deployment(
  name: string,
  spec: object = {},
  annotations: Record<string, string> = {},
  container: object = {},
) {
  return {
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
      template: template(name, annotations, container),
      ...spec,
    },
  };
}

export function template(
  name: string,
  annotations: Record<string, string> = {},
  container: object = {},
  spec: object = {},
) {
  return {
    metadata: { labels: { app: name }, annotations },
    spec: {
      restartPolicy: "Always",
      containers: [{ name, image: "registry.example/web:1.0", ...container }],
      ...spec,
    },
  };
}
