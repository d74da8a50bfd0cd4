import type { Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { forbidden, notFound } from "./failures.ts";

/** Nothing is created in a namespace that is missing (404) or going (403): admission plugin NamespaceLifecycle. */
export function checkNamespace(cluster: Cluster, type: ServedType, namespace: string, name: string): void {
  if (!type.namespaced) return;
  const namespaces = cluster.catalog.find("", "v1", "namespaces")!;
  const found = cluster.store.get(namespaces, "", namespace);
  if (found === null) throw notFound(namespaces, namespace);
  if (found.metadata.deletionTimestamp === undefined) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const message = `namespace ${namespace} is being terminated`;
  throw forbidden(type, name, why, [{ reason: "NamespaceTerminating", message, field: "metadata.namespace" }]);
}
