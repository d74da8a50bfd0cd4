import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { updateManagers } from "../fields/update.ts";
import { apiVersionOf } from "../model/ids.ts";
import type { KubeObject, ResourceType } from "../model/objects.ts";
import { admitNew } from "./admission/admit.ts";
import type { Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { typesOf } from "./custom/types.ts";
import { withDefaults } from "./defaulting.ts";
import { timestamp } from "./memory-store.ts";
import { checkNamespace } from "./namespace-rules.ts";
import { prepareNew } from "./prepare.ts";
import type { Store } from "./store.ts";

/**
 * The store as the simulated controllers see it: what they write gets the defaults and the managedFields that it would
 * have come through the API, with the names of Kubernetes' own components.
 */
export function controllerStore(cluster: Cluster): Store {
  const { store, catalog } = cluster;
  const served = (type: ResourceType): ServedType =>
    catalog.find(type.group, type.version, type.resource) ?? (type as ServedType);
  const own = (before: KubeObject | null, after: KubeObject, subresource: string): KubeObject => {
    const managedFields = updateManagers({
      ...{ before, after, subresource, apiVersion: after.apiVersion },
      manager: componentOf(after, subresource),
      now: timestamp(cluster.now()),
      types: typesOf(catalog),
    });
    return { ...after, metadata: { ...after.metadata, managedFields } };
  };
  return {
    types: () => store.types(),
    type: (group, kind) => store.type(group, kind),
    get: (type, namespace, name) => store.get(type, namespace, name),
    list: (type, namespace) => store.list(type, namespace),
    remove: (type, namespace, name) => store.remove(type, namespace, name),
    resourceVersion: () => store.resourceVersion(),
    subscribe: (listener) => store.subscribe(listener),
    create(resource, object) {
      const type = served(resource);
      checkNamespace(cluster, type, object.metadata.namespace ?? "", object.metadata.name);
      if (type.kind === "Event") return store.create(type, object);
      // A Job's labels and selector name its uid.
      const metadata = { ...object.metadata, uid: object.metadata.uid ?? randomUUID() };
      const draft = { ...object, metadata, kind: type.kind, apiVersion: apiVersionOf(type) };
      const defaulted = withDefaults(draft, type, typesOf(catalog));
      const prepared = prepareNew(cluster, type, own(null, withoutStatus(defaulted), ""), false);
      admitNew(cluster, type, prepared);
      const status = { ...(prepared["status"] as object | undefined), ...(object["status"] as object | undefined) };
      return store.create(type, Object.keys(status).length === 0 ? prepared : { ...prepared, status });
    },
    update(resource, object) {
      const live = store.get(resource, object.metadata.namespace ?? "", object.metadata.name);
      if (live === null || resource.kind === "Event") return store.update(resource, object);
      const asked = !isDeepStrictEqual(withoutStatus(object), withoutStatus(live));
      let next = object;
      if (asked) {
        const generation = live.metadata.generation;
        // A binding is no change of a pod's spec.
        const bumped =
          generation !== undefined && object.kind !== "Pod" && !isDeepStrictEqual(object["spec"], live["spec"]);
        next = own(live, bumped ? withGeneration(object, generation + 1) : object, "");
      }
      if (!isDeepStrictEqual(object["status"], live["status"])) next = own(withStatusOf(next, live), next, "status");
      return store.update(resource, next);
    },
  };
}

function componentOf(object: KubeObject, subresource: string): string {
  if (object.kind === "CustomResourceDefinition" || object.kind === "APIService") return "kube-apiserver";
  return object.kind === "Pod" && subresource === "status" ? "kubelet" : "kube-controller-manager";
}

function withoutStatus({ status: _, ...rest }: KubeObject): KubeObject {
  return rest as KubeObject;
}

function withStatusOf(object: KubeObject, live: KubeObject): KubeObject {
  const { status: _, ...rest } = object;
  return (live["status"] === undefined ? rest : { ...rest, status: live["status"] }) as KubeObject;
}

function withGeneration(object: KubeObject, generation: number): KubeObject {
  return { ...object, metadata: { ...object.metadata, generation } };
}
