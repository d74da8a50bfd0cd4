import type { ObjectId } from "../model/ids.ts";
import { allKinds } from "../schema/table.ts";

/** Whether a kind of Kubernetes itself lives in namespaces; null for kinds it does not know. */
function isNamespaced(group: string, kind: string): boolean | null {
  const found = allKinds().find((k) => k.kind === kind && k.group === group);
  if (found !== undefined) return found.namespaced;
  if (kind === "Ingress" && group === "extensions") return true;
  if (kind === "PodSecurityPolicy") return false;
  return null;
}

/** The provider puts what has no namespace into `default`; a cluster-scoped object has none. */
export function withNamespace(id: ObjectId): ObjectId {
  const namespaced = isNamespaced(id.group, id.kind);
  if (namespaced === false) return { ...id, namespace: "" };
  if (namespaced === true && id.namespace === "") return { ...id, namespace: "default" };
  return id;
}
