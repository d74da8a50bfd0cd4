import type { KubeObject } from "../../model/objects.ts";
import { existedFor } from "../elapsed.ts";
import { failed, ownTrouble, progressing, ready } from "../finding.ts";
import { graces } from "../graces.ts";
import { at, type Condition, conditionsOf, lagging, lagMessage } from "../reading.ts";
import type { Related, Rule, Trouble } from "../related.ts";

/** In this order: the first that the object has decides. */
const readyConditions = ["Ready", "Available", "Programmed", "Healthy", "Succeeded"];

/** Reasons that common controllers give when they will not try again. */
const terminalReasons = new Set([
  "Failed",
  "Invalid",
  "InvalidSpec",
  "InvalidConfiguration",
  "InvalidConfig",
  "TerminalError",
  "ValidationFailed",
  "UnsupportedConfiguration",
]);

/**
 * A custom resource by its conditions (kstatus's conventions): Stalled means failed, Reconciling means on its way, a
 * Ready or Available condition of the current generation decides. Without conditions it counts as ready only after a
 * grace: its controller may not have seen it yet.
 */
export const customStatus: Rule = (object, related, now) => {
  if (at(object, "status", "observedGeneration") !== undefined && lagging(object)) return progressing(lagMessage);
  const conditions = conditionsOf(object).filter((condition) => isCurrent(condition, object));
  const named = (type: string) => conditions.find((condition) => condition.type === type);

  const stalled = named("Stalled");
  if (stalled?.status === "True") return failed(conditionTrouble(stalled));
  const reconciling = named("Reconciling");
  if (reconciling?.status === "True") return progressing(reconciling.message, { reason: reconciling.reason });

  const deciding = readyConditions.map(named).find((condition) => condition !== undefined);
  if (deciding === undefined) return withoutConditions(object, related, now);
  if (deciding.status === "True") return ready();
  if (deciding.status === "False" && terminalReasons.has(deciding.reason)) return failed(conditionTrouble(deciding));
  return progressing(deciding.message, { reason: deciding.reason });
};

function isCurrent(condition: Condition, object: KubeObject): boolean {
  return condition.observedGeneration === null || condition.observedGeneration >= (object.metadata.generation ?? 0);
}

function withoutConditions(object: KubeObject, related: Related, now: number) {
  if (conditionsOf(object).some((condition) => readyConditions.includes(condition.type)))
    return progressing(lagMessage);
  return existedFor(object, related, now) < graces.noConditionsMs
    ? progressing("waiting for its controller to set conditions")
    : ready({ notes: ["reports no condition to judge it by"] });
}

function conditionTrouble(condition: Condition): Trouble {
  return ownTrouble({
    cause: "condition",
    reason: condition.reason || condition.type,
    message: condition.message || `${condition.type} is ${condition.status}`,
    remedy: "see the message and the log of the resource's controller",
  });
}
