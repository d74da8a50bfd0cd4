import type { KubeObject } from "../../model/objects.ts";
import { existedFor } from "../elapsed.ts";
import { failed, ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { graces } from "../graces.ts";
import {
  at,
  type Condition,
  conditionsOf,
  lagging,
  lagMessage,
  listAt,
  readConditions,
  textAt,
  wholeNumber,
} from "../reading.ts";
import type { Finding, Related, Rule, Trouble } from "../related.ts";

/** In this order: the first that the object has decides. */
const readyConditions = [
  "Ready",
  "Available",
  "Programmed",
  "Healthy",
  "Succeeded",
  "Complete",
  "Established",
  "Synced",
];
/** Where one of these says no, nothing else makes it ready. */
const neededConditions = ["Synced", "Accepted", "ResolvedRefs"];

/** Reasons that common controllers give when they will not try again. */
const terminalReasons = new Set([
  "Failed",
  "Invalid",
  "InvalidSpec",
  "InvalidConfiguration",
  "InvalidConfig",
  "InvalidParameters",
  "TerminalError",
  "ValidationFailed",
  "UnsupportedConfiguration",
  "UnsupportedValue",
]);

/** Words of `status.phase` and its kind, in lower case. */
const goodWords =
  /^(ready|running|active|available|bound|succeeded|complete|completed|healthy|synced|deployed|established|online|ok)$/;
const badWords = /^(failed|failure|error|errored|invalid)$/;
const busyWords = /ing$|^(pending|new|unknown|init|waiting|queued)/;

/**
 * A custom resource by its conditions (kstatus's conventions): Stalled means failed, Reconciling means on its way, a
 * Ready or Available condition of the current generation decides; then a word such as `status.phase`. Where there is
 * nothing of the kind it counts as ready only after a grace: its controller may not have seen it yet.
 */
export const customStatus: Rule = (object, related, now) => {
  if (wholeNumber(at(object, "status", "observedGeneration")) !== null && lagging(object)) {
    return progressing(lagMessage);
  }
  const all = [...conditionsOf(object), ...conditionsOfParents(object)];
  const conditions = all.filter((condition) => isCurrent(condition, object));
  const named = (type: string) => conditions.find((condition) => condition.type === type);

  const stalled = named("Stalled");
  if (stalled?.status === "True") return failed(conditionTrouble(stalled, true));
  const reconciling = named("Reconciling");
  if (reconciling?.status === "True") return progressing(reconciling.message, { reason: reconciling.reason });

  const refused = conditions.find(({ type, status }) => neededConditions.includes(type) && status === "False");
  const deciding = refused ?? readyConditions.map(named).find((condition) => condition !== undefined);
  if (deciding === undefined) return withoutDecision(object, all, related, now);
  const counts = countsOf(object);
  if (deciding.status === "True") return ready({ ...counts, notes: degradedNotes(named("Degraded")) });
  const said = withPhase(deciding, object);
  if (said.status !== "False") return progressing(said.message, { ...counts, reason: said.reason });
  return troubled(conditionTrouble(said, terminalReasons.has(said.reason)), "", counts);
};

/** Members that are ready, as the scale subresource has them, or CloudNativePG's Cluster. */
function countsOf(object: KubeObject): { readonly ready: number; readonly total: number } | undefined {
  for (const [done, wanted] of [
    ["readyReplicas", "replicas"],
    ["readyInstances", "instances"],
  ] as const) {
    const total = wholeNumber(at(object, "spec", wanted));
    if (total === null || at(object, "status") === undefined) continue;
    const seen = wholeNumber(at(object, "status", done));
    // A count that is left out is none only where the resource counts at all.
    if (seen !== null || done === "readyInstances") return { ready: seen ?? 0, total };
  }
  return undefined;
}

/** Many a "is not ready" says less than the phase beside it ("Creating a new replica"), and what that gives as its reason. */
function withPhase(condition: Condition, object: KubeObject): Condition {
  const phase = textAt(object, "status", "phase");
  const { message } = condition;
  if (phase === "" || message.toLowerCase().includes(phase.toLowerCase())) return condition;
  const reason = textAt(object, "status", "phaseReason");
  const whole = reason === "" ? phase : `${phase}: ${reason}`;
  return { ...condition, message: message === "" ? whole : `${message} (${whole})` };
}

function isCurrent(condition: Condition, object: KubeObject): boolean {
  return condition.observedGeneration === null || condition.observedGeneration >= (object.metadata.generation ?? 0);
}

/** A Gateway API route is judged by each gateway that it hangs on (gateway-api, RouteParentStatus). */
function conditionsOfParents(object: KubeObject): readonly Condition[] {
  return listAt(object, "status", "parents").flatMap((parent) =>
    readConditions(listAt(parent, "conditions")).map((condition) =>
      condition.type === "Accepted" && condition.status === "True" ? { ...condition, type: "Ready" } : condition,
    ),
  );
}

function withoutDecision(object: KubeObject, all: readonly Condition[], related: Related, now: number): Finding {
  // There is a Ready condition, but of an older generation.
  if (all.some((condition) => readyConditions.includes(condition.type))) return progressing(lagMessage);
  // CloudNativePG's Database, Publication and Subscription say whether they are applied.
  const flag = at(object, "status", "ready") ?? at(object, "status", "applied");
  if (flag === true) return ready();
  const word = stateWord(object);
  if (goodWords.test(word.toLowerCase())) return ready({ reason: word });
  const said = textAt(object, "status", "message") || textAt(object, "status", "reason");
  if (badWords.test(word.toLowerCase())) {
    return failed(
      ownTrouble({
        cause: "condition",
        reason: word,
        message: said === "" ? `its status says ${word}` : said,
        remedy: "see the log of the resource's controller",
      }),
    );
  }
  if (flag === false || busyWords.test(word.toLowerCase())) return progressing(said, { reason: word || "NotReady" });
  return existedFor(object, related, now) < graces.noConditionsMs
    ? progressing("waiting for its controller to set conditions")
    : ready({ notes: [word === "" ? "reports nothing to judge it by" : `its status says ${word}`] });
}

/** The one word by which a resource without conditions tells how it is; "" where there is none. */
function stateWord(object: KubeObject): string {
  return (
    textAt(object, "status", "phase") ||
    textAt(object, "status", "state") ||
    textAt(object, "status", "health", "status") ||
    textAt(object, "status", "health")
  );
}

function degradedNotes(degraded: Condition | undefined): string[] {
  return degraded?.status === "True" ? [`degraded: ${degraded.message || degraded.reason}`] : [];
}

function conditionTrouble(condition: Condition, hopeless: boolean): Trouble {
  return ownTrouble({
    cause: "condition",
    reason: condition.reason || condition.type,
    message: condition.message || `${condition.type} is ${condition.status}`,
    since: condition.since,
    hopeless,
    remedy: "see the message, and the log of the resource's controller",
  });
}
