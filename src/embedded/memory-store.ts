import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { KubeObject, ResourceType } from "../model/objects.ts";
import { alreadyExists, conflict, modified, notFound } from "./failures.ts";
import { deepFreeze } from "./serialized.ts";
import { type Store, type StoreEvent, storageOf } from "./store.ts";

export interface MemoryStoreOptions {
  readonly types?: readonly ResourceType[];
  /** Milliseconds since 1970, for creationTimestamp. */
  readonly now?: () => number;
  /** Makes a commit durable before it is visible; when it throws, the commit has not happened. */
  readonly journal?: (event: StoreEvent, resourceVersion: number) => void;
}

/** The Store in maps. Objects handed out are frozen; an object handed in is copied. */
export class MemoryStore implements Store {
  readonly #types = new Map<string, ResourceType>();
  readonly #objects = new Map<string, Collection>();
  readonly #listeners = new Set<(event: StoreEvent) => void>();
  readonly #now: () => number;
  readonly #journal: (event: StoreEvent, resourceVersion: number) => void;
  #resourceVersion = 0;
  #pending: StoreEvent[] | null = null;

  constructor(options: MemoryStoreOptions = {}) {
    for (const type of options.types ?? []) this.addType(type);
    this.#now = options.now ?? Date.now;
    this.#journal = options.journal ?? (() => {});
  }

  addType(type: ResourceType): void {
    this.#types.set(typeKey(type.group, type.kind), type);
  }

  removeType(group: string, kind: string): void {
    this.#types.delete(typeKey(group, kind));
  }

  types(): readonly ResourceType[] {
    return [...this.#types.values()];
  }

  type(group: string, kind: string): ResourceType | null {
    return this.#types.get(typeKey(group, kind)) ?? null;
  }

  get(type: ResourceType, namespace: string, name: string): KubeObject | null {
    return this.#collection(type).byKey.get(storageKey(namespace, name)) ?? null;
  }

  /** In the order of namespace and name, as a real server lists. */
  list(type: ResourceType, namespace = ""): readonly KubeObject[] {
    const collection = this.#collection(type);
    collection.sorted ??= [...collection.byKey.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, o]) => o);
    if (namespace === "") return collection.sorted;
    return collection.sorted.filter((object) => object.metadata.namespace === namespace);
  }

  create(type: ResourceType, object: KubeObject): KubeObject {
    const found = this.get(type, object.metadata.namespace ?? "", object.metadata.name);
    if (found !== null) throw alreadyExists(type, object.metadata.name, found.metadata.deletionTimestamp !== undefined);
    const created = structuredClone(object);
    created.metadata = {
      ...created.metadata,
      uid: created.metadata.uid ?? randomUUID(),
      creationTimestamp: created.metadata.creationTimestamp ?? timestamp(this.#now()),
    };
    return this.#commit("ADDED", type, created, null);
  }

  update(type: ResourceType, object: KubeObject): KubeObject {
    const { namespace = "", name, resourceVersion, uid } = object.metadata;
    const previous = this.get(type, namespace, name);
    if (previous === null) throw notFound(type, name);
    if (uid !== undefined && uid !== previous.metadata.uid) {
      const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${previous.metadata.uid}`;
      throw conflict(type, name, why);
    }
    if (resourceVersion !== undefined && resourceVersion !== previous.metadata.resourceVersion)
      throw modified(type, name);
    const next = structuredClone(object);
    next.metadata = {
      ...next.metadata,
      uid: previous.metadata.uid,
      resourceVersion: previous.metadata.resourceVersion,
      creationTimestamp: previous.metadata.creationTimestamp,
    };
    if (isDeepStrictEqual(next, previous)) return previous;
    return this.#commit("MODIFIED", type, next, previous);
  }

  remove(type: ResourceType, namespace: string, name: string): KubeObject | null {
    const previous = this.get(type, namespace, name);
    if (previous === null) return null;
    // A deletion is a version of its own: watchers see it under the number at which the object went.
    return this.#commit("DELETED", type, previous, previous);
  }

  resourceVersion(): number {
    return this.#resourceVersion;
  }

  subscribe(listener: (event: StoreEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Puts back what a journal or snapshot holds: no checks, no events. `object` null removes. */
  restore(type: { group: string; kind: string }, key: StorageKey, object: KubeObject | null, version: number): void {
    const collection = this.#collection(type);
    if (object === null) collection.byKey.delete(storageKey(key.namespace, key.name));
    else collection.byKey.set(storageKey(key.namespace, key.name), deepFreeze(object));
    collection.sorted = null;
    this.#resourceVersion = Math.max(this.#resourceVersion, version);
  }

  /** Everything, also of types that are not served at present. */
  *everything(): Generator<{ group: string; kind: string; object: KubeObject }> {
    for (const [key, { byKey }] of this.#objects) {
      const slash = key.indexOf("/");
      for (const object of byKey.values()) yield { group: key.slice(0, slash), kind: key.slice(slash + 1), object };
    }
  }

  #collection(type: { group: string; kind: string }): Collection {
    const key = storageOf(type);
    let collection = this.#objects.get(key);
    if (collection === undefined) {
      collection = { byKey: new Map(), sorted: null };
      this.#objects.set(key, collection);
    }
    return collection;
  }

  #commit(
    type: StoreEvent["type"],
    resource: ResourceType,
    draft: KubeObject,
    previous: KubeObject | null,
  ): KubeObject {
    const version = this.#resourceVersion + 1;
    const { kind, apiVersion, metadata, ...rest } = draft;
    // The head comes first, so that a list can leave it out by cutting the text.
    const object: KubeObject = {
      kind,
      apiVersion,
      metadata: { ...metadata, resourceVersion: String(version) },
      ...rest,
    };
    const event: StoreEvent = { type, resource, object: deepFreeze(object), previous };
    this.#journal(event, version);
    this.#resourceVersion = version;
    const { namespace = "", name } = object.metadata;
    const collection = this.#collection(resource);
    if (type === "DELETED") collection.byKey.delete(storageKey(namespace, name));
    else collection.byKey.set(storageKey(namespace, name), object);
    collection.sorted = null;
    this.#deliver(event);
    return object;
  }

  /** A listener that writes causes a later event: queued, so that every listener sees commits in their order. */
  #deliver(event: StoreEvent): void {
    if (this.#pending !== null) {
      this.#pending.push(event);
      return;
    }
    this.#pending = [event];
    try {
      for (let next = this.#pending.shift(); next !== undefined; next = this.#pending.shift())
        for (const listener of [...this.#listeners]) listener(next);
    } finally {
      this.#pending = null;
    }
  }
}

interface Collection {
  readonly byKey: Map<string, KubeObject>;
  sorted: readonly KubeObject[] | null;
}

export interface StorageKey {
  readonly namespace: string;
  readonly name: string;
}

/** Second precision, as metadata times are written (API reference, Time). */
export function timestamp(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

function typeKey(group: string, kind: string): string {
  return `${group}/${kind}`;
}

/** A slash sorts below every character of a name, so that keys order by namespace first. */
function storageKey(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}
