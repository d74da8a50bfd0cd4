import type { Canary, CanaryRule } from "../model/canary.ts";
import type { Desired } from "../model/desired.ts";
import { type Problem, UserError } from "../model/errors.ts";
import { describeId, type ObjectKey, objectKey } from "../model/ids.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Plan, PlanItem } from "../model/plan.ts";

/** Tells the canary's pods from the others, in its selector and on its pods; the only label of ours beside part-of. */
export const CANARY_LABEL = "k8sctl.dev/canary";

/** The rules of k8sctl.yaml, and what is asked for beside constructs of which it does not speak. */
export function canaryRules(rules: readonly CanaryRule[], desired: readonly Desired[]): CanaryRule[] {
  const ruled = new Set(rules.map(({ id }) => objectKey(id)));
  const asked = desired.flatMap(({ id, origin, canary }) => {
    if (canary === undefined || ruled.has(objectKey(id))) return [];
    return [{ ...canary, id, position: origin.position ?? { file: "k8sctl.yaml", line: 1 } }];
  });
  return [...rules, ...asked];
}

/**
 * The plan with the canaries that its changes of pod templates ask for. `whole`: all stacks are planned, so that a rule
 * for an object that none of them has is a mistake. Throws UserError `canary-unknown`, `canary-name-taken`.
 */
export function withCanaries(
  plan: Plan,
  rules: readonly CanaryRule[],
  live: ReadonlyMap<ObjectKey, JsonObject>,
  whole: boolean,
): Plan {
  if (rules.length === 0) return plan;
  const wanted = new Map(
    plan.stacks.flatMap(({ items }) => items.flatMap((item) => (item.origin === null ? [] : [[item.key, item]]))),
  );
  const problems = rules.flatMap((rule) => problemsOf(rule, wanted, whole));
  if (problems.length > 0) throw new UserError(problems);
  const ruled = new Map(rules.map((rule) => [objectKey(rule.id), rule]));
  const stacks = plan.stacks.map((stack) => ({
    ...stack,
    items: stack.items.map((item) => {
      const rule = ruled.get(item.key);
      return rule === undefined || !changesPods(item) ? item : withCanary(item, rule, live.get(item.key));
    }),
  }));
  return { ...plan, stacks };
}

function problemsOf(rule: CanaryRule, wanted: ReadonlyMap<ObjectKey, PlanItem>, whole: boolean): Problem[] {
  const { id, position } = rule;
  const item = wanted.get(objectKey(id));
  const problem = (code: string, message: string, remedy: string): Problem[] => [
    { code, message, position, remedy, severity: "error" },
  ];
  if (item === undefined) {
    if (!whole) return [];
    const names = [...wanted.values()].filter(({ id: { kind } }) => kind === "Deployment").map((i) => describeId(i.id));
    const remedy = didYouMean(describeId(id), names) ?? `Deployments here: ${names.join(", ") || "none"}`;
    return problem("canary-unknown", `a canary for ${describeId(id)}, which no stack has`, remedy);
  }
  const other = wanted.get(objectKey(canaryId(item)));
  if (other === undefined) return [];
  const message = `the canary of ${describeId(id)} would be ${describeId(other.id)}, which a stack has`;
  return problem("canary-name-taken", message, "give that Deployment another name");
}

function canaryId({ id }: PlanItem): Canary["id"] {
  return { ...id, name: `${id.name}-canary` };
}

function changesPods(item: PlanItem): boolean {
  if (item.action !== "update" && item.action !== "adopt") return false;
  return item.changes.some(({ path }) => path === "spec.template" || path.startsWith("spec.template."));
}

function withCanary(item: PlanItem, rule: CanaryRule, live: JsonObject | undefined): PlanItem {
  const spec = isJsonObject(live?.["spec"]) ? live["spec"] : {};
  const wanted = item.sent?.["spec"];
  const sent = isJsonObject(wanted) ? wanted["replicas"] : undefined;
  const of = [sent, spec["replicas"]].find((count) => typeof count === "number") ?? 1;
  const warned = (text: string): PlanItem => ({ ...item, warnings: [...item.warnings, text] });
  if (spec["paused"] === true) return warned("no canary: the Deployment is paused");
  if (of === 0) return warned("no canary: the Deployment has 0 replicas");
  const pods = Math.ceil((rule.percent * of) / 100);
  const { pauseSeconds, query } = rule;
  const id = canaryId(item);
  const alone = of === 1 ? ["a canary beside a single pod takes half of the requests"] : [];
  return {
    ...item,
    canary: { id, key: objectKey(id), pods, of, pauseSeconds, query },
    consequences: [...item.consequences, { type: "canary", pods, of, pauseSeconds, query }],
    warnings: [...item.warnings, ...alone],
  };
}

/**
 * The Deployment of the canary: the new template under another name, with one label more in selector and template.
 * Services select its pods as they do the others; each Deployment has its own, by their owners.
 */
export function canaryBody(body: KubeObject, { id, pods }: Canary): KubeObject {
  const { paused: _, ...spec } = body["spec"] as JsonObject;
  const selector = objectAt(spec, "selector");
  const template = objectAt(spec, "template");
  const metadata = objectAt(template, "metadata");
  const mark = { [CANARY_LABEL]: "true" };
  return {
    ...body,
    metadata: { ...body.metadata, name: id.name, labels: { ...body.metadata.labels, ...mark } },
    spec: {
      ...spec,
      replicas: pods,
      selector: { ...selector, matchLabels: { ...objectAt(selector, "matchLabels"), ...mark } },
      template: { ...template, metadata: { ...metadata, labels: { ...objectAt(metadata, "labels"), ...mark } } },
    },
  };
}

function objectAt(object: JsonObject, field: string): JsonObject {
  const value = object[field];
  return isJsonObject(value) ? value : {};
}
