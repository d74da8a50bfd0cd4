import type { Json, JsonObject } from "../model/json.ts";
import type { Catalog, ServedType } from "./catalog.ts";

/** `/api` and `/apis` in the form of one group after another (API reference, APIGroupList). */
export function coreVersions(serverAddress: string): JsonObject {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress }],
  };
}

export function groupList(catalog: Catalog): JsonObject {
  const groups = catalog.groups().filter((group) => group !== "");
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map((group) => groupEntry(catalog, group)) };
}

export function groupDocument(catalog: Catalog, group: string): JsonObject | null {
  if (group === "" || catalog.versions(group).length === 0) return null;
  return { kind: "APIGroup", apiVersion: "v1", ...groupEntry(catalog, group) };
}

function groupEntry(catalog: Catalog, group: string): JsonObject {
  const versions = catalog.versions(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions, preferredVersion: versions[0]! };
}

/** `/api/v1`, `/apis/apps/v1`; null where nothing of that version is served. */
export function resourceList(catalog: Catalog, group: string, version: string): JsonObject | null {
  const types = catalog.inVersion(group, version);
  if (types.length === 0) return null;
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: group === "" ? version : `${group}/${version}`,
    resources: types.flatMap((type): JsonObject[] => [
      {
        name: type.resource,
        singularName: type.singular,
        namespaced: type.namespaced,
        kind: type.kind,
        verbs: [...type.verbs],
        ...namesOf(type),
      },
      ...type.subresources.map((subresource) => {
        const { kind, verbs, ...foreign } = subresourceOf(type, subresource);
        return {
          name: `${type.resource}/${subresource}`,
          singularName: "",
          namespaced: type.namespaced,
          ...foreign,
          kind,
          verbs,
        };
      }),
    ]),
  };
}

/** Aggregated discovery (KEP-3352): everything in one document. `api` is what `/api` holds, the rest is `/apis`. */
export function aggregatedDiscovery(catalog: Catalog, part: "api" | "apis", version: "v2" | "v2beta1"): JsonObject {
  const groups = catalog.groups().filter((group) => (group === "") === (part === "api"));
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups.map((group) => ({
      metadata: { ...(group === "" ? {} : { name: group }), creationTimestamp: null },
      versions: catalog.versions(group).map((v) => ({
        version: v,
        resources: catalog.inVersion(group, v).map(aggregatedResource),
        freshness: "Current",
      })),
    })),
  };
}

function aggregatedResource(type: ServedType): JsonObject {
  const own = type.custom === null ? { group: "", version: "" } : { group: type.group, version: type.version };
  return {
    resource: type.resource,
    responseKind: { ...own, kind: type.kind },
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: [...type.verbs],
    ...namesOf(type),
    ...(type.subresources.length === 0
      ? {}
      : {
          subresources: type.subresources.map((subresource): JsonObject => {
            const { kind, verbs, group, version } = subresourceOf(type, subresource);
            const responseKind = group === undefined ? { ...own, kind } : { group, version: version!, kind };
            return { subresource, responseKind, verbs };
          }),
        }),
  };
}

function namesOf(type: ServedType): JsonObject {
  return {
    ...(type.shortNames.length > 0 ? { shortNames: [...type.shortNames] } : {}),
    ...(type.categories.length > 0 ? { categories: [...type.categories] } : {}),
  };
}

interface SubresourceKind {
  readonly kind: string;
  readonly verbs: Json[];
  readonly group?: string;
  readonly version?: string;
}

/** Kinds and verbs of subresources that differ from those of their object. */
const subresourceKinds: Readonly<Record<string, SubresourceKind>> = {
  scale: { group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
  eviction: { group: "policy", version: "v1", kind: "Eviction", verbs: ["create"] },
  token: { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest", verbs: ["create"] },
  binding: { kind: "Binding", verbs: ["create"] },
  log: { kind: "Pod", verbs: ["get"] },
  exec: { kind: "PodExecOptions", verbs: ["create", "get"] },
  attach: { kind: "PodAttachOptions", verbs: ["create", "get"] },
  portforward: { kind: "PodPortForwardOptions", verbs: ["create", "get"] },
  finalize: { kind: "Namespace", verbs: ["update"] },
};

function subresourceOf(type: ServedType, subresource: string): SubresourceKind {
  if (subresource === "proxy") {
    const verbs = ["create", "delete", "get", "patch", "update"];
    return { kind: `${type.kind}ProxyOptions`, verbs };
  }
  return subresourceKinds[subresource] ?? { kind: type.kind, verbs: ["get", "patch", "update"] };
}
