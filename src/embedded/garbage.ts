import { typeOf } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { deleteObject } from "./deleting.ts";
import type { LaterQueue } from "./later.ts";
import type { StoreEvent } from "./store.ts";

interface Dependent {
  readonly type: ServedType;
  readonly namespace: string;
  readonly name: string;
}

/**
 * Deletes what its owners left behind, and holds owners that are deleted in the foreground until their dependents are
 * gone (Kubernetes docs, "Garbage Collection"). Works by owner uid.
 */
export class GarbageCollector {
  readonly #cluster: Cluster;
  readonly #queue: LaterQueue;
  readonly #byOwner = new Map<string, Map<string, Dependent>>();

  constructor(cluster: Cluster, queue: LaterQueue) {
    this.#cluster = cluster;
    this.#queue = queue;
  }

  /** Follows a commit. */
  follow(event: StoreEvent): void {
    const { object, previous } = event;
    const type = this.#cluster.catalog.find(event.resource.group, event.resource.version, event.resource.resource);
    if (type === null) return;
    const gone = event.type === "DELETED";
    for (const { uid } of previous?.metadata.ownerReferences ?? []) this.#forget(uid, type, object);
    if (!gone) for (const { uid } of object.metadata.ownerReferences ?? []) this.#note(uid, type, object);
    const { uid = "", deletionTimestamp, finalizers = [] } = object.metadata;
    if (gone) {
      if (this.#byOwner.has(uid)) this.#queue.add(`orphans ${uid}`, () => this.#collect(uid));
      for (const owner of previous?.metadata.ownerReferences ?? []) this.#lookAtOwner(owner.uid, previous!, owner);
      return;
    }
    // Only owners that never existed, or are gone for long, are looked for: the others tell when they go.
    if (event.type === "ADDED" && (object.metadata.ownerReferences ?? []).length > 0)
      this.#queue.add(`check ${uid}`, () => this.#collectOne({ type, ...placeOf(object) }));
    const waits = finalizers.includes("foregroundDeletion") || finalizers.includes("orphan");
    if (deletionTimestamp !== undefined && waits)
      this.#queue.add(`owner ${uid}`, () => this.#finishOwner({ type, ...placeOf(object) }));
  }

  #note(owner: string, type: ServedType, object: KubeObject): void {
    const dependents = this.#byOwner.get(owner) ?? new Map<string, Dependent>();
    this.#byOwner.set(owner, dependents);
    dependents.set(object.metadata.uid ?? "", { type, ...placeOf(object) });
  }

  #forget(owner: string, _type: ServedType, object: KubeObject): void {
    const dependents = this.#byOwner.get(owner);
    dependents?.delete(object.metadata.uid ?? "");
    if (dependents?.size === 0) this.#byOwner.delete(owner);
  }

  #lookAtOwner(uid: string, dependent: KubeObject, owner: { apiVersion: string; kind: string; name: string }): void {
    const type = this.#typeOf(owner);
    if (type === null) return;
    const namespace = type.namespaced ? (dependent.metadata.namespace ?? "") : "";
    this.#queue.add(`owner ${uid}`, () => this.#finishOwner({ type, namespace, name: owner.name }));
  }

  #collect(owner: string): void {
    for (const dependent of [...(this.#byOwner.get(owner)?.values() ?? [])]) this.#collectOne(dependent);
  }

  /** Deletes an object all of whose owners are gone; one that keeps an owner loses the references to the others. */
  #collectOne(dependent: Dependent): void {
    const { store } = this.#cluster;
    const live = store.get(dependent.type, dependent.namespace, dependent.name);
    const owners = live?.metadata.ownerReferences ?? [];
    if (live === null || owners.length === 0) return;
    const kept = owners.filter((owner) => this.#exists(owner, live));
    if (kept.length === owners.length) return;
    if (kept.length > 0) {
      store.update(dependent.type, { ...live, metadata: { ...live.metadata, ownerReferences: kept } });
    } else this.#delete(dependent.type, live, "Background");
  }

  #exists(owner: { apiVersion: string; kind: string; name: string; uid: string }, dependent: KubeObject): boolean {
    const type = this.#typeOf(owner);
    // An owner of a kind that nobody serves cannot be judged.
    if (type === null) return true;
    const namespace = type.namespaced ? (dependent.metadata.namespace ?? "") : "";
    return this.#cluster.store.get(type, namespace, owner.name)?.metadata.uid === owner.uid;
  }

  /** Lets an owner go once its dependents are gone (foreground) or let go of it (orphan). */
  #finishOwner(place: Dependent): void {
    const { store } = this.#cluster;
    const owner = store.get(place.type, place.namespace, place.name);
    if (owner === null || owner.metadata.deletionTimestamp === undefined) return;
    const { uid = "", finalizers = [] } = owner.metadata;
    const dependents = [...(this.#byOwner.get(uid)?.values() ?? [])];
    if (finalizers.includes("orphan")) {
      for (const dependent of dependents) this.#letGo(dependent, uid);
      this.#dropFinalizer(place, owner, "orphan");
    } else if (finalizers.includes("foregroundDeletion")) {
      for (const dependent of dependents) {
        const live = store.get(dependent.type, dependent.namespace, dependent.name);
        if (live !== null && live.metadata.deletionTimestamp === undefined)
          this.#delete(dependent.type, live, "Foreground");
      }
      const left = [...(this.#byOwner.get(uid)?.values() ?? [])].some((dependent) => this.#blocks(dependent, uid));
      if (!left) this.#dropFinalizer(place, owner, "foregroundDeletion");
    }
  }

  #blocks(dependent: Dependent, owner: string): boolean {
    const live = this.#cluster.store.get(dependent.type, dependent.namespace, dependent.name);
    return (live?.metadata.ownerReferences ?? []).some((ref) => ref.uid === owner && ref.blockOwnerDeletion === true);
  }

  #letGo(dependent: Dependent, owner: string): void {
    const live = this.#cluster.store.get(dependent.type, dependent.namespace, dependent.name);
    if (live === null) return;
    const { ownerReferences = [], ...metadata } = live.metadata;
    const kept = ownerReferences.filter((ref) => ref.uid !== owner);
    const next = { ...live, metadata: { ...metadata, ...(kept.length === 0 ? {} : { ownerReferences: kept }) } };
    this.#cluster.store.update(dependent.type, next);
  }

  #dropFinalizer(place: Dependent, owner: KubeObject, finalizer: string): void {
    const { finalizers = [], ...metadata } = owner.metadata;
    const kept = finalizers.filter((each) => each !== finalizer);
    // A pod that still has time to stop is its node's to remove.
    const stops = owner.kind === "Pod" && (owner.metadata.deletionGracePeriodSeconds ?? 0) > 0;
    if (kept.length === 0 && !stops) this.#cluster.store.remove(place.type, place.namespace, place.name);
    else this.#cluster.store.update(place.type, { ...owner, metadata: { ...metadata, finalizers: kept } });
  }

  #delete(type: ServedType, live: KubeObject, propagation: "Background" | "Foreground"): void {
    if (live.metadata.deletionTimestamp !== undefined) return;
    const request = { dryRun: false, grace: null, uid: "", resourceVersion: "" };
    deleteObject(this.#cluster, type, live, { ...request, propagation });
  }

  #typeOf(owner: { apiVersion: string; kind: string }): ServedType | null {
    const { group, version, kind } = typeOf(owner.apiVersion, owner.kind);
    return this.#cluster.catalog.findKind(group, version, kind);
  }
}

function placeOf(object: KubeObject): { namespace: string; name: string } {
  return { namespace: object.metadata.namespace ?? "", name: object.metadata.name };
}
