import type { KubeObject } from "../../model/objects.ts";
import { controlledBy, isGoing, isReady, type Pod } from "./shapes.ts";
import { randomSuffix } from "./template.ts";
import type { World } from "./world.ts";

export type Service = KubeObject & {
  spec: {
    type?: string;
    selector?: Record<string, string>;
    ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string }[];
  };
};

type EndpointSlice = KubeObject & { endpoints: object[]; ports: object[]; addressType: string };

/** One EndpointSlice and one Endpoints for each Service with a selector. */
export function syncService(world: World, service: Service): void {
  const { selector, type } = service.spec;
  if (isGoing(service) || selector === undefined || Object.keys(selector).length === 0 || type === "ExternalName")
    return;
  const namespace = service.metadata.namespace ?? "";
  const pods = world
    .podsLabelled(namespace, selector)
    .filter((pod) => pod.status?.podIP !== undefined && !atEnd(pod))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  writeSlice(world, service, pods);
  writeEndpoints(world, service, pods);
}

const atEnd = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

const target = (pod: Pod) => ({
  kind: "Pod",
  namespace: pod.metadata.namespace,
  name: pod.metadata.name,
  uid: pod.metadata.uid,
});

function portsOf(service: Service): { name: string; port: number; protocol: string }[] {
  return (service.spec.ports ?? []).map((each) => ({
    name: each.name ?? "",
    port: typeof each.targetPort === "number" ? each.targetPort : each.port,
    protocol: each.protocol ?? "TCP",
  }));
}

function writeSlice(world: World, service: Service, pods: readonly Pod[]): void {
  if (!world.serves("discovery.k8s.io", "EndpointSlice")) return;
  const endpoints = pods.map((pod) => ({
    addresses: [pod.status?.podIP ?? ""],
    conditions: { ready: isReady(pod) && !isGoing(pod), serving: isReady(pod), terminating: isGoing(pod) },
    nodeName: pod.spec.nodeName,
    targetRef: target(pod),
  }));
  const current = world.children<EndpointSlice>(service, "EndpointSlice")[0];
  if (current !== undefined) {
    world.update(current, (draft) => {
      draft.endpoints = endpoints;
      draft.ports = portsOf(service);
    });
    return;
  }
  const { name, namespace } = service.metadata;
  world.create<EndpointSlice>({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace,
      generation: 1,
      labels: {
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        "kubernetes.io/service-name": name,
      },
      ownerReferences: [controlledBy(service)],
    },
    addressType: "IPv4",
    endpoints,
    ports: portsOf(service),
  });
}

function writeEndpoints(world: World, service: Service, pods: readonly Pod[]): void {
  if (!world.serves("", "Endpoints")) return;
  const address = (pod: Pod) => ({ ip: pod.status?.podIP ?? "", nodeName: pod.spec.nodeName, targetRef: target(pod) });
  const ready = pods.filter((pod) => isReady(pod) && !isGoing(pod)).map(address);
  const notReady = pods.filter((pod) => !isReady(pod) && !isGoing(pod)).map(address);
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ports: portsOf(service),
  };
  const subsets = ready.length + notReady.length > 0 ? [subset] : undefined;
  const { name, namespace = "", labels } = service.metadata;
  const current = world.get<KubeObject>("", "Endpoints", namespace, name);
  if (current === null) {
    world.create({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name, namespace, ...(labels === undefined ? {} : { labels: { ...labels } }) },
      ...(subsets === undefined ? {} : { subsets }),
    });
    return;
  }
  world.update(current, (draft) => {
    if (subsets === undefined) delete draft["subsets"];
    else draft["subsets"] = subsets;
  });
}

/** Endpoints go with their Service by name: they have no owner. */
export function forgetService(world: World, service: KubeObject): void {
  const found = world.get("", "Endpoints", service.metadata.namespace ?? "", service.metadata.name);
  if (found !== null) world.remove(found);
}
