import { isDeepStrictEqual } from "node:util";
import type { KubeObject } from "../../model/objects.ts";
import { controlledBy, isGoing, isReady, type Pod } from "./shapes.ts";
import { randomSuffix } from "./template.ts";
import type { World } from "./world.ts";

export type Service = KubeObject & {
  spec: {
    type?: string;
    selector?: Record<string, string>;
    clusterIP?: string;
    publishNotReadyAddresses?: boolean;
    ports?: { name?: string; port: number; protocol?: string; targetPort?: number | string; appProtocol?: string }[];
  };
};

type EndpointSlice = KubeObject & {
  endpoints: readonly object[] | null;
  ports: readonly object[] | null;
  addressType: string;
};

/** EndpointSlices and one Endpoints for each Service with a selector. */
export function syncService(world: World, service: Service): void {
  const { selector, type } = service.spec;
  if (isGoing(service) || selector === undefined || Object.keys(selector).length === 0 || type === "ExternalName")
    return;
  const namespace = service.metadata.namespace ?? "";
  const pods = world
    .podsLabelled(namespace, selector)
    .filter((pod) => pod.status?.podIP !== undefined && !atEnd(pod))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  writeSlices(world, service, pods);
  writeEndpoints(world, service, pods);
}

const atEnd = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";

const target = (pod: Pod) => ({
  kind: "Pod",
  namespace: pod.metadata.namespace,
  name: pod.metadata.name,
  uid: pod.metadata.uid,
});

interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol: string;
  readonly appProtocol?: string;
}

/** The ports as a pod has them: a target port that is a name is looked up in its containers; null: it has none such. */
function portsOf(service: Service, pod: Pod): Port[] {
  return (service.spec.ports ?? []).flatMap((each): Port[] => {
    const { targetPort, name = "", protocol = "TCP", appProtocol } = each;
    const port = typeof targetPort === "string" ? namedPort(pod, targetPort, protocol) : (targetPort ?? each.port);
    return port === null ? [] : [{ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) }];
  });
}

function namedPort(pod: Pod, name: string, protocol: string): number | null {
  for (const { ports = [] } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    const found = ports.find((each) => each.name === name && (each.protocol ?? "TCP") === protocol);
    if (found !== undefined) return found.containerPort;
  }
  return null;
}

/** Pods by the ports that they serve the Service with: where a named port differs, there is a group of its own. */
function byPorts(service: Service, pods: readonly Pod[]): { readonly ports: Port[]; readonly pods: Pod[] }[] {
  const groups = new Map<string, { ports: Port[]; pods: Pod[] }>();
  for (const pod of pods) {
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, pods: [] };
    groups.set(key, group);
    group.pods.push(pod);
  }
  return [...groups.values()];
}

const changed = "endpoints.kubernetes.io/last-change-trigger-time";
const headless = "service.kubernetes.io/headless";

function labelsOf(service: Service): Record<string, string> {
  return { ...service.metadata.labels, ...(service.spec.clusterIP === "None" ? { [headless]: "" } : {}) };
}

/** A pod of a headless Service that names it as its subdomain has a name of its own there. */
function hostname(service: Service, pod: Pod): { hostname?: string } {
  const { hostname: own, subdomain } = pod.spec;
  return own !== undefined && own !== "" && subdomain === service.metadata.name ? { hostname: own } : {};
}

function writeSlices(world: World, service: Service, pods: readonly Pod[]): void {
  if (!world.serves("discovery.k8s.io", "EndpointSlice")) return;
  const all = service.spec.publishNotReadyAddresses === true;
  const groups: { ports: Port[] | null; endpoints: object[] | null }[] = byPorts(service, pods).map((group) => ({
    ports: group.ports,
    endpoints: group.pods.map((pod) => ({
      addresses: [pod.status?.podIP ?? ""],
      conditions: {
        ready: all || (isReady(pod) && !isGoing(pod)),
        serving: isReady(pod),
        terminating: isGoing(pod),
      },
      ...hostname(service, pod),
      targetRef: target(pod),
      nodeName: pod.spec.nodeName,
    })),
  }));
  if (groups.length === 0) groups.push({ ports: null, endpoints: null });
  const current = world.children<EndpointSlice>(service, "EndpointSlice");
  const left = new Set(current);
  for (const group of groups) {
    const same = current.find(
      (slice) => left.has(slice) && JSON.stringify(slice.ports) === JSON.stringify(group.ports),
    );
    const slice = same ?? current.find((each) => left.has(each) && groups.length === 1);
    if (slice === undefined) createSlice(world, service, group);
    else {
      left.delete(slice);
      updateSlice(world, service, slice, group);
    }
  }
  for (const slice of left) world.delete(slice);
}

type Group = { readonly ports: readonly Port[] | null; readonly endpoints: readonly object[] | null };

function updateSlice(world: World, service: Service, slice: EndpointSlice, group: Group): void {
  const same =
    isDeepStrictEqual(slice.endpoints, group.endpoints) &&
    isDeepStrictEqual(slice.ports, group.ports) &&
    isDeepStrictEqual(slice.metadata.labels, sliceLabels(service));
  if (same) return;
  world.update(slice, (draft) => {
    draft.endpoints = group.endpoints;
    draft.ports = group.ports;
    draft.metadata.labels = sliceLabels(service);
    draft.metadata.annotations = { ...draft.metadata.annotations, [changed]: world.stamp() };
    draft.metadata.generation = (draft.metadata.generation ?? 1) + 1;
  });
}

function sliceLabels(service: Service): Record<string, string> {
  return {
    ...labelsOf(service),
    "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    "kubernetes.io/service-name": service.metadata.name,
  };
}

function createSlice(world: World, service: Service, group: Group): void {
  const { name, namespace } = service.metadata;
  world.create<EndpointSlice>({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: `${name}-${randomSuffix()}`,
      generateName: `${name}-`,
      namespace,
      generation: 1,
      labels: sliceLabels(service),
      annotations: { [changed]: world.stamp() },
      ownerReferences: [controlledBy(service)],
    },
    addressType: "IPv4",
    ...group,
  });
}

function writeEndpoints(world: World, service: Service, pods: readonly Pod[]): void {
  if (!world.serves("", "Endpoints")) return;
  const all = service.spec.publishNotReadyAddresses === true;
  const address = (pod: Pod) => ({
    ip: pod.status?.podIP ?? "",
    ...hostname(service, pod),
    nodeName: pod.spec.nodeName,
    targetRef: target(pod),
  });
  const staying = pods.filter((pod) => all || !isGoing(pod));
  const subsets = byPorts(service, staying).map((group) => {
    const ready = group.pods.filter((pod) => all || isReady(pod)).map(address);
    const notReady = group.pods.filter((pod) => !all && !isReady(pod)).map(address);
    return {
      ...(ready.length > 0 ? { addresses: ready } : {}),
      ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
      ...(group.ports.length > 0 ? { ports: group.ports } : {}),
    };
  });
  const { name, namespace = "" } = service.metadata;
  const labels = { "endpoints.kubernetes.io/managed-by": "endpoint-controller", ...labelsOf(service) };
  const current = world.get<KubeObject>("", "Endpoints", namespace, name);
  const wanted = subsets.length > 0 ? { subsets } : {};
  if (current === null) {
    world.create({
      apiVersion: "v1",
      kind: "Endpoints",
      metadata: { name, namespace, labels, annotations: { [changed]: world.stamp() } },
      ...wanted,
    });
    return;
  }
  if (isDeepStrictEqual(current["subsets"], wanted.subsets) && isDeepStrictEqual(current.metadata.labels, labels))
    return;
  world.update(current, (draft) => {
    draft.metadata.labels = labels;
    draft.metadata.annotations = { ...draft.metadata.annotations, [changed]: world.stamp() };
    if (wanted.subsets === undefined) delete draft["subsets"];
    else draft["subsets"] = wanted.subsets;
  });
}

/** Endpoints go with their Service by name: they have no owner. */
export function forgetService(world: World, service: KubeObject): void {
  const found = world.get("", "Endpoints", service.metadata.namespace ?? "", service.metadata.name);
  if (found !== null) world.remove(found);
}
