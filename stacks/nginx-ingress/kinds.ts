import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest/index.js";
import type { Construct } from "constructs";

/** F5's kinds of the group k8s.nginx.org, version v1 (docs.nginx.com, "VirtualServer and VirtualServerRoute resources" and others). */
const KINDS = [
  { kind: "VirtualServer", plural: "virtualservers", short: "vs", status: true },
  { kind: "VirtualServerRoute", plural: "virtualserverroutes", short: "vsr", status: true },
  { kind: "TransportServer", plural: "transportservers", short: "ts", status: true },
  { kind: "Policy", plural: "policies", short: "pol", status: true },
  { kind: "GlobalConfiguration", plural: "globalconfigurations", short: "gc", status: false },
] as const;

export const KIND_GROUP = "k8s.nginx.org";
export const kindPlurals: readonly string[] = KINDS.map(({ plural }) => plural);
export const kindsWithStatus: readonly string[] = KINDS.filter(({ status }) => status).map(
  ({ plural }) => `${plural}/status`,
);

/**
 * Definitions of those kinds that take any field: the controller itself checks what it is given, and says in status and
 * events what it refuses. Those of F5's release have schemas as well, so that the API server refuses a misspelt field.
 */
export function defineKinds(scope: Construct, labels: Record<string, string>): Manifest[] {
  return KINDS.map(({ kind, plural, short, status }) => {
    const singular = kind.toLowerCase();
    return new Manifest(scope, `kind-${singular}`, {
      manifest: {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: `${plural}.${KIND_GROUP}`, labels },
        spec: {
          group: KIND_GROUP,
          scope: "Namespaced",
          names: { kind, listKind: `${kind}List`, plural, singular, shortNames: [short] },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: {
                    spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
                    ...(status ? { status: { type: "object", "x-kubernetes-preserve-unknown-fields": true } } : {}),
                  },
                },
              },
              ...(status ? { subresources: { status: {} } } : {}),
            },
          ],
        },
      },
    });
  });
}
