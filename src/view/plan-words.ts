import type { CanaryQuery } from "../model/canary.ts";
import { assertNever } from "../model/json.ts";
import type { Prediction } from "../model/observed.ts";
import type { ChangeCause, Consequence, Plan, PlanAction, PlanCounts, PlanItem } from "../model/plan.ts";
import { planHasChanges } from "../model/plan.ts";
import { refusalRemedy } from "../model/refusal-remedy.ts";
import { formatAge, formatDuration } from "./duration.ts";

/** The words of a plan, shared by the screen and the pull request. */

export function clusterLabel(cluster: Plan["cluster"]): string {
  return cluster.provider === "context" || cluster.name.includes("/")
    ? cluster.name
    : `${cluster.provider}/${cluster.name}`;
}

/** `config`, `drift`, `config, drift`; for other actions what is special about them. "" for a plain create. */
export function causeWord(item: PlanItem): string {
  switch (item.action) {
    case "create":
    case "unchanged":
      return "";
    case "update":
      return [...new Set(item.changes.map((c) => c.cause.type))].join(", ");
    case "replace":
      return "replace";
    case "delete":
      // `down` deletes everything: no object has a reason of its own.
      return item.why === "" ? "" : "pruned";
    case "adopt":
    case "forget":
      return item.action;
    case "blocked":
      return item.refusal?.status === 409 ? "conflict" : "blocked";
    default:
      return assertNever(item.action);
  }
}

/** What follows the cause on the item's line, the most important first. */
export function reasons(item: PlanItem, now: number | null): string[] {
  const words = item.consequences.map(consequenceWords);
  if (item.why !== "") words.push(item.why);
  else if (item.action === "adopt") words.push("exists already; this stack takes it over");
  const causes = new Map(
    item.changes.filter((c) => c.cause.type !== "config").map((c) => [JSON.stringify(c.cause), c.cause]),
  );
  for (const cause of causes.values()) words.push(causeWords(cause, now));
  if (item.prediction !== null) words.push(predictionWords(item.prediction));
  return [...new Set(words.filter((w) => w !== ""))];
}

export function causeWords(cause: ChangeCause, now: number | null): string {
  switch (cause.type) {
    case "config":
      return "";
    case "drift":
      return cause.manager === ""
        ? "somebody took a field away"
        : `${cause.manager} changed it${when(cause.time, now)}`;
    case "conflict":
      return `owned by ${cause.manager}`;
    case "server":
      return "set by the server";
    default:
      return assertNever(cause);
  }
}

function when(time: string | null, now: number | null): string {
  if (time === null) return "";
  const at = Date.parse(time);
  if (now === null || Number.isNaN(at)) return ` at ${time}`;
  return ` ${formatAge(now - at)} ago`;
}

function consequenceWords(consequence: Consequence): string {
  switch (consequence.type) {
    case "restarts-pods":
      return `restarts ${plural(consequence.pods, "pod")}${consequence.meanwhile === undefined ? "" : `: ${consequence.meanwhile}`}`;
    case "replace":
      return consequence.message !== ""
        ? consequence.message
        : `${consequence.fields.join(", ")} cannot be changed in place`;
    case "loses-data":
      return `LOSES DATA: ${consequence.what}`;
    case "claims-keep-size":
      return claimWords(consequence);
    case "takes-field":
      return `takes ${consequence.path} from ${consequence.from}`;
    case "canary":
      return canaryWords(consequence);
    default:
      return assertNever(consequence);
  }
}

/** Growing is a patch of each claim, where its class allows it; nothing makes a volume smaller. */
function claimWords(kept: Extract<Consequence, { type: "claims-keep-size" }>): string {
  const { namespace, claims, before, after, grows } = kept;
  const [first = "", last = ""] = [claims[0], claims.at(-1)];
  const names = first === last ? `claim ${first} keeps` : `claims ${first} to ${last} keep`;
  if (!grows) return `${names} ${before}: a volume cannot be made smaller`;
  const patch = JSON.stringify({ spec: { resources: { requests: { storage: after } } } });
  return `${names} ${before}; where the class allows it, enlarge with: kubectl -n ${namespace} patch pvc ${claims.join(" ")} -p '${patch}'`;
}

function canaryWords({ pods, of, pauseSeconds, query }: Extract<Consequence, { type: "canary" }>): string {
  const pause = pauseSeconds === 0 ? "" : `, pause ${formatDuration(pauseSeconds * 1000)}`;
  const asked = query === null ? "" : `, then ${query.promql} ${boundWords(query)}`;
  return `canary: ${pods} of ${plural(of, "pod")} first${pause}${asked}`;
}

function boundWords({ below, above }: CanaryQuery): string {
  const bounds = [above === null ? "" : `above ${above}`, below === null ? "" : `below ${below}`];
  return bounds.filter((bound) => bound !== "").join(" and ");
}

function predictionWords(prediction: Prediction): string {
  switch (prediction.because) {
    case "cluster-missing":
      return "";
    case "namespace-missing":
      return `checked by schema only: namespace ${prediction.namespace} does not exist yet`;
    case "object-missing":
      return "checked by schema only: the object does not exist yet";
    case "type-missing":
      return `checked by schema only: ${prediction.kind} is not known to the cluster yet`;
    case "unknown-values":
      return "checked by schema only: holds values that are known after apply";
    default:
      return assertNever(prediction);
  }
}

/** One line on what to do about a blocked item. */
export function blockedRemedy(item: PlanItem): string {
  const conflict = item.changes.find((c) => c.cause.type === "conflict");
  if (conflict !== undefined || item.refusal?.status === 409) {
    return "leave it to them (--yield FIELD) or out of the stack, or take it (--take FIELD)";
  }
  return item.refusal === null ? "" : refusalRemedy(item.refusal);
}

const signs: Record<Exclude<PlanAction, "adopt">, string> = {
  create: "+",
  update: "~",
  replace: "-/+",
  delete: "-",
  forget: "-",
  unchanged: " ",
  blocked: "!",
};

/** `spoken`: for a screen reader, the word itself. */
export function signOf(action: PlanAction, adopt: string, spoken = false): string {
  if (spoken) return action;
  return action === "adopt" ? adopt : signs[action];
}

/** `Plan: 1 to add, 2 to change, ...` or `No changes. ...` */
export function planSentence(plan: Plan): string {
  const c = plan.counts;
  if (!planHasChanges(plan)) {
    const all = totalOf(c);
    return all === 0
      ? "No changes. The stacks hold no objects."
      : `No changes. ${plural(all, "object")} on ${clusterLabel(plan.cluster)} ${all === 1 ? "is" : "are"} as the stacks say.`;
  }
  const parts = [
    `${c.create} to add`,
    `${c.update} to change`,
    `${c.replace} to replace`,
    `${c.delete} to delete`,
    ...(c.adopt > 0 ? [`${c.adopt} to adopt`] : []),
    ...(c.forget > 0 ? [`${c.forget} to forget`] : []),
    ...(c.blocked > 0 ? [`${c.blocked} blocked`] : []),
    `${c.unchanged} unchanged`,
  ];
  return `Plan: ${parts.join(", ")}.`;
}

/** As `planSentence`, of a plan that holds drift alone. */
export function driftSentence(plan: Plan): string {
  const c = plan.counts;
  const all = totalOf(c);
  if (!planHasChanges(plan)) {
    const them = all === 1 ? "it is as the last apply left it" : `all ${all} are as the last apply left them`;
    return all === 0 ? "No drift. The stacks hold no objects." : `No drift: on ${clusterLabel(plan.cluster)}, ${them}.`;
  }
  const parts = [
    ...(c.create > 0 ? [`${c.create} deleted`] : []),
    ...(c.update + c.replace + c.blocked > 0 ? [`${c.update + c.replace + c.blocked} changed`] : []),
    ...(c.forget > 0 ? [`${c.forget} taken away`] : []),
    `${c.unchanged} as the last apply left ${c.unchanged === 1 ? "it" : "them"}`,
  ];
  return `Drift: ${parts.join(", ")}. \`k8sctl up\` sets it right.`;
}

export function totalOf(counts: PlanCounts): number {
  return Object.values(counts).reduce((sum, n) => sum + n, 0);
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
