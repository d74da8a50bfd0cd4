/**
 * The embedded cluster's controllers: they simulate, from the store's own events, what Kubernetes' controllers, its
 * scheduler and a kubelet do. Nothing runs. What pods do is told by annotations: docs/embedded-failures.md.
 */
import type { KubeObject } from "../../model/objects.ts";
import type { Store, StoreEvent } from "../store.ts";
import { type Autoscaler, Autoscalers } from "./autoscaler.ts";
import { type CronJob, CronJobs } from "./cron-job.ts";
import { syncDaemonSet } from "./daemon-set.ts";
import { syncDeployment } from "./deployment.ts";
import { type DisruptionBudget, syncDisruptionBudget } from "./disruption-budget.ts";
import { forgetService, type Service, syncService } from "./endpoints.ts";
import { syncEphemeralVolumes } from "./ephemeral-volumes.ts";
import { namespaceEnds } from "./event-recorder.ts";
import { syncJob } from "./job.ts";
import { Kubelet } from "./kubelet.ts";
import { isNodeReady, type Node, Nodes } from "./nodes.ts";
import { type LogEntry, PodLogs } from "./pod-logs.ts";
import { Retries } from "./pod-set.ts";
import { WorkQueue } from "./queue.ts";
import { syncReplicaSet } from "./replica-set.ts";
import { schedule } from "./scheduler.ts";
import {
  type Claim,
  type DaemonSet,
  type Deployment,
  ephemeralClaim,
  type Job,
  type Pod,
  type ReplicaSet,
  type StatefulSet,
} from "./shapes.ts";
import { syncStatefulSet } from "./stateful-set.ts";
import { VolumeClaims } from "./volume-claims.ts";
import { syncVolume } from "./volumes.ts";
import { type ControllerOptions, World } from "./world.ts";

export interface Controllers {
  stop(): void;
  /** Lines of a simulated container; null where a real kubelet would have none. */
  podLogs(namespace: string, name: string, container: string, previous: boolean): readonly LogEntry[] | null;
}

const groups: Readonly<Record<string, string>> = {
  Deployment: "apps",
  ReplicaSet: "apps",
  ReplicationController: "",
  StatefulSet: "apps",
  DaemonSet: "apps",
  Job: "batch",
  CronJob: "batch",
  Pod: "",
  Node: "",
  PersistentVolumeClaim: "",
  PersistentVolume: "",
  Service: "",
  PodDisruptionBudget: "policy",
  HorizontalPodAutoscaler: "autoscaling",
};

export function startControllers(store: Store, options: ControllerOptions): Controllers {
  const world = new World(store, options);
  const kubelet = new Kubelet(world);
  const nodes = new Nodes(world);
  const claims = new VolumeClaims(world);
  const cronJobs = new CronJobs(world);
  const autoscalers = new Autoscalers(world);
  const logs = new PodLogs(options.now);
  const retries = new Retries(world);
  /** Looks that are due at a moment (deadlines, minReadySeconds), one for each object. */
  const looks = new Map<string, () => void>();
  const queue = new WorkQueue(
    (key) => world.guard(() => work(key)),
    (run) => {
      options.setTimer(0, run);
    },
  );

  const keyOf = (kind: string, object: { metadata: { namespace?: string; name: string } }) =>
    `${kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
  const add = (object: KubeObject) => {
    if (groups[object.kind] !== undefined) queue.add(keyOf(object.kind, object));
  };
  const addAll = (kind: string) => {
    for (const object of world.list(groups[kind] ?? "", kind)) add(object);
  };

  function work(key: string): void {
    const [kind = "", namespace = "", name = ""] = key.split("/");
    const object = world.get(groups[kind] ?? "", kind, namespace, name);
    looks.get(key)?.();
    looks.delete(key);
    if (object === null || (makesThings(kind) && namespaceEnds(store, namespace))) return;
    syncs.get(kind)?.(object, (afterMs) => {
      looks.get(key)?.();
      looks.set(
        key,
        world.after(afterMs, () => {
          looks.delete(key);
          queue.add(key);
        }),
      );
    });
  }

  function follow(event: StoreEvent): void {
    const { object } = event;
    if (object.kind === "Event") return;
    world.follow(event);
    if (event.type === "DELETED") gone(object);
    else add(object);
    concerned(event);
  }

  function gone(object: KubeObject): void {
    if (object.kind === "Pod") {
      kubelet.forget(object.metadata.uid ?? "");
      nodes.forget(object.metadata.uid ?? "");
      logs.forget(object.metadata.uid ?? "");
    }
    if (object.kind === "PersistentVolumeClaim") claims.gone(object as Claim);
    if (object.kind === "CronJob") cronJobs.forget(object.metadata.uid ?? "");
    if (object.kind === "HorizontalPodAutoscaler") autoscalers.forget(object.metadata.uid ?? "");
    if (object.kind === "Service") forgetService(world, object);
    retries.done(object);
  }

  /** A pod that went made room. */
  function addWaiting(): void {
    for (const pod of world.podsWaiting()) add(pod);
  }

  /** Recreate waits until the last old pod is gone, which its ReplicaSet's status does not show. */
  function addGrandparent(pod: KubeObject): void {
    const set = pod.metadata.ownerReferences?.find((owner) => owner.kind === "ReplicaSet");
    const found = set === undefined ? null : world.get("apps", "ReplicaSet", pod.metadata.namespace ?? "", set.name);
    const deployment = found?.metadata.ownerReferences?.find((owner) => owner.kind === "Deployment");
    const { namespace } = pod.metadata;
    if (deployment !== undefined) queue.add(keyOf("Deployment", { metadata: { namespace, name: deployment.name } }));
  }

  /** Others that a change matters to. */
  function concerned({ type, object, previous }: StoreEvent): void {
    const { namespace = "", name } = object.metadata;
    for (const owner of object.metadata.ownerReferences ?? []) {
      if (owner.controller === true && groups[owner.kind] !== undefined)
        queue.add(keyOf(owner.kind, { metadata: { namespace, name: owner.name } }));
    }
    switch (object.kind) {
      case "Pod":
        if (type === "DELETED") {
          addGrandparent(object);
          addWaiting();
        }
        if (type === "MODIFIED" && previous !== null) logs.changed(previous as Pod, object as Pod);
        for (const service of world.servicesOf<Service>(object)) add(service);
        for (const budget of world.budgetsIn(namespace)) add(budget);
        for (const volume of (object as Pod).spec.volumes ?? []) {
          const claim =
            volume.ephemeral === undefined
              ? volume.persistentVolumeClaim?.claimName
              : ephemeralClaim(object, volume.name);
          if (claim !== undefined && (type !== "ADDED" || previous === null))
            queue.add(keyOf("PersistentVolumeClaim", { metadata: { namespace, name: claim } }));
        }
        return;
      case "ConfigMap":
      case "Secret":
        // What runs has read them.
        for (const pod of world.podsReferringTo(object.kind, namespace, name))
          if ((pod.status?.phase ?? "Pending") === "Pending") add(pod);
        return;
      case "PersistentVolumeClaim":
        for (const pod of world.podsReferringTo(object.kind, namespace, name)) add(pod);
        return;
      case "PersistentVolume":
        if (textOf(object["status"], "phase") === "Available") addAll("PersistentVolumeClaim");
        return;
      case "StorageClass":
        if (type === "ADDED") addAll("PersistentVolumeClaim");
        return;
      case "Node":
        if (type === "MODIFIED" && !nodeChanged(object, previous)) return;
        addAll("Pod");
        addAll("DaemonSet");
        return;
    }
  }

  const syncs = new Map<string, (object: KubeObject, resync: (afterMs: number) => void) => void>([
    ["Deployment", (object, resync) => syncDeployment(world, object as Deployment, resync)],
    ["ReplicaSet", (object, resync) => syncReplicaSet(world, object as ReplicaSet, retries, resync)],
    ["ReplicationController", (object, resync) => syncReplicaSet(world, object as ReplicaSet, retries, resync)],
    ["Node", (object) => nodes.sync(object as Node)],
    ["StatefulSet", (object, resync) => syncStatefulSet(world, object as StatefulSet, retries, resync)],
    ["DaemonSet", (object, resync) => syncDaemonSet(world, object as DaemonSet, retries, resync)],
    ["Job", (object, resync) => syncJob(world, object as Job, retries, resync)],
    ["CronJob", (object, resync) => cronJobs.sync(object as CronJob, resync)],
    ["PersistentVolumeClaim", (object) => claims.sync(object as Claim)],
    ["PersistentVolume", (object) => syncVolume(world, object)],
    ["Service", (object) => syncService(world, object as Service)],
    ["PodDisruptionBudget", (object) => syncDisruptionBudget(world, object as DisruptionBudget)],
    ["HorizontalPodAutoscaler", (object, resync) => autoscalers.sync(object as Autoscaler, resync)],
    ["Pod", syncPod],
  ]);

  function syncPod(object: KubeObject): void {
    schedule(world, object as Pod);
    syncEphemeralVolumes(world, object as Pod);
    const pod = (world.fresh(object) ?? object) as Pod;
    nodes.syncPod(pod, world.get<Node>("", "Node", "", pod.spec.nodeName ?? ""));
    kubelet.sync(pod);
  }

  const unsubscribe = store.subscribe(follow);
  // What is there already: a cluster that was stopped goes on where it was.
  for (const type of store.types()) {
    for (const object of store.list(type)) {
      world.follow({ type: "ADDED", resource: type, object, previous: null });
      add(object);
    }
  }

  return {
    stop() {
      unsubscribe();
      queue.stop();
      kubelet.stop();
      nodes.stop();
      claims.stop();
      retries.stop();
      for (const cancel of looks.values()) cancel();
      looks.clear();
    },
    podLogs(namespace, name, container, previous) {
      const pod = world.get<Pod>("", "Pod", namespace, name);
      return pod === null ? null : logs.of(pod, container, previous);
    },
  };
}

const textOf = (value: unknown, key: string) => (value as Record<string, unknown> | undefined)?.[key];

/** Pods and claims only come to their end. */
const makesThings = (kind: string) => !["Pod", "Node", "PersistentVolumeClaim"].includes(kind);

/** A node's heartbeat changes its status and nothing that pods are placed by, or live by. */
function nodeChanged(node: KubeObject, previous: KubeObject | null): boolean {
  const placed = (each: KubeObject | null) =>
    JSON.stringify([
      each?.metadata.labels,
      each?.["spec"],
      textOf(each?.["status"], "allocatable"),
      each === null || isNodeReady(each as Node),
    ]);
  return placed(node) !== placed(previous);
}
