import { typeOf } from "../../model/ids.ts";
import type { KubeObject } from "../../model/objects.ts";
import { timestamp } from "../memory-store.ts";
import type { Store, StoreEvent } from "../store.ts";
import { EventRecorder } from "./event-recorder.ts";
import { Grouped } from "./grouped.ts";
import { matchesAll, selects } from "./selectors.ts";
import { controllerUid, ephemeralClaim, type Pod, type Selector } from "./shapes.ts";

export interface ControllerOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Calls back after `ms`; returns the cancel. */
  readonly setTimer: (ms: number, callback: () => void) => () => void;
  /** Factor on every delay: 1 is about as fast as kind, 0.1 ten times faster. */
  readonly timeScale: number;
  /** Name of the one node, where the store holds no Node objects. */
  readonly nodeName: string;
  /** Hears of what went wrong inside; the rest goes on. Where absent it is thrown. */
  readonly report?: (error: unknown) => void;
}

type Draft<T> = T & { metadata: KubeObject["metadata"] };

/** What every controller works with: the store by kind, look-ups that cost what they return, delays, events. */
export class World {
  readonly options: ControllerOptions;
  readonly events: EventRecorder;
  readonly #store: Store;
  /** When a second that was stamped began to count: a stamp alone is too coarse for a clock that is sped up. */
  readonly #moments = new Map<string, number>();
  /** Children by the uid of their controller. */
  readonly #owned = new Grouped((object) => {
    const uid = controllerUid(object);
    return uid === null ? [] : [`${uid}/${object.kind}`];
  });
  readonly #podsByReference = new Grouped((object) => references(object as Pod));
  readonly #podsByNode = new Grouped((object) => {
    const node = (object as Pod).spec.nodeName;
    return [node ?? ""];
  });
  readonly #podsByLabel = new Grouped((object) => labelKeys(object, object.metadata.labels));
  /** By one pair of the selector: whom it cannot match is not looked at. */
  readonly #servicesByPair = new Grouped((object) =>
    labelKeys(object, (object["spec"] as { selector?: Record<string, string> } | undefined)?.selector).slice(0, 1),
  );
  readonly #budgets = new Grouped((object) => [object.metadata.namespace ?? ""]);

  constructor(store: Store, options: ControllerOptions) {
    this.#store = store;
    this.options = options;
    this.events = new EventRecorder(store, options.now);
  }

  /** Follows a commit. */
  follow(event: StoreEvent): void {
    const next = event.type === "DELETED" ? null : event.object;
    const previous = event.type === "DELETED" ? (event.previous ?? event.object) : event.previous;
    const kind = event.resource.kind;
    if (kind === "Event") return;
    if (controllerUid(event.object) !== null || (previous !== null && controllerUid(previous) !== null))
      this.#owned.change(previous, next);
    if (kind === "Pod") {
      this.#podsByReference.change(previous, next);
      this.#podsByLabel.change(previous, next);
      this.#podsByNode.change(previous, next);
    }
    if (kind === "Service") this.#servicesByPair.change(previous, next);
    if (kind === "PodDisruptionBudget") this.#budgets.change(previous, next);
  }

  /** The moment as Kubernetes writes it, to the second. */
  stamp(): string {
    const now = this.options.now();
    const stamp = timestamp(now);
    if (!this.#moments.has(stamp)) this.#moments.set(stamp, now);
    for (const [oldest] of this.#moments) {
      if (this.#moments.size <= 600) break;
      this.#moments.delete(oldest);
    }
    return stamp;
  }

  /** Milliseconds at timeScale 1 that a time of the clock is worth. */
  unscaled(ms: number): number {
    return ms / this.options.timeScale;
  }

  /** Milliseconds at timeScale 1 since a stamp; 0 where there is none. */
  elapsed(stamp: string | null | undefined): number {
    if (stamp === undefined || stamp === null) return 0;
    const at = this.#moments.get(stamp) ?? Date.parse(stamp);
    return Number.isNaN(at) ? 0 : Math.max(0, this.unscaled(this.options.now() - at));
  }

  after(ms: number, callback: () => void): () => void {
    const delay = Math.max(1, Math.round(ms * this.options.timeScale));
    return this.options.setTimer(delay, () => this.guard(callback));
  }

  /** One object that cannot be dealt with must not stop the cluster. */
  guard(run: () => void): void {
    const { report } = this.options;
    if (report === undefined) {
      run();
      return;
    }
    try {
      run();
    } catch (error) {
      report(error);
    }
  }

  serves(group: string, kind: string): boolean {
    return this.#store.type(group, kind) !== null;
  }

  get<T extends KubeObject>(group: string, kind: string, namespace: string, name: string): T | null {
    const type = this.#store.type(group, kind);
    return type === null ? null : (this.#store.get(type, namespace, name) as T | null);
  }

  /** The object as it is now; null when it is gone, or another one bears its name. */
  fresh<T extends KubeObject>(object: T): T | null {
    const { namespace = "", name, uid } = object.metadata;
    const found = this.get<T>(typeOf(object.apiVersion, object.kind).group, object.kind, namespace, name);
    return found !== null && found.metadata.uid === uid ? found : null;
  }

  list<T extends KubeObject>(group: string, kind: string): readonly T[] {
    const type = this.#store.type(group, kind);
    return type === null ? [] : (this.#store.list(type) as readonly T[]);
  }

  children<T extends KubeObject>(owner: KubeObject, kind: string): T[] {
    return this.#owned.of(`${owner.metadata.uid}/${kind}`) as T[];
  }

  /** Pods that refer to `ConfigMap web/settings`, a Secret or a PersistentVolumeClaim. */
  podsReferringTo(kind: string, namespace: string, name: string): Pod[] {
    return this.#podsByReference.of(`${kind}/${namespace}/${name}`) as Pod[];
  }

  podsOn(node: string): Pod[] {
    return this.#podsByNode.of(node) as Pod[];
  }

  /** Pods without a node. */
  podsWaiting(): Pod[] {
    return this.podsOn("");
  }

  /** Pods of a namespace that bear all these labels, at least one. */
  podsLabelled(namespace: string, labels: Readonly<Record<string, string>>): Pod[] {
    const [pair] = Object.entries(labels);
    if (pair === undefined) return [];
    const some = this.#podsByLabel.of(`${namespace}/${pair[0]}=${pair[1]}`) as Pod[];
    return some.filter((pod) => matchesAll(labels, pod.metadata.labels));
  }

  /** Pods of a namespace that a selector matches; an empty one matches all. */
  podsSelected(namespace: string, selector: Selector): Pod[] {
    const labels = selector.matchLabels ?? {};
    const some =
      Object.keys(labels).length > 0
        ? this.podsLabelled(namespace, labels)
        : this.list<Pod>("", "Pod").filter((pod) => pod.metadata.namespace === namespace);
    return some.filter((pod) => selects(selector, pod.metadata.labels));
  }

  /** Services whose selector a pod fits. */
  servicesOf<T extends KubeObject & { spec: { selector?: Record<string, string> } }>(pod: KubeObject): T[] {
    return labelKeys(pod, pod.metadata.labels)
      .flatMap((key) => this.#servicesByPair.of(key) as T[])
      .filter((service) => matchesAll(service.spec.selector ?? {}, pod.metadata.labels));
  }

  budgetsIn(namespace: string): KubeObject[] {
    return this.#budgets.of(namespace);
  }

  create<T extends KubeObject>(object: T): T {
    const type = this.#store.type(typeOf(object.apiVersion, object.kind).group, object.kind);
    if (type === null) throw new Error(`${object.apiVersion} ${object.kind} is not served`);
    return this.#store.create(type, object) as T;
  }

  /** Changes the object as it is now, whatever version the caller holds; null when it is gone meanwhile. */
  update<T extends KubeObject>(object: T, change: (draft: Draft<T>) => void): T | null {
    const current = this.fresh(object);
    const type = this.#store.type(typeOf(object.apiVersion, object.kind).group, object.kind);
    if (current === null || type === null) return null;
    const draft = structuredClone(current) as Draft<T>;
    change(draft);
    return this.#store.update(type, draft) as T;
  }

  /** As the API server deletes: what is held by a finalizer, and a pod that runs, is only marked. */
  delete(object: KubeObject, graceSeconds = 0): void {
    const current = this.fresh(object);
    if (current === null || current.metadata.deletionTimestamp !== undefined) return;
    const held = (current.metadata.finalizers ?? []).length > 0;
    const runs = current.kind === "Pod" && (current as Pod).spec.nodeName !== undefined && graceSeconds > 0;
    if (!held && !runs) {
      this.remove(current);
      return;
    }
    const ends = timestamp(this.options.now() + (runs ? graceSeconds * 1000 : 0));
    this.update(current, (draft) => {
      draft.metadata.deletionTimestamp = ends;
      draft.metadata.deletionGracePeriodSeconds = runs ? graceSeconds : 0;
    });
  }

  remove(object: KubeObject): void {
    const type = this.#store.type(typeOf(object.apiVersion, object.kind).group, object.kind);
    if (type !== null && this.fresh(object) !== null)
      this.#store.remove(type, object.metadata.namespace ?? "", object.metadata.name);
  }
}

function labelKeys(object: KubeObject, labels: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(labels ?? {}).map(([key, value]) => `${object.metadata.namespace ?? ""}/${key}=${value}`);
}

function references(pod: Pod): string[] {
  const namespace = pod.metadata.namespace ?? "";
  const found = new Set<string>();
  const add = (kind: string, name: string | undefined) => {
    if (name !== undefined) found.add(`${kind}/${namespace}/${name}`);
  };
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const source of container.envFrom ?? []) {
      add("ConfigMap", source.configMapRef?.name);
      add("Secret", source.secretRef?.name);
    }
    for (const entry of container.env ?? []) {
      add("ConfigMap", entry.valueFrom?.configMapKeyRef?.name);
      add("Secret", entry.valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of pod.spec.volumes ?? []) {
    add("ConfigMap", volume.configMap?.name);
    add("Secret", volume.secret?.secretName);
    add("PersistentVolumeClaim", volume.persistentVolumeClaim?.claimName);
    if (volume.ephemeral !== undefined) add("PersistentVolumeClaim", ephemeralClaim(pod, volume.name));
  }
  return [...found];
}
