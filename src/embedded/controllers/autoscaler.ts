import type { KubeObject } from "../../model/objects.ts";
import { withCondition } from "./conditions.ts";
import { usageOf } from "./pod-behaviour.ts";
import { quantity } from "./quantity.ts";
import { limited, type ScalingRules, stabilized } from "./scaling-rules.ts";
import { selects } from "./selectors.ts";
import { type Condition, isActive, isReady, type Pod, type Selector } from "./shapes.ts";
import type { World } from "./world.ts";

const component = "horizontal-pod-autoscaler";
const lookMs = 15_000;

interface Metric {
  readonly type: string;
  readonly resource?: {
    readonly name: string;
    readonly target: {
      readonly type: string;
      readonly averageUtilization?: number;
      readonly averageValue?: string | number;
    };
  };
}

export type Autoscaler = KubeObject & {
  spec: {
    scaleTargetRef: { apiVersion?: string; kind: string; name: string };
    minReplicas?: number;
    maxReplicas: number;
    metrics?: Metric[];
    behavior?: { scaleUp?: ScalingRules; scaleDown?: ScalingRules };
  };
  status?: { conditions?: Condition[]; [field: string]: unknown };
};

type Target = KubeObject & { spec: { replicas?: number; selector?: Selector | Record<string, string> } };

/** What a metric asks for, or why it cannot be had. */
type Verdict =
  | { readonly replicas: number; readonly about: string; readonly current: object }
  | { readonly reason: string; readonly message: string };

/** Scales by what pods say that they use (annotations `cpu` and `memory`), as the autoscaler does by a metrics server. */
export class Autoscalers {
  readonly #world: World;
  /** By uid: what was recommended and done of late. */
  readonly #pasts = new Map<
    string,
    { advice: { at: number; replicas: number }[]; moves: { at: number; by: number }[] }
  >();

  readonly #looks = new Map<string, { readonly at: number; readonly spec: string }>();

  constructor(world: World) {
    this.#world = world;
  }

  forget(uid: string): void {
    this.#looks.delete(uid);
    this.#pasts.delete(uid);
  }

  sync(autoscaler: Autoscaler, resync: (afterMs: number) => void): void {
    // It looks every 15 s, not at each change: what it writes itself is one.
    const uid = autoscaler.metadata.uid ?? "";
    const spec = JSON.stringify(autoscaler.spec);
    const now = this.#world.unscaled(this.#world.options.now());
    const before = this.#looks.get(uid);
    if (before !== undefined && before.spec === spec && now + 5 < before.at + lookMs) {
      resync(before.at + lookMs - now);
      return;
    }
    this.#looks.set(uid, { at: now, spec });
    resync(lookMs);
    const target = this.#target(autoscaler);
    if (target !== null) this.#scale(autoscaler, target);
  }

  /** null, with the condition that says so, where there is none. */
  #target(autoscaler: Autoscaler): Target | null {
    const { kind, name, apiVersion = "apps/v1" } = autoscaler.spec.scaleTargetRef;
    const group = apiVersion.includes("/") ? apiVersion.split("/")[0]! : "";
    const found = this.#world.get<Target>(group, kind, autoscaler.metadata.namespace ?? "", name);
    if (found !== null) return found;
    const why = `${kind.toLowerCase()}s${group === "" ? "" : `.${group}`} ${JSON.stringify(name)} not found`;
    const message = `the HPA controller was unable to get the target's current scale: ${why}`;
    this.#world.events.record(autoscaler, "Warning", "FailedGetScale", why, component);
    this.#write(autoscaler, {}, [condition("AbleToScale", "False", "FailedGetScale", message)]);
    return null;
  }

  #scale(autoscaler: Autoscaler, target: Target): void {
    const { minReplicas = 1, maxReplicas } = autoscaler.spec;
    const current = target.spec.replicas ?? 1;
    const able = condition(
      "AbleToScale",
      "True",
      "SucceededGetScale",
      "the HPA controller was able to get the target's current scale",
    );
    if (current === 0 && minReplicas !== 0) {
      const message = "scaling is disabled since the replica count of the target is zero";
      this.#write(autoscaler, { currentReplicas: 0 }, [
        able,
        condition("ScalingActive", "False", "ScalingDisabled", message),
      ]);
      return;
    }
    const bound = current > maxReplicas ? maxReplicas : current < minReplicas ? minReplicas : null;
    if (bound !== null) {
      const why = bound === maxReplicas ? "above Spec.MaxReplicas" : "below Spec.MinReplicas";
      this.#rescale(autoscaler, target, bound, `Current number of replicas ${why}`, [able]);
      return;
    }
    const verdicts = (autoscaler.spec.metrics ?? []).map((metric) => this.#judge(autoscaler, target, metric, current));
    const failed = verdicts.flatMap((each) => ("reason" in each ? [each] : []));
    const good = verdicts.flatMap((each) => ("replicas" in each ? [each] : []));
    const best = good.reduce<(typeof good)[number] | null>(
      (a, b) => (a === null || b.replicas > a.replicas ? b : a),
      null,
    );
    const [first] = failed;
    if (first !== undefined && (best === null || best.replicas < current)) {
      this.#cannot(autoscaler, current, verdicts.length, failed, first, able);
      return;
    }
    if (best === null) return;
    this.#decide(autoscaler, target, {
      wanted: best.replicas,
      about: best.about,
      metrics: good.map((each) => each.current),
    });
  }

  #cannot(
    autoscaler: Autoscaler,
    current: number,
    all: number,
    failed: readonly { reason: string; message: string }[],
    first: { reason: string; message: string },
    able: Condition,
  ): void {
    for (const { reason, message } of failed)
      this.#world.events.record(autoscaler, "Warning", reason, message, component);
    const resource = /^failed to get (\w+) /.exec(first.message)?.[1] ?? "";
    const sum = `invalid metrics (${failed.length} invalid out of ${all}), first error is: failed to get ${resource} resource metric value: ${first.message}`;
    this.#world.events.record(autoscaler, "Warning", "FailedComputeMetricsReplicas", sum, component);
    const why = `the HPA was unable to compute the replica count: ${first.message}`;
    const status = { currentReplicas: current, desiredReplicas: 0, currentMetrics: [{ type: "" }] };
    this.#write(autoscaler, status, [able, condition("ScalingActive", "False", first.reason, why)]);
  }

  #judge(autoscaler: Autoscaler, target: Target, metric: Metric, current: number): Verdict {
    const { resource } = metric;
    if (metric.type !== "Resource" || resource === undefined) {
      const reason = `FailedGet${metric.type}Metric`;
      return {
        reason,
        message: `unable to get ${metric.type.toLowerCase()} metric: the embedded cluster serves resource metrics only`,
      };
    }
    const { name, target: wanted } = resource;
    const pods = this.#pods(autoscaler, target);
    const utilization = wanted.type === "Utilization";
    const what = `failed to get ${name} ${utilization ? "utilization" : "usage"}`;
    const used = pods.map((pod) => ({ pod, used: usage(pod, name), asked: requested(pod, name) }));
    if (used.every((each) => each.used === null)) {
      const why =
        "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)";
      return {
        reason: "FailedGetResourceMetric",
        message: `${what}: unable to get metrics for resource ${name}: ${why}`,
      };
    }
    const counted = used.filter(({ pod, used: amount }) => amount !== null && isReady(pod));
    if (counted.length === 0)
      return {
        reason: "FailedGetResourceMetric",
        message: `${what}: did not receive metrics for targeted pods (pods might be unready)`,
      };
    const total = counted.reduce((sum, each) => sum + (each.used ?? 0), 0);
    const average = total / counted.length;
    const lacking = counted.find(({ asked }) => asked.missing !== null);
    if (utilization && lacking !== undefined) {
      const message = `${what}: missing request for ${name} in container ${lacking.asked.missing} of Pod ${lacking.pod.metadata.name}`;
      return { reason: "FailedGetResourceMetric", message };
    }
    const asked = counted.reduce((sum, each) => sum + each.asked.amount, 0);
    const percent = Math.floor((total * 100) / Math.max(asked, Number.MIN_VALUE));
    const ratio = utilization
      ? percent / (wanted.averageUtilization ?? 80)
      : average / Math.max(quantity(wanted.averageValue ?? 1), Number.MIN_VALUE);
    const replicas = Math.abs(ratio - 1) <= 0.1 ? current : Math.ceil(ratio * counted.length);
    const averageValue = name === "cpu" ? `${Math.round(average * 1000)}m` : String(Math.round(average));
    const shown = { ...(utilization ? { averageUtilization: percent } : {}), averageValue };
    return {
      replicas,
      about: `${name} resource${utilization ? " utilization (percentage of request)" : ""}`,
      current: { type: "Resource", resource: { name, current: shown } },
    };
  }

  #pods(autoscaler: Autoscaler, target: Target): Pod[] {
    const given = target.spec.selector ?? {};
    const selector: Selector =
      "matchLabels" in given || "matchExpressions" in given ? given : { matchLabels: given as Record<string, string> };
    return this.#world
      .podsLabelled(autoscaler.metadata.namespace ?? "", selector.matchLabels ?? {})
      .filter((pod) => isActive(pod) && selects(selector, pod.metadata.labels));
  }

  #decide(
    autoscaler: Autoscaler,
    target: Target,
    {
      wanted,
      about,
      metrics,
    }: { readonly wanted: number; readonly about: string; readonly metrics: readonly object[] },
  ): void {
    const { minReplicas = 1, maxReplicas, behavior = {} } = autoscaler.spec;
    const uid = autoscaler.metadata.uid ?? "";
    const past = this.#pasts.get(uid) ?? { advice: [], moves: [] };
    this.#pasts.set(uid, past);
    const now = this.#world.unscaled(this.#world.options.now());
    const current = target.spec.replicas ?? 1;
    past.advice.push({ at: now, replicas: wanted });
    const calm = stabilized(past.advice, { now, wanted, current }, behavior);
    const held = calm < wanted ? "ScaleUpStabilized" : calm > wanted ? "ScaleDownStabilized" : null;
    const able =
      held === "ScaleUpStabilized"
        ? condition(
            "AbleToScale",
            "True",
            held,
            "recent recommendations were lower than current one, applying the lowest recent recommendation",
          )
        : held === "ScaleDownStabilized"
          ? condition(
              "AbleToScale",
              "True",
              held,
              "recent recommendations were higher than current one, applying the highest recent recommendation",
            )
          : condition("AbleToScale", "True", "ReadyForNewScale", "recommended size matches current size");
    const bounded = limited(past.moves, { now, wanted: calm, current, minReplicas, maxReplicas }, behavior);
    const active = condition(
      "ScalingActive",
      "True",
      "ValidMetricFound",
      `the HPA was able to successfully calculate a replica count from ${about}`,
    );
    const limit = condition(
      "ScalingLimited",
      bounded.reason === "DesiredWithinRange" ? "False" : "True",
      bounded.reason,
      bounded.message,
    );
    const shown = { currentMetrics: metrics };
    if (bounded.replicas === current) {
      this.#write(autoscaler, { ...shown, currentReplicas: current, desiredReplicas: current }, [able, active, limit]);
      return;
    }
    past.moves.push({ at: now, by: bounded.replicas - current });
    const why = bounded.replicas > current ? `${about} above target` : "All metrics below target";
    this.#rescale(autoscaler, target, bounded.replicas, why, [active, limit], shown);
  }

  #rescale(
    autoscaler: Autoscaler,
    target: Target,
    replicas: number,
    why: string,
    conditions: readonly Condition[],
    more: object = {},
  ): void {
    const current = target.spec.replicas ?? 1;
    this.#world.update(target, (draft) => {
      draft.spec.replicas = replicas;
    });
    this.#world.events.record(
      autoscaler,
      "Normal",
      "SuccessfulRescale",
      `New size: ${replicas}; reason: ${why}`,
      component,
    );
    const able = condition(
      "AbleToScale",
      "True",
      "SucceededRescale",
      `the HPA controller was able to update the target scale to ${replicas}`,
    );
    const lastScaleTime = this.#world.stamp();
    const status = { ...more, currentReplicas: current, desiredReplicas: replicas, lastScaleTime };
    this.#write(autoscaler, status, [able, ...conditions.filter(({ type }) => type !== "AbleToScale")]);
  }

  #write(autoscaler: Autoscaler, status: object, conditions: readonly Condition[]): void {
    const stamp = this.#world.stamp();
    this.#world.update(autoscaler, (draft) => {
      // An autoscaler's conditions keep their places.
      let list = draft.status?.conditions ?? [];
      for (const each of conditions) list = inPlace(list, each, stamp);
      draft.status = { desiredReplicas: 0, currentMetrics: null, ...draft.status, ...status, conditions: list };
    });
  }
}

function inPlace(list: readonly Condition[], next: Condition, stamp: string): Condition[] {
  const index = list.findIndex((each) => each.type === next.type);
  const changed = withCondition(list, next, stamp).find((each) => each.type === next.type)!;
  return index < 0 ? [...list, changed] : list.map((each, at) => (at === index ? changed : each));
}

function condition(type: string, status: Condition["status"], reason: string, message: string): Condition {
  return { type, status, reason, message };
}

/** The sum over the containers; null where the pod says nothing of it. */
function usage(pod: Pod, resource: string): number | null {
  const said = usageOf(pod, resource);
  return said === undefined ? null : quantity(said) * pod.spec.containers.length;
}

function requested(pod: Pod, resource: string): { readonly amount: number; readonly missing: string | null } {
  let amount = 0;
  for (const { name, resources } of pod.spec.containers) {
    const request = resources?.requests?.[resource];
    if (request === undefined) return { amount: 0, missing: name };
    amount += quantity(request);
  }
  return { amount, missing: null };
}
