import type { JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { at, listAt, textAt } from "../model/read-field.ts";
import { each, existing } from "../schema/defaults/missing.ts";
import type { Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { controllerStore } from "./controller-store.ts";
import { deleteObject } from "./deleting.ts";
import type { LaterQueue } from "./later.ts";
import { timestamp } from "./memory-store.ts";
import type { StoreEvent } from "./store.ts";

const verbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** Serves the kinds of CustomResourceDefinitions and tells so in their conditions. */
export class CustomResources {
  readonly #cluster: Cluster;
  readonly #queue: LaterQueue;
  /** Names of definitions that are being deleted. */
  readonly #ending = new Set<string>();

  constructor(cluster: Cluster, queue: LaterQueue) {
    this.#cluster = cluster;
    this.#queue = queue;
  }

  /** Follows a commit; an established definition is served again at once after a restart. */
  follow(event: StoreEvent): void {
    const { object, resource } = event;
    if (resource.kind !== "CustomResourceDefinition") {
      if (event.type === "DELETED" && this.#ending.has(`${resource.resource}.${resource.group}`))
        this.#queue.add(`ending ${resource.resource}.${resource.group}`, () =>
          this.#end(`${resource.resource}.${resource.group}`),
        );
      return;
    }
    if (event.type === "DELETED") {
      this.#ending.delete(object.metadata.name);
      this.#stopServing(object);
      return;
    }
    if (object.metadata.deletionTimestamp !== undefined) {
      this.#ending.add(object.metadata.name);
      this.#queue.add(`ending ${object.metadata.name}`, () => this.#end(object.metadata.name));
      return;
    }
    this.#queue.add(`definition ${object.metadata.name}`, () => this.establish(object.metadata.name));
  }

  /** Serves what the definition says, or says why not. */
  establish(name: string): void {
    const { store, catalog } = this.#cluster;
    const type = catalog.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;
    const definition = store.get(type, "", name);
    if (definition === null) return;
    if (definition.metadata.deletionTimestamp !== undefined) return;
    const taken = this.#conflict(definition);
    if (taken === null) for (const served of servedTypes(definition)) this.#serve(served);
    const status = this.#status(definition, taken);
    if (JSON.stringify(status) !== JSON.stringify(definition["status"]))
      controllerStore(this.#cluster).update(type, { ...definition, status });
  }

  /** A definition goes when its last object has gone (finalizer customresourcecleanup.apiextensions.k8s.io). */
  #end(name: string): void {
    const { store, catalog } = this.#cluster;
    const type = catalog.find("apiextensions.k8s.io", "v1", "customresourcedefinitions")!;
    const definition = store.get(type, "", name);
    if (definition?.metadata.deletionTimestamp === undefined) return;
    const served = store.type(textAt(definition, "spec", "group"), textAt(definition, "spec", "names", "kind"));
    const own = served?.resource === textAt(definition, "spec", "names", "plural") ? (served as ServedType) : null;
    const left = own === null ? [] : store.list(own);
    const request = { dryRun: false, propagation: null, grace: null, uid: "", resourceVersion: "" } as const;
    for (const object of left) if (own !== null) deleteObject(this.#cluster, own, object, request);
    if (own === null || store.list(own).length === 0) store.remove(type, "", name);
  }

  #serve(type: ServedType): void {
    this.#cluster.catalog.add(type);
    this.#cluster.store.addType(type);
  }

  #stopServing(definition: KubeObject): void {
    const { store, catalog } = this.#cluster;
    const [group, plural] = [textAt(definition, "spec", "group"), textAt(definition, "spec", "names", "plural")];
    const type = store.type(group, textAt(definition, "spec", "names", "kind"));
    if (type === null || type.resource !== plural) return;
    for (const object of store.list(type)) store.remove(type, object.metadata.namespace ?? "", object.metadata.name);
    catalog.remove(group, plural);
    store.removeType(group, type.kind);
  }

  /** The kind may be served for one definition of a group only. */
  #conflict(definition: KubeObject): string | null {
    const [group, kind] = [textAt(definition, "spec", "group"), textAt(definition, "spec", "names", "kind")];
    const other = this.#cluster.store.type(group, kind);
    const plural = textAt(definition, "spec", "names", "plural");
    return other !== null && other.resource !== plural ? `"${kind}" is already in use` : null;
  }

  #status(definition: KubeObject, taken: string | null): JsonObject {
    const before = listAt(definition, "status", "conditions") as JsonObject[];
    const condition = (type: string, holds: boolean, reason: string, message: string): JsonObject => {
      const status = holds ? "True" : "False";
      const old = before.find((c) => c["type"] === type && c["status"] === status && c["reason"] === reason);
      const lastTransitionTime = old?.["lastTransitionTime"] ?? timestamp(this.#cluster.now());
      return { type, status, lastTransitionTime, reason, message };
    };
    const free = taken === null;
    return {
      conditions: [
        free
          ? condition("NamesAccepted", true, "NoConflicts", "no conflicts found")
          : condition("NamesAccepted", false, "KindConflict", taken),
        free
          ? condition("Established", true, "InitialNamesAccepted", "the initial names have been accepted")
          : condition("Established", false, "NotAccepted", "not all names are accepted"),
      ],
      acceptedNames: free ? (existing(asJson(definition), "spec", "names") ?? {}) : { plural: "", kind: "" },
      storedVersions: [...listAt(definition, "status", "storedVersions")],
    };
  }
}

/** The definition's served versions, the storage version first. */
function servedTypes(definition: KubeObject): ServedType[] {
  const spec = existing(asJson(definition), "spec") ?? {};
  const names = existing(spec, "names") ?? {};
  const versions = each(spec, "versions").filter((version) => version["served"] === true);
  versions.sort((a, b) => Number(b["storage"] === true) - Number(a["storage"] === true));
  return versions.map((version) => ({
    group: textAt(spec, "group"),
    version: textAt(version, "name"),
    kind: textAt(names, "kind"),
    resource: textAt(names, "plural"),
    namespaced: spec["scope"] === "Namespaced",
    verbs,
    singular: textAt(names, "singular"),
    listKind: textAt(names, "listKind"),
    shortNames: listAt(names, "shortNames").map(String),
    categories: listAt(names, "categories").map(String),
    subresources: Object.keys(existing(version, "subresources") ?? {}),
    custom: {
      schema: existing(version, "schema", "openAPIV3Schema"),
      printerColumns: each(version, "additionalPrinterColumns"),
      scale: (at(version, "subresources", "scale") as JsonObject | undefined) ?? null,
      deprecation:
        version["deprecated"] === true
          ? textAt(version, "deprecationWarning") ||
            `${textAt(spec, "group")}/${textAt(version, "name")} ${textAt(names, "kind")} is deprecated`
          : "",
    },
  }));
}
