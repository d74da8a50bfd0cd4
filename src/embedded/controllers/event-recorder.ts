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

const similar = { most: 10, withinMs: 600_000 };
const burst = { most: 25, refillMs: 300_000 };

interface Group {
  readonly messages: Set<string>;
  readonly last: number;
}

/**
 * Writes core/v1 Events as Kubernetes' components do: a repeated one counts up, the tenth similar one of ten minutes
 * stands for those after it, more than 25 about one object are dropped (client-go's EventCorrelator), and all go after
 * an hour.
 */
export class EventRecorder {
  readonly #store: Store;
  readonly #now: () => number;
  /** What an event says -> its name; in order of the last time it was seen. */
  readonly #known = new Map<string, { namespace: string; name: string; seen: number }>();
  /** By source, object, type and reason: the messages of late. */
  readonly #groups = new Map<string, Group>();
  /** By source and object: how many may still be told. */
  readonly #budgets = new Map<string, { left: number; at: number }>();
  #made = 0;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  /** `where`: the field of the object that it is about, and the host that tells it. */
  record(
    about: KubeObject,
    kind: "Normal" | "Warning",
    reason: string,
    message: string,
    component: string,
    where: { readonly fieldPath?: string; readonly host?: string } = {},
  ): void {
    const type = this.#store.type("", "Event");
    if (type === null) return;
    this.#forgetOld();
    const namespace = about.metadata.namespace ?? "default";
    if (namespaceEnds(this.#store, namespace)) return;
    const now = this.#now();
    const source = `${component}/${about.kind}/${about.metadata.uid ?? about.metadata.name}`;
    const group = `${source}/${kind}/${reason}`;
    const combined = this.#isOneOfMany(group, message, now);
    if (!this.#mayTell(source, now)) return;
    const key = combined ? group : `${group}/${where.fieldPath ?? ""}/${message}`;
    const text = combined ? `(combined from similar events): ${message}` : message;
    const known = this.#known.get(key);
    const stamp = timestamp(now);
    this.#known.delete(key);
    const earlier = known === undefined ? null : this.#store.get(type, known.namespace, known.name);
    if (known !== undefined && earlier !== null) {
      this.#known.set(key, { ...known, seen: now });
      const count = Number(earlier["count"] ?? 1) + 1;
      this.#store.update(type, { ...earlier, message: text, count, lastTimestamp: stamp });
      return;
    }
    const name = `${about.metadata.name}.${(now * 1000 + this.#made++).toString(16)}`;
    this.#known.set(key, { namespace, name, seen: now });
    this.#store.create(
      type,
      newEvent(about, { kind, reason, message: text, component, ...where }, { name, namespace, stamp }),
    );
  }

  #isOneOfMany(key: string, message: string, now: number): boolean {
    const before = this.#groups.get(key);
    const messages = before === undefined || now - before.last > similar.withinMs ? new Set<string>() : before.messages;
    messages.add(message);
    this.#groups.delete(key);
    this.#groups.set(key, { messages, last: now });
    if (messages.size < similar.most) return false;
    const [oldest] = messages;
    if (oldest !== undefined) messages.delete(oldest);
    return true;
  }

  #mayTell(key: string, now: number): boolean {
    const before = this.#budgets.get(key) ?? { left: burst.most, at: now };
    const left = Math.min(burst.most, before.left + (now - before.at) / burst.refillMs);
    this.#budgets.delete(key);
    this.#budgets.set(key, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1;
  }

  #forgetOld(): void {
    const type = this.#store.type("", "Event");
    for (const [key, { namespace, name, seen }] of this.#known) {
      if (seen > this.#now() - hour) break;
      this.#known.delete(key);
      if (type !== null) this.#store.remove(type, namespace, name);
    }
    // What is full again, or long over, is as good as new.
    for (const [key, { at }] of this.#budgets) {
      if (at > this.#now() - burst.most * burst.refillMs) break;
      this.#budgets.delete(key);
    }
    for (const [key, { last }] of this.#groups) {
      if (last > this.#now() - similar.withinMs) break;
      this.#groups.delete(key);
    }
  }
}

function newEvent(
  about: KubeObject,
  said: {
    readonly kind: string;
    readonly reason: string;
    readonly message: string;
    readonly component: string;
    readonly fieldPath?: string;
    readonly host?: string;
  },
  place: { readonly name: string; readonly namespace: string; readonly stamp: string },
): KubeObject {
  const { kind, name, namespace, uid, resourceVersion } = { kind: about.kind, ...about.metadata };
  const { fieldPath, host } = said;
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: place.name, namespace: place.namespace },
    involvedObject: {
      ...{ kind, namespace, name, uid, apiVersion: about.apiVersion, resourceVersion },
      ...(fieldPath === undefined ? {} : { fieldPath }),
    },
    reason: said.reason,
    message: said.message,
    source: { component: said.component, ...(host === undefined ? {} : { host }) },
    firstTimestamp: place.stamp,
    lastTimestamp: place.stamp,
    count: 1,
    type: said.kind,
    eventTime: null,
    reportingComponent: said.component,
    reportingInstance: host ?? "",
  };
}
