import { KubeError } from "../model/errors.ts";
import { describeId, type ObjectId } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import { idOf, type KubeObject, type ResourceType } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Kube } from "../ports.ts";

/**
 * Why an object must not be deleted although the plan says so: a namespace or volume that holds others' things. null
 * where nothing speaks against it. Asked right before the delete, when all that the plan removes from it is gone.
 */
export async function reasonToKeep(kube: Kube, item: PlanItem): Promise<string | null> {
  const { group, kind } = item.id;
  if (group !== "") return null;
  switch (kind) {
    case "Namespace":
      return namespaceHolds(kube, item.id.name);
    case "PersistentVolumeClaim":
      return claimIsUsed(kube, item.id);
    case "PersistentVolume":
      return volumeIsBound(kube, item);
    default:
      return null;
  }
}

async function namespaceHolds(kube: Kube, namespace: string): Promise<string | null> {
  const types = (await kube.resourceTypes()).filter(holdsThings);
  const lists = await Promise.all(types.map((type) => foreign(kube, type, namespace)));
  const [first, ...rest] = lists.flat();
  if (first === undefined) return null;
  return `it still holds ${first}${rest.length === 0 ? "" : ` and ${rest.length} more`}`;
}

async function foreign(kube: Kube, type: ResourceType, namespace: string): Promise<string[]> {
  try {
    const { items } = await kube.list(type, { namespace });
    return items.filter(isSomebodys).map((object) => describeId(idOf(object)));
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    // A type that went away with its CRD, or that only looks listable.
    if (error.status === 404 || error.status === 405) return [];
    return [`${type.kind} that cannot be listed (${error.message})`];
  }
}

/** Kinds that come and go by themselves and belong to nobody. */
const ephemeral = new Set(["Event", "Endpoints", "EndpointSlice", "Lease", "PodMetrics"]);

function holdsThings(type: ResourceType): boolean {
  return type.namespaced && type.verbs.includes("list") && type.verbs.includes("delete") && !ephemeral.has(type.kind);
}

/** Not on its way out, not a dependent that the garbage collector takes, not put there by the cluster itself. */
function isSomebodys(object: KubeObject): boolean {
  const { name, deletionTimestamp, ownerReferences, annotations } = object.metadata;
  if (deletionTimestamp !== undefined || (ownerReferences ?? []).length > 0) return false;
  if (object.kind === "ServiceAccount" && name === "default") return false;
  if (object.kind === "ConfigMap" && name === "kube-root-ca.crt") return false;
  if (object.kind === "Secret" && object["type"] === "kubernetes.io/service-account-token") return false;
  return annotations?.["control-plane.alpha.kubernetes.io/leader"] === undefined;
}

async function claimIsUsed(kube: Kube, id: ObjectId): Promise<string | null> {
  const { items } = await kube.list({ group: "", version: "v1", kind: "Pod" }, { namespace: id.namespace });
  const user = items.find((pod) => pod.metadata.deletionTimestamp === undefined && mounts(pod, id.name));
  return user ? `Pod ${id.namespace}/${user.metadata.name} uses it` : null;
}

function mounts(pod: KubeObject, claim: string): boolean {
  const spec = pod["spec"];
  const volumes = isJsonObject(spec) && Array.isArray(spec["volumes"]) ? spec["volumes"] : [];
  return volumes.some((volume) => {
    const source = isJsonObject(volume) ? volume["persistentVolumeClaim"] : null;
    return isJsonObject(source) && source["claimName"] === claim;
  });
}

async function volumeIsBound(kube: Kube, item: PlanItem): Promise<string | null> {
  const volume = await kube.get({
    group: "",
    version: "v1",
    kind: "PersistentVolume",
    namespace: "",
    name: item.id.name,
  });
  const spec = volume?.["spec"];
  const claim = isJsonObject(spec) ? spec["claimRef"] : null;
  if (!isJsonObject(claim)) return null;
  const { namespace, name } = { namespace: String(claim["namespace"]), name: String(claim["name"]) };
  const bound = await kube.get({ group: "", version: "v1", kind: "PersistentVolumeClaim", namespace, name });
  if (!bound || bound.metadata.uid !== claim["uid"] || bound.metadata.deletionTimestamp !== undefined) return null;
  return `PersistentVolumeClaim ${namespace}/${name} is bound to it`;
}
