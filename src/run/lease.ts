import { KubeError } from "../model/errors.ts";
import type { KubeObject } from "../model/objects.ts";
import { inventoryName } from "../plan/applyset.ts";
import type { Kube, ObjectRef } from "../ports.ts";

/** Seconds that a lease holds without renewal, unless it says otherwise. */
export const LEASE_SECONDS = 15;

/** Who writes. `id` tells two runs of one process apart. */
export interface Holder {
  readonly host: string;
  /** See `Ports.identity`. */
  readonly machine: string;
  readonly pid: number;
  readonly id: string;
  /** `up`, `down --stack web`: for the person who is kept out. */
  readonly command: string;
}

/** A Lease as read. `since` is RFC 3339, "" where it is missing. */
export interface HeldLease {
  readonly stack: string;
  readonly holder: Holder;
  readonly since: string;
  /** How long it holds without renewal: whoever waits goes by what the holder said, not by a constant of its own. */
  readonly seconds: number;
  readonly resourceVersion: string;
  readonly uid: string;
}

/** What a holder says of a lease. */
export type LeaseContent = Pick<HeldLease, "stack" | "holder" | "since" | "seconds">;

const COMMAND_ANNOTATION = "k8sctl.command";
const MACHINE_ANNOTATION = "k8sctl.machine";

function leaseRef(project: string, stack: string, namespace: string): ObjectRef {
  return { group: "coordination.k8s.io", version: "v1", kind: "Lease", namespace, name: inventoryName(project, stack) };
}

/** null where nobody holds the stack. */
export async function readLease(
  kube: Kube,
  project: string,
  stack: string,
  namespace: string,
): Promise<HeldLease | null> {
  const object = await kube.get(leaseRef(project, stack, namespace));
  return object && decodeLease(object, stack);
}

/** Stacks of a project that somebody holds, or held when it was killed. */
export async function leasedStacks(kube: Kube, project: string, namespace: string): Promise<string[]> {
  const type = { group: "coordination.k8s.io", version: "v1", kind: "Lease" };
  const labelSelector = `app.kubernetes.io/managed-by=k8sctl,app.kubernetes.io/part-of=${project}`;
  const { items } = await kube.list(type, { namespace, labelSelector });
  const prefix = inventoryName(project, "");
  return items.flatMap(({ metadata: { name } }) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
}

/**
 * Writes the lease in the holder's name: a create where `over` is null, else a replace of exactly that version. null
 * when somebody else was faster.
 */
export async function writeLease(
  kube: Kube,
  project: string,
  namespace: string,
  lease: LeaseContent,
  over: HeldLease | null,
  now: number,
): Promise<HeldLease | null> {
  const object = encodeLease(project, namespace, lease, now);
  const fieldManager = `k8sctl:${project}`;
  try {
    const written = over
      ? await kube.replace(
          { ...object, metadata: { ...object.metadata, uid: over.uid, resourceVersion: over.resourceVersion } },
          fieldManager,
        )
      : await kube.create(object, fieldManager);
    return decodeLease(written, lease.stack);
  } catch (error) {
    if (error instanceof KubeError && (error.status === 409 || (over && error.status === 404))) return null;
    throw error;
  }
}

/** Removes the lease if it is still exactly this version; false when it is another by now. */
export async function removeLease(kube: Kube, project: string, namespace: string, lease: HeldLease): Promise<boolean> {
  const { uid, resourceVersion } = lease;
  try {
    await kube.delete(leaseRef(project, lease.stack, namespace), { uid, resourceVersion, propagation: "Background" });
    return true;
  } catch (error) {
    if (error instanceof KubeError && error.status === 409) return false;
    throw error;
  }
}

/** MicroTime (API reference): RFC 3339 with exactly six digits of a second's fraction. */
export function microTime(wall: number): string {
  return new Date(wall).toISOString().replace("Z", "000Z");
}

function encodeLease(project: string, namespace: string, lease: LeaseContent, now: number): KubeObject {
  const { host, machine, pid, id, command } = lease.holder;
  const ref = leaseRef(project, lease.stack, namespace);
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: ref.name,
      namespace,
      labels: { "app.kubernetes.io/managed-by": "k8sctl", "app.kubernetes.io/part-of": project },
      annotations: { [COMMAND_ANNOTATION]: command, [MACHINE_ANNOTATION]: machine },
    },
    spec: {
      holderIdentity: `${host}/${pid}/${id}`,
      leaseDurationSeconds: lease.seconds,
      acquireTime: lease.since,
      renewTime: microTime(now),
    },
  };
}

/** A lease with a foreign identity is somebody's too: it is judged by its age like any other. */
function decodeLease(object: KubeObject, stack: string): HeldLease {
  const spec = (object["spec"] ?? {}) as {
    holderIdentity?: string;
    acquireTime?: string;
    leaseDurationSeconds?: number;
  };
  const { [COMMAND_ANNOTATION]: command = "", [MACHINE_ANNOTATION]: machine = "" } = object.metadata.annotations ?? {};
  const [host = "", pid = "", id = ""] = (spec.holderIdentity ?? "").split("/");
  return {
    stack,
    holder: { host, machine, pid: Number(pid) || 0, id, command },
    since: spec.acquireTime ?? "",
    seconds: spec.leaseDurationSeconds ?? LEASE_SECONDS,
    resourceVersion: object.metadata.resourceVersion ?? "",
    uid: object.metadata.uid ?? "",
  };
}
