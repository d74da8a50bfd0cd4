import type { KubeObject, ResourceType } from "../model/objects.ts";

/** A change that was committed. `resourceVersion` grows by one with each commit of the whole store. */
export interface StoreEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resource: ResourceType;
  readonly object: KubeObject;
  readonly previous: KubeObject | null;
}

/** Under which key objects of a kind are kept: the two groups of events show the same ones. */
export function storageOf({ group, kind }: Pick<ResourceType, "group" | "kind">): string {
  return group === "events.k8s.io" ? `/${kind}` : `${group}/${kind}`;
}

/**
 * The embedded cluster's database, as the HTTP layer and the simulated controllers see it. Objects handed out are
 * frozen or copies: nobody changes a stored object in place. All methods are synchronous: one process, one writer.
 */
export interface Store {
  /** Every type that is served now, CRDs included. */
  types(): readonly ResourceType[];
  type(group: string, kind: string): ResourceType | null;
  get(type: ResourceType, namespace: string, name: string): KubeObject | null;
  list(type: ResourceType, namespace?: string): readonly KubeObject[];
  /** Sets uid, resourceVersion, creationTimestamp; throws KubeError 409 AlreadyExists. */
  create(type: ResourceType, object: KubeObject): KubeObject;
  /** Writes when `resourceVersion` is current or absent, else KubeError 409 Conflict. An equal object is not a change. */
  update(type: ResourceType, object: KubeObject): KubeObject;
  /** Removes at once, whatever finalizers say: the layers above decide. */
  remove(type: ResourceType, namespace: string, name: string): KubeObject | null;
  resourceVersion(): number;
  /** Called after each commit, in order. Returns the unsubscribe. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
}
