import { systemClock } from "../../../src/host/clock.ts";
import { openKube } from "../../../src/host/kube/kube.ts";
import type { ClusterAccess } from "../../../src/model/access.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import type { Exec, Kube } from "../../../src/ports.ts";
import { clientOf } from "../../embedded/client.ts";

export interface Kubelet {
  stop(): Promise<void>;
}

const noPrograms: Exec = { run: () => Promise.reject(new Error("no program is expected to run")) };

interface PodSpec {
  readonly containers: readonly { readonly name: string; readonly image?: string }[];
}

/**
 * What nodes would do, through the status subresource: pods run and become Ready at once, those of Jobs succeed, and
 * each claim gets a volume. A pod with the image `never` stays Pending. Pods are not bound to a node, so that a delete
 * takes them at once.
 */
export async function startKubelet(access: ClusterAccess): Promise<Kubelet> {
  const kube = openKube(access, { exec: noPrograms, clock: systemClock });
  const client = clientOf(access);
  const abort = new AbortController();
  const merge = { "content-type": "application/merge-patch+json" };

  const run = async (pod: KubeObject): Promise<void> => {
    const { namespace = "", name } = pod.metadata;
    const { containers } = pod["spec"] as PodSpec;
    const phase = (pod["status"] as { phase?: string } | undefined)?.phase;
    if (phase !== "Pending" || pod.metadata.deletionTimestamp || containers.some((c) => c.image === "never")) return;
    const isJob = pod.metadata.ownerReferences?.some((owner) => owner.kind === "Job") ?? false;
    const path = `/api/v1/namespaces/${namespace}/pods/${name}/status`;
    await client.send({ method: "PATCH", path, headers: merge, body: { status: statusOf(containers, isJob) } });
  };
  const bind = async (claim: KubeObject): Promise<void> => {
    if ((claim["status"] as { phase?: string } | undefined)?.phase !== "Pending") return;
    await kube.create(volumeFor(claim), "kubelet").catch(() => undefined);
  };
  const watching = [follow(kube, "Pod", abort.signal, run), follow(kube, "PersistentVolumeClaim", abort.signal, bind)];
  return {
    stop: async () => {
      abort.abort();
      await Promise.allSettled(watching);
      client.close();
      kube.close();
    },
  };
}

async function follow(
  kube: Kube,
  kind: string,
  signal: AbortSignal,
  act: (object: KubeObject) => Promise<void>,
): Promise<void> {
  for await (const event of kube.watch({ group: "", version: "v1", kind }, { signal })) {
    if (event.type === "SYNCED" || event.type === "DELETED") continue;
    // The object may be gone by now; the server's word stands.
    await act(event.object).catch(() => undefined);
  }
}

function statusOf(containers: PodSpec["containers"], isJob: boolean): object {
  const time = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
  const now = time(Date.now());
  // Long enough ago that a run need not watch whether a container without a probe stays up.
  const startedAt = time(Date.now() - 60_000);
  const state = isJob
    ? { terminated: { exitCode: 0, reason: "Completed", startedAt, finishedAt: now } }
    : { running: { startedAt } };
  const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: now });
  const up = isJob ? "False" : "True";
  return {
    phase: isJob ? "Succeeded" : "Running",
    startTime: now,
    podIP: "10.244.0.1",
    podIPs: [{ ip: "10.244.0.1" }],
    conditions: [
      condition("PodScheduled", "True"),
      condition("Initialized", "True"),
      condition("ContainersReady", up),
      condition("Ready", up),
    ],
    containerStatuses: containers.map(({ name, image = "" }) => ({
      name,
      image,
      imageID: image,
      ready: !isJob,
      started: !isJob,
      restartCount: 0,
      state,
    })),
  };
}

function volumeFor(claim: KubeObject): KubeObject {
  const { namespace = "", name, uid = "" } = claim.metadata;
  const spec = claim["spec"] as {
    accessModes: string[];
    resources: { requests: { storage: string } };
    storageClassName?: string;
  };
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `pv-${uid}` },
    spec: {
      capacity: { storage: spec.resources.requests.storage },
      accessModes: spec.accessModes,
      persistentVolumeReclaimPolicy: "Retain",
      ...(spec.storageClassName ? { storageClassName: spec.storageClassName } : {}),
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid },
      hostPath: { path: `/tmp/${uid}` },
    },
  };
}
