import { updateManagers } from "../../fields/update.ts";
import type { JsonObject } from "../../model/json.ts";
import type { KubeObject, ResourceType } from "../../model/objects.ts";
import { listAt, objectAt, textAt } from "../../model/read-field.ts";
import { canonicalQuantity } from "../../schema/canonical-quantity.ts";
import type { Cluster } from "../call.ts";
import { quantity } from "../controllers/quantity.ts";
import { typesOf } from "../custom/types.ts";
import { forbidden } from "../failures.ts";
import type { LaterQueue } from "../later.ts";
import { timestamp } from "../memory-store.ts";
import type { StoreEvent } from "../store.ts";

const quotasOf = (cluster: Cluster, namespace: string) =>
  cluster.store.list(cluster.catalog.find("", "v1", "resourcequotas")!, namespace);

/** Throws Refusal 403 where a new object would exceed a ResourceQuota of its namespace (plugin ResourceQuota). */
export function checkQuota(cluster: Cluster, type: ResourceType, object: KubeObject): void {
  const namespace = object.metadata.namespace ?? "";
  if (namespace === "") return;
  for (const quota of quotasOf(cluster, namespace)) {
    const hard = objectAt(quota, "spec", "hard");
    const wanted = Object.keys(hard).filter((name) => usage(name, type, object) !== null);
    const { name } = object.metadata;
    const silent = wanted.filter((key) => isCompute(key) && usage(key, type, object) === 0);
    if (silent.length > 0) {
      const containers = listAt(object, "spec", "containers").map((container) => textAt(container, "name"));
      const lacks = silent.map((key) => `${key} for: ${containers.join(",")}`).join("; ");
      throw forbidden(type, name, `failed quota: ${quota.metadata.name}: must specify ${lacks}`);
    }
    const used = usedOf(cluster, namespace, wanted);
    const exceeded = wanted.filter(
      (key) => (used.get(key) ?? 0) + usage(key, type, object)! > quantity(String(hard[key])),
    );
    if (exceeded.length === 0) continue;
    const list = (value: (key: string) => string) => exceeded.map((key) => `${key}=${value(key)}`).join(",");
    const requested = list((key) => amount(key, usage(key, type, object)!));
    const already = list((key) => amount(key, used.get(key) ?? 0));
    const limited = list((key) => String(hard[key]));
    const why = `exceeded quota: ${quota.metadata.name}, requested: ${requested}, used: ${already}, limited: ${limited}`;
    throw forbidden(type, name, why);
  }
}

const isCompute = (key: string) => /^(requests\.|limits\.)?(cpu|memory)$/.test(key);

function usedOf(cluster: Cluster, namespace: string, keys: readonly string[]): Map<string, number> {
  const used = new Map(keys.map((key) => [key, 0]));
  for (const type of cluster.store.types()) {
    const counted = type.namespaced ? keys.filter((key) => concerns(key, type)) : [];
    if (counted.length === 0) continue;
    for (const object of cluster.store.list(type, namespace)) {
      if (type.kind === "Pod" && ["Succeeded", "Failed"].includes(textAt(object, "status", "phase"))) continue;
      for (const key of counted) used.set(key, used.get(key)! + (usage(key, type, object) ?? 0));
    }
  }
  return used;
}

const plainCounts = new Set([
  ..."pods services configmaps secrets persistentvolumeclaims replicationcontrollers resourcequotas".split(" "),
]);

const qualified = (type: ResourceType) => (type.group === "" ? type.resource : `${type.resource}.${type.group}`);

function concerns(key: string, type: ResourceType): boolean {
  if (key === `count/${qualified(type)}`) return true;
  if (type.group !== "") return false;
  if (plainCounts.has(key)) return key === type.resource;
  if (key.startsWith("services.")) return type.kind === "Service";
  if (key === "requests.storage") return type.kind === "PersistentVolumeClaim";
  return type.kind === "Pod" && isCompute(key);
}

/** What an object takes of one item of a quota (kubernetes.io, "Resource Quotas"); null where it is none of its business. */
function usage(key: string, type: ResourceType, object: KubeObject): number | null {
  if (!concerns(key, type)) return null;
  if (key === "services.loadbalancers") return textAt(object, "spec", "type") === "LoadBalancer" ? 1 : null;
  if (key === "services.nodeports") {
    const ports = listAt(object, "spec", "ports").length;
    return ["NodePort", "LoadBalancer"].includes(textAt(object, "spec", "type")) ? ports : null;
  }
  if (key === "requests.storage") return quantity(textAt(object, "spec", "resources", "requests", "storage"));
  if (!isCompute(key)) return 1;
  const [field, name] = key.includes(".") ? (key.split(".") as [string, string]) : ["requests", key];
  const sum = listAt(object, "spec", "containers").map((container) =>
    quantity(textAt(container, "resources", field, name)),
  );
  return sum.reduce((a, b) => a + b, 0);
}

function amount(key: string, value: number): string {
  const text = key.endsWith("cpu") ? `${Math.round(value * 1000)}m` : String(value);
  return canonicalQuantity(text) ?? text;
}

/** Keeps `status.used` of quotas current, as the quota controller does. */
export class QuotaStatus {
  readonly #cluster: Cluster;
  readonly #queue: LaterQueue;

  constructor(cluster: Cluster, queue: LaterQueue) {
    this.#cluster = cluster;
    this.#queue = queue;
  }

  follow({ object, resource }: StoreEvent): void {
    const { namespace = "" } = object.metadata;
    if (namespace === "" || resource.kind === "Event" || quotasOf(this.#cluster, "").length === 0) return;
    this.#queue.add(`quota ${namespace}`, () => this.#count(namespace));
  }

  #count(namespace: string): void {
    const { store, catalog, now } = this.#cluster;
    const type = catalog.find("", "v1", "resourcequotas")!;
    for (const quota of quotasOf(this.#cluster, namespace)) {
      const hard = objectAt(quota, "spec", "hard");
      const counted = usedOf(this.#cluster, namespace, Object.keys(hard));
      const used: JsonObject = {};
      for (const [key, value] of counted) used[key] = amount(key, value);
      const status = { hard, used };
      if (JSON.stringify(quota["status"]) === JSON.stringify(status)) continue;
      const after = { ...quota, status };
      const managedFields = updateManagers({
        ...{ before: quota, after, subresource: "status", apiVersion: "v1", manager: "kube-controller-manager" },
        now: timestamp(now()),
        types: typesOf(catalog),
      });
      store.update(type, { ...after, metadata: { ...quota.metadata, managedFields } });
    }
  }
}
