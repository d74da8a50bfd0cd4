import type { JsonObject } from "../model/json.ts";
import type { Catalog, ServedType } from "./catalog.ts";
import { schemasOf } from "./openapi-schemas.ts";

/**
 * OpenAPI v3 as far as clients need it: the operations of each kind with their query parameters (kubectl looks for
 * `fieldValidation` and `dryRun` there), and the schemas (`kubectl explain`), which have no descriptions.
 */
export function openApiIndex(catalog: Catalog): JsonObject {
  const paths: JsonObject = {};
  for (const group of catalog.groups()) {
    for (const version of catalog.versions(group)) {
      const path = group === "" ? `api/${version}` : `apis/${group}/${version}`;
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}` };
    }
  }
  return { paths };
}

/** The document of one group's version; null where nothing of it is served. */
export function openApiDocument(catalog: Catalog, group: string, version: string): JsonObject | null {
  const types = catalog.inVersion(group, version);
  if (types.length === 0) return null;
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const paths: JsonObject = {};
  for (const type of types) {
    if (!type.verbs.includes("patch")) continue;
    paths[`${root}/${type.namespaced ? "namespaces/{namespace}/" : ""}${type.resource}/{name}`] = objectPath(type);
  }
  const info = { title: "k8sctl embedded", version };
  return { openapi: "3.0.0", info, paths, components: { schemas: schemasOf(types) } };
}

const parameters = ["dryRun", "fieldManager", "fieldValidation", "force"];

function objectPath(type: ServedType): JsonObject {
  const { group, version, kind } = type;
  const operation = {
    parameters: parameters.map((name) => ({
      name,
      in: "query",
      schema: { type: name === "force" ? "boolean" : "string", uniqueItems: true },
    })),
    responses: { "200": { description: "OK" } },
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
  return {
    patch: { ...operation, "x-kubernetes-action": "patch" },
    put: { ...operation, "x-kubernetes-action": "put" },
  };
}
