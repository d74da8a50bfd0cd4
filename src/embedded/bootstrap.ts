import type { KubeObject } from "../model/objects.ts";
import type { Cluster } from "./call.ts";
import { defaultRoles } from "./default-roles.ts";
import { timestamp } from "./memory-store.ts";
import type { WriteOptions } from "./write-options.ts";
import { createObject } from "./writing.ts";

/** What a new cluster holds before anybody asks for anything. Creates only what is missing: safe at every start. */
export function bootstrap(cluster: Cluster, options: { readonly nodeName: string; readonly kubelet: string }): void {
  const objects = [
    ...["default", "kube-system", "kube-public", "kube-node-lease"].map((name) => core("Namespace", { name })),
    node(options.nodeName, options.kubelet),
    storageClass(),
    priorityClass("system-cluster-critical", 2_000_000_000, "cluster"),
    priorityClass("system-node-critical", 2_000_001_000, "node"),
    kubernetesService(),
    ...defaultRoles,
  ];
  for (const object of objects) createMissing(cluster, object, "kube-apiserver");
}

const controllers = "kube-controller-manager";

/** Each namespace gets a service account for its pods and the authority that they trust. */
export function furnishNamespace(cluster: Cluster, namespace: string, authority: string): void {
  createMissing(cluster, core("ServiceAccount", { name: "default", namespace }), controllers);
  const annotations = {
    "kubernetes.io/description":
      "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
  };
  const trust = core("ConfigMap", { name: "kube-root-ca.crt", namespace, annotations });
  createMissing(cluster, { ...trust, data: { "ca.crt": authority } }, controllers);
}

function createMissing(cluster: Cluster, object: KubeObject, manager: string): void {
  const slash = object.apiVersion.indexOf("/");
  const group = slash < 0 ? "" : object.apiVersion.slice(0, slash);
  const type = cluster.catalog.findKind(group, object.apiVersion.slice(slash + 1), object.kind)!;
  if (cluster.store.get(type, object.metadata.namespace ?? "", object.metadata.name) !== null) return;
  createObject(cluster, type, object, serverWrite(cluster, manager), "update");
}

function serverWrite(cluster: Cluster, manager: string): WriteOptions {
  const time = timestamp(cluster.now());
  const quiet = {
    dryRun: false,
    force: false,
    fieldValidation: "Ignore",
    warnings: [],
    user: null,
    answers: new Map(),
  } as const;
  return { ...quiet, warnings: [], manager, time };
}

function core(kind: string, metadata: KubeObject["metadata"]): KubeObject {
  return { kind, apiVersion: "v1", metadata };
}

/** The node says of itself that nothing runs on it. */
function node(name: string, kubelet: string): KubeObject {
  const resources = { cpu: "16", memory: "64Gi", "ephemeral-storage": "256Gi", pods: "1000" };
  return {
    ...core("Node", {
      name,
      labels: {
        "beta.kubernetes.io/arch": "amd64",
        "beta.kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "node-role.kubernetes.io/control-plane": "",
      },
      annotations: { "k8sctl.dev/embedded": "simulated node: it runs no containers" },
    }),
    spec: { podCIDR: "10.244.0.0/24", podCIDRs: ["10.244.0.0/24"] },
    status: {
      capacity: resources,
      allocatable: resources,
      addresses: [
        { type: "InternalIP", address: "127.0.0.1" },
        { type: "Hostname", address: name },
      ],
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "simulated: no containers are run"),
      ],
      nodeInfo: {
        machineID: "",
        systemUUID: "",
        bootID: "",
        kernelVersion: "none",
        osImage: "k8sctl embedded (simulated)",
        containerRuntimeVersion: "simulated://0",
        kubeletVersion: kubelet,
        kubeProxyVersion: "",
        operatingSystem: "linux",
        architecture: "amd64",
      },
    },
  };
}

function condition(type: string, status: string, reason: string, message: string): Record<string, string> {
  const time = "2026-01-01T00:00:00Z";
  return { type, status, lastHeartbeatTime: time, lastTransitionTime: time, reason, message };
}

function storageClass(): KubeObject {
  return {
    kind: "StorageClass",
    apiVersion: "storage.k8s.io/v1",
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "k8sctl.dev/simulated",
    reclaimPolicy: "Delete",
    volumeBindingMode: "WaitForFirstConsumer",
  };
}

function priorityClass(name: string, value: number, what: string): KubeObject {
  return {
    kind: "PriorityClass",
    apiVersion: "scheduling.k8s.io/v1",
    metadata: { name },
    value,
    description: `Used for system critical pods that must run in the ${what}${what === "node" ? ", but can be moved to another node" : ""}.`,
  };
}

function kubernetesService(): KubeObject {
  const labels = { component: "apiserver", provider: "kubernetes" };
  return {
    ...core("Service", { name: "kubernetes", namespace: "default", labels }),
    spec: {
      clusterIP: "10.96.0.1",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: 6443 }],
    },
  };
}
