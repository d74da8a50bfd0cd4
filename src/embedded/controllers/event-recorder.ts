import type { KubeObject } from "../../model/objects.ts";
import { timestamp } from "../memory-store.ts";
import type { Store } from "../store.ts";

const hour = 3_600_000;

/** Nothing may be made in a namespace that is on its way out. */
export function namespaceEnds(store: Store, namespace: string): boolean {
  const type = store.type("", "Namespace");
  if (type === null || namespace === "") return false;
  const found = store.get(type, "", namespace);
  return found === null || found.metadata.deletionTimestamp !== undefined;
}

/** Writes core/v1 Events as Kubernetes' components do: a repeated one counts up, and all go after an hour. */
export class EventRecorder {
  readonly #store: Store;
  readonly #now: () => number;
  /** What an event says -> its name; in order of the last time it was seen. */
  readonly #known = new Map<string, { namespace: string; name: string; seen: number }>();
  #made = 0;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  record(about: KubeObject, kind: "Normal" | "Warning", reason: string, message: string, component: string): void {
    const type = this.#store.type("", "Event");
    if (type === null) return;
    this.#forgetOld();
    const namespace = about.metadata.namespace ?? "default";
    if (namespaceEnds(this.#store, namespace)) return;
    const key = `${about.kind}/${about.metadata.uid}/${reason}/${message}`;
    const known = this.#known.get(key);
    const now = this.#now();
    const stamp = timestamp(now);
    this.#known.delete(key);
    const earlier = known === undefined ? null : this.#store.get(type, known.namespace, known.name);
    if (known !== undefined && earlier !== null) {
      this.#known.set(key, { ...known, seen: now });
      this.#store.update(type, { ...earlier, count: Number(earlier["count"] ?? 1) + 1, lastTimestamp: stamp });
      return;
    }
    const name = `${about.metadata.name}.${(now * 1000 + this.#made++).toString(16)}`;
    this.#known.set(key, { namespace, name, seen: now });
    this.#store.create(type, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: {
        kind: about.kind,
        namespace: about.metadata.namespace,
        name: about.metadata.name,
        uid: about.metadata.uid,
        apiVersion: about.apiVersion,
        resourceVersion: about.metadata.resourceVersion,
      },
      reason,
      message,
      source: { component },
      firstTimestamp: stamp,
      lastTimestamp: stamp,
      count: 1,
      type: kind,
      eventTime: null,
      reportingComponent: component,
      reportingInstance: "",
    });
  }

  #forgetOld(): void {
    const type = this.#store.type("", "Event");
    for (const [key, { namespace, name, seen }] of this.#known) {
      if (seen > this.#now() - hour) return;
      this.#known.delete(key);
      if (type !== null) this.#store.remove(type, namespace, name);
    }
  }
}
