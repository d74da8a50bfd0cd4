import { KubeError, userError } from "../model/errors.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import { APPLYSET_ID_LABEL, applySetAnnotations, applySetId, inventoryName } from "../plan/applyset.ts";
import type { Kube, ObjectRef } from "../ports.ts";
import { decodeInventory, encodeInventory } from "./inventory-format.ts";

/** An inventory and the precondition for replacing or deleting it. */
export interface StoredInventory {
  readonly inventory: Inventory;
  readonly resourceVersion: string;
  readonly uid: string;
}

const COMPONENT = "inventory";

/** Every inventory of a project, by stack, from one list. A namespace that does not exist holds none. */
export async function readInventories(
  kube: Kube,
  project: string,
  namespace: string,
): Promise<ReadonlyMap<string, StoredInventory>> {
  const labelSelector = Object.entries(projectLabels(project))
    .map(([label, value]) => `${label}=${value}`)
    .join(",");
  const { items } = await kube.list({ group: "", version: "v1", kind: "Secret" }, { namespace, labelSelector });
  const stored = items.map(decodeSecret);
  return new Map(stored.map((each) => [each.inventory.stack, each]));
}

/**
 * Creates (previous null) or replaces a stack's inventory. Throws UserError `inventory-changed` when somebody else
 * wrote it since `previous` was read, and `inventory-too-large`.
 */
export async function writeInventory(
  kube: Kube,
  namespace: string,
  inventory: Inventory,
  previous: StoredInventory | null,
): Promise<StoredInventory> {
  const secret = encodeSecret(namespace, inventory);
  const fieldManager = `k8sctl:${inventory.project}`;
  try {
    const written = previous
      ? await kube.replace(
          { ...secret, metadata: { ...secret.metadata, resourceVersion: previous.resourceVersion, uid: previous.uid } },
          fieldManager,
        )
      : await kube.create(secret, fieldManager);
    return decodeSecret(written);
  } catch (cause) {
    throw isLostUpdate(cause) ? changedMeanwhile(inventory, cause) : cause;
  }
}

/** Throws UserError `inventory-changed` when somebody else wrote it since it was read. */
export async function deleteInventory(kube: Kube, namespace: string, stored: StoredInventory): Promise<void> {
  const { project, stack } = stored.inventory;
  try {
    await kube.delete(inventoryRef(project, stack, namespace), {
      uid: stored.uid,
      resourceVersion: stored.resourceVersion,
      propagation: "Background",
    });
  } catch (cause) {
    throw isLostUpdate(cause) ? changedMeanwhile(stored.inventory, cause) : cause;
  }
}

/** Makes the namespace of inventories and leases where it is missing; it stays when all stacks are gone. */
export async function ensureNamespace(kube: Kube, project: string, name: string): Promise<void> {
  try {
    if (await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name })) return;
  } catch (error) {
    // Whoever may not see namespaces works in those that are there; a missing one shows with the first write.
    if (error instanceof KubeError && error.status === 403) return;
    throw error;
  }
  try {
    await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } }, `k8sctl:${project}`);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 409)) throw error;
  }
}

export function inventoryRef(project: string, stack: string, namespace: string): ObjectRef {
  return { group: "", version: "v1", kind: "Secret", namespace, name: inventoryName(project, stack) };
}

function projectLabels(project: string): Record<string, string> {
  return {
    "app.kubernetes.io/managed-by": "k8sctl",
    "app.kubernetes.io/component": COMPONENT,
    "app.kubernetes.io/part-of": project,
  };
}

function encodeSecret(namespace: string, inventory: Inventory): KubeObject {
  const { project, stack, entries } = inventory;
  return {
    apiVersion: "v1",
    kind: "Secret",
    type: "k8sctl/inventory",
    metadata: {
      name: inventoryName(project, stack),
      namespace,
      labels: { ...projectLabels(project), [APPLYSET_ID_LABEL]: applySetId(project, stack, namespace) },
      annotations: applySetAnnotations(
        entries.map((e) => e.id),
        namespace,
      ),
    },
    data: encodeInventory(inventory),
  };
}

function decodeSecret(secret: KubeObject): StoredInventory {
  const { name, namespace, resourceVersion, uid } = secret.metadata;
  return {
    inventory: decodeInventory((secret["data"] ?? {}) as Record<string, string>, `${namespace}/${name}`),
    resourceVersion: resourceVersion ?? "",
    uid: uid ?? "",
  };
}

/** AlreadyExists of a create, Conflict of a precondition, or nothing left to replace. */
function isLostUpdate(error: unknown): boolean {
  return error instanceof KubeError && (error.status === 409 || error.status === 404);
}

function changedMeanwhile(inventory: Inventory, cause: unknown): Error {
  return userError("inventory-changed", `the inventory of stack ${inventory.stack} was changed by somebody else`, {
    cause,
    remedy: "run the command again: it plans from what is there now",
  });
}
