import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { at } from "../model/read-field.ts";
import type { Cluster } from "./call.ts";
import { isStored, type ServedType } from "./catalog.ts";
import { deleteObject } from "./deleting.ts";
import type { LaterQueue } from "./later.ts";
import { timestamp } from "./memory-store.ts";
import type { StoreEvent } from "./store.ts";

/** Empties namespaces that are being deleted and then lets them go, as Kubernetes' namespace controller does. */
export class NamespaceEmptier {
  readonly #cluster: Cluster;
  readonly #queue: LaterQueue;

  constructor(cluster: Cluster, queue: LaterQueue) {
    this.#cluster = cluster;
    this.#queue = queue;
  }

  /** Follows a commit. */
  follow(event: StoreEvent): void {
    if (event.object.kind === "Namespace" && event.resource.group === "") {
      if (event.type !== "DELETED" && event.object.metadata.deletionTimestamp !== undefined)
        this.#look(event.object.metadata.name);
      return;
    }
    const { namespace } = event.object.metadata;
    if (namespace === undefined) return;
    if (event.type === "DELETED" && this.#terminating(namespace) !== null) this.#look(namespace);
  }

  #look(namespace: string): void {
    this.#queue.add(`namespace ${namespace}`, () => this.#empty(namespace));
  }

  #type(): ServedType {
    return this.#cluster.catalog.find("", "v1", "namespaces")!;
  }

  #terminating(name: string): KubeObject | null {
    const found = this.#cluster.store.get(this.#type(), "", name);
    return found?.metadata.deletionTimestamp === undefined ? null : found;
  }

  #empty(name: string): void {
    if (this.#terminating(name) === null) return;
    const { store, catalog } = this.#cluster;
    const request = { dryRun: false, grace: null, uid: "", resourceVersion: "", propagation: "Background" as const };
    for (const type of catalog
      .all()
      .filter((t) => t.namespaced && isStored(t) && catalog.versions(t.group)[0] === t.version)) {
      for (const object of store.list(type, name))
        if (object.metadata.deletionTimestamp === undefined) deleteObject(this.#cluster, type, object, request);
    }
    const left = catalog
      .all()
      .filter((t) => t.namespaced && isStored(t) && catalog.versions(t.group)[0] === t.version)
      .flatMap((type) => store.list(type, name).map((object) => ({ type, object })));
    const namespace = this.#terminating(name);
    if (namespace === null) return;
    const finalizers = (namespace["spec"] as { finalizers?: string[] } | undefined)?.finalizers ?? [];
    if (
      left.length === 0 &&
      (namespace.metadata.finalizers ?? []).length === 0 &&
      finalizers.every((f) => f === "kubernetes")
    ) {
      // What was in its way is over: watchers see that before it goes.
      if (namespace["status"] !== undefined && at(namespace, "status", "conditions") !== undefined)
        store.update(this.#type(), { ...namespace, status: this.#status(namespace, left) });
      store.remove(this.#type(), "", name);
    } else store.update(this.#type(), { ...namespace, status: this.#status(namespace, left) });
  }

  /** Conditions that say what holds the namespace back, worded as the real controller words them. */
  #status(namespace: KubeObject, left: readonly { type: ServedType; object: KubeObject }[]): JsonObject {
    const before = ((namespace["status"] as JsonObject | undefined)?.["conditions"] ?? []) as JsonObject[];
    const counts = new Map<string, number>();
    const holders = new Map<string, number>();
    for (const { type, object } of left) {
      const resource = `${type.resource}.${type.group}`;
      counts.set(resource, (counts.get(resource) ?? 0) + 1);
      for (const finalizer of object.metadata.finalizers ?? [])
        holders.set(finalizer, (holders.get(finalizer) ?? 0) + 1);
    }
    const instances = (of: Map<string, number>) =>
      [...of].map(([what, n]) => `${what} ${what.includes("/") ? "in" : "has"} ${n} resource instances`);
    const rows: readonly (readonly [string, boolean, string, string])[] = [
      ["NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"],
      [
        "NamespaceDeletionGroupVersionParsingFailure",
        false,
        "ParsedGroupVersions",
        "All legacy kube types successfully parsed",
      ],
      [
        "NamespaceDeletionContentFailure",
        false,
        "ContentDeleted",
        "All content successfully deleted, may be waiting on finalization",
      ],
      counts.size > 0
        ? [
            "NamespaceContentRemaining",
            true,
            "SomeResourcesRemain",
            `Some resources are remaining: ${instances(counts).join(", ")}`,
          ]
        : ["NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed"],
      holders.size > 0
        ? [
            "NamespaceFinalizersRemaining",
            true,
            "SomeFinalizersRemain",
            `Some content in the namespace has finalizers remaining: ${instances(holders).join(", ")}`,
          ]
        : [
            "NamespaceFinalizersRemaining",
            false,
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
          ],
    ];
    const conditions = rows.map(([type, holds, reason, message]): JsonObject => {
      const status = holds ? "True" : "False";
      const old = before.find((condition) => condition["type"] === type && condition["status"] === status);
      const lastTransitionTime = old?.["lastTransitionTime"] ?? timestamp(this.#cluster.now());
      return { type, status, lastTransitionTime, reason, message };
    });
    return { phase: "Terminating", conditions };
  }
}
