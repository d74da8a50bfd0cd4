import { setMaxListeners } from "node:events";
import { systemClock } from "../../src/host/clock.ts";
import type { Results } from "../../src/model/desired.ts";
import type { RunEventBody } from "../../src/model/events.ts";
import { describeId } from "../../src/model/ids.ts";
import { isJsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Plan } from "../../src/model/plan.ts";
import type { Clock, Kube } from "../../src/ports.ts";
import { type ApplyInput, type ApplyResult, applyPlan } from "../../src/run/apply.ts";
import { readInventories } from "../../src/run/inventory.ts";
import type { Locks } from "../../src/run/renewal.ts";

const never = new AbortController().signal;
// Shared by all runs of a test, the killed ones included.
setMaxListeners(0, never);
const noResults: Results = { live: new Map(), generated: new Map() };

const freeLocks: Locks = { signal: never, ensureHeld: async () => {}, release: async () => {}, assertHeld: () => {} };

export interface Applied {
  readonly result: ApplyResult;
  readonly events: readonly RunEventBody[];
}

/** Applies a plan as `up` does, over the inventories that are there. */
export async function apply(
  kube: Kube,
  plan: Plan,
  more: Partial<ApplyInput> & { readonly clock?: Clock; readonly onEvent?: (event: RunEventBody) => void } = {},
): Promise<Applied> {
  const events: RunEventBody[] = [];
  const { clock = systemClock, onEvent, ...input } = more;
  const emit = (event: RunEventBody) => {
    events.push(event);
    onEvent?.(event);
  };
  const inventories = await readInventories(kube, plan.project, "default");
  const result = await applyPlan(
    { kube, clock },
    {
      plan,
      inventories,
      inventoryNamespace: "default",
      fieldManager: `k8sctl:${plan.project}`,
      parallelism: 16,
      timeouts: { objectSeconds: 5, overallSeconds: null },
      results: noResults,
      fill: (_, template) => template,
      generate: (resource) => ({
        type: resource.type,
        arguments: resource.arguments,
        attributes: { result: `secret-of-${resource.address}` },
      }),
      outputs: () => new Map(),
      locks: freeLocks,
      drain: never,
      abort: never,
      destroy: null,
      ...input,
    },
    emit,
  );
  return { result, events };
}

/** Events as one line each, without statuses. */
export function lines(events: readonly RunEventBody[]): string[] {
  return events.flatMap((event) => {
    switch (event.type) {
      case "object-started":
        return [];
      case "object-applied":
        return [`${event.action} ${describeId(event.id)}`];
      case "object-failed":
        return [`failed ${describeId(event.id)}: ${event.message}`];
      case "object-skipped":
        return [`skipped ${describeId(event.id)} because of ${event.because}`];
      case "kept":
        return [`kept ${describeId(event.id)}: ${event.why}`];
      case "verdict":
        return [`verdict ${describeId(event.verdict.id)}: ${event.verdict.message}`];
      case "stack-ready":
        return [`stack-ready ${event.stack}`];
      case "error":
        return [`error: ${event.message}`];
      default:
        return [];
    }
  });
}

/** A Deployment controller that is done at once. */
export function controllers(object: KubeObject): void {
  const spec = isJsonObject(object["spec"]) ? object["spec"] : {};
  if (object.kind === "Deployment") {
    const replicas = Number(spec["replicas"] ?? 1);
    object["status"] = {
      observedGeneration: object.metadata.generation,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: replicas,
      availableReplicas: replicas,
      conditions: [
        { type: "Available", status: "True" },
        { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
      ],
    };
  }
  if (object.kind === "Namespace") object["status"] = { phase: "Active" };
  if (object.kind === "PersistentVolumeClaim") object["status"] = { phase: "Bound" };
}
