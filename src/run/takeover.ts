import { KubeError } from "../model/errors.ts";
import { typeOf } from "../model/ids.ts";
import type { Json } from "../model/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import { owningStrategy } from "../plan/strategy.ts";
import { takenOver } from "../plan/takeover.ts";
import type { Kube } from "../ports.ts";

/** Somebody writes to the object at the same time: so often is the new state read and tried again. */
const TAKEOVER_TRIES = 5;

/**
 * Makes former managers' entries ours before the apply that adopts. Killed in between, the object bears our entry and
 * nobody's label: the next plan adopts it all the same.
 */
export function takeOver(kube: Kube, object: KubeObject, fieldManager: string): Promise<void> {
  return rewriteManagers(kube, object, fieldManager, (live) => takenOver(live.metadata.managedFields, fieldManager));
}

/** Makes a strategy that the server filled in ours, so that the apply that follows takes it away. */
export function ownStrategy(kube: Kube, object: KubeObject, fieldManager: string): Promise<void> {
  return rewriteManagers(kube, object, fieldManager, (live) => owningStrategy(live, fieldManager));
}

async function rewriteManagers(
  kube: Kube,
  object: KubeObject,
  fieldManager: string,
  rewrite: (live: KubeObject) => ManagedFieldsEntry[] | null,
): Promise<void> {
  const { namespace = "", name } = object.metadata;
  const ref = { ...typeOf(object.apiVersion, object.kind), namespace, name };
  for (let tries = 1; ; tries++) {
    const live = await kube.get(ref);
    const entries = live && rewrite(live);
    if (!live || entries === null) return;
    const version = live.metadata.resourceVersion ?? "";
    const steps = [
      { op: "replace", path: "/metadata/managedFields", value: entries as unknown as Json },
      { op: "replace", path: "/metadata/resourceVersion", value: version },
    ];
    try {
      await kube.patch(ref, steps, fieldManager);
      return;
    } catch (error) {
      if (!(error instanceof KubeError && error.status === 409) || tries === TAKEOVER_TRIES) throw error;
    }
  }
}
