import type { JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { at, listAt, numberAt, textAt } from "../model/read-field.ts";
import { child } from "../schema/defaults/missing.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { patchBody } from "./body.ts";
import type { Call } from "./call.ts";
import { selects } from "./controllers/selectors.ts";
import type { Selector } from "./controllers/shapes.ts";
import { deleteObject } from "./deleting.ts";
import { badRequest, Refusal } from "./failures.ts";
import { timestamp } from "./memory-store.ts";
import { liveObject } from "./reading.ts";

/** Deletes the pod unless a PodDisruptionBudget of its namespace forbids it (API reference, Eviction). */
export function evictionCall(call: Call): Answer {
  const body = patchBody(call);
  if (textAt(body, "metadata", "name") !== call.name && textAt(body, "metadata", "name") !== "")
    throw badRequest("name in URL does not match name in Eviction object");
  const pod = liveObject(call);
  const dryRun = listAt(body, "deleteOptions", "dryRun").includes("All") || call.query.getAll("dryRun").includes("All");
  if (!isHarmless(pod)) spend(call, pod, dryRun);
  const { store } = call.cluster;
  const marked = dryRun ? pod : store.update(call.type, disrupted(pod, timestamp(call.cluster.now())));
  const grace = at(body, "deleteOptions", "gracePeriodSeconds");
  deleteObject(call.cluster, call.type, marked, {
    ...{ dryRun, propagation: null, uid: "", resourceVersion: "" },
    grace: typeof grace === "number" ? grace : null,
  });
  return jsonAnswer(
    201,
    JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }),
  );
}

/** A pod that serves nobody, or goes already, is no loss to a budget. */
function isHarmless(pod: KubeObject): boolean {
  const phase = textAt(pod, "status", "phase");
  return ["Succeeded", "Failed", "Pending"].includes(phase) || pod.metadata.deletionTimestamp !== undefined;
}

/** Takes one disruption from the pod's budget at once: evictions that come together must not all see the same one. */
function spend(call: Call, pod: KubeObject, dryRun: boolean): void {
  const { store, catalog } = call.cluster;
  const type = catalog.find("policy", "v1", "poddisruptionbudgets")!;
  const budgets = store.list(type, call.namespace).filter((budget) => {
    const selector = at(budget, "spec", "selector") as Selector | undefined;
    return selector !== undefined && selects(selector, pod.metadata.labels);
  });
  if (budgets.length > 1) {
    const why = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    throw new Refusal(500, "InternalError", `Internal error occurred: ${why}`, null, [{ reason: "", message: why }]);
  }
  const [budget] = budgets;
  if (budget === undefined || sparesUnhealthy(pod, budget)) return;
  const allowed = numberAt(budget, "status", "disruptionsAllowed");
  if (allowed <= 0) throw violated(budget);
  if (dryRun) return;
  const next = structuredClone(budget);
  const status = child(asJson(next), "status");
  status["disruptionsAllowed"] = allowed - 1;
  status["disruptedPods"] = {
    ...(at(budget, "status", "disruptedPods") as JsonObject | undefined),
    [pod.metadata.name]: timestamp(call.cluster.now()),
  };
  store.update(type, next);
}

/** A pod that is not ready may go when the others are enough, or always where the budget says so. */
function sparesUnhealthy(pod: KubeObject, budget: KubeObject): boolean {
  const ready = listAt(pod, "status", "conditions").some(
    (each) => textAt(each, "type") === "Ready" && textAt(each, "status") === "True",
  );
  if (ready) return false;
  if (textAt(budget, "spec", "unhealthyPodEvictionPolicy") === "AlwaysAllow") return true;
  const desired = numberAt(budget, "status", "desiredHealthy");
  return desired > 0 && numberAt(budget, "status", "currentHealthy") >= desired;
}

function violated(budget: KubeObject): Refusal {
  const needs = numberAt(budget, "status", "desiredHealthy");
  const has = numberAt(budget, "status", "currentHealthy");
  const why = `The disruption budget ${budget.metadata.name} needs ${needs} healthy pods and has ${has} currently`;
  const causes = [{ reason: "DisruptionBudget", message: why }];
  const message = "Cannot evict pod as it would violate the pod's disruption budget.";
  return new Refusal(429, "TooManyRequests", message, {}, causes);
}

/** Why the pod goes is told by a condition that outlives it in a Job's or an operator's eyes. */
function disrupted(pod: KubeObject, stamp: string): KubeObject {
  const others = listAt(pod, "status", "conditions").filter((each) => textAt(each, "type") !== "DisruptionTarget");
  const condition = {
    type: "DisruptionTarget",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: stamp,
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
  };
  const next = structuredClone(pod);
  child(asJson(next), "status")["conditions"] = [...others, condition];
  return next;
}
