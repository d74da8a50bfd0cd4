import type { JsonObject } from "../src/model/json.ts";

interface Settings {
  readonly scope?: "Namespaced" | "Cluster";
  readonly names?: JsonObject;
  /** More of its one version, v1: subresources, printer columns. */
  readonly version?: JsonObject;
}

/** A CustomResourceDefinition with one version, v1; `kind` becomes a plural by an s. */
export function customType(group: string, kind: string, schema: JsonObject, settings: Settings = {}): JsonObject {
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: settings.scope ?? "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List`, ...settings.names },
      versions: [{ name: "v1", served: true, storage: true, ...settings.version, schema: { openAPIV3Schema: schema } }],
    },
  };
}

/** Schema of a custom type that has a spec with these fields. */
export function withSpec(spec: JsonObject): JsonObject {
  return { type: "object", properties: { spec: { type: "object", ...spec } } };
}
