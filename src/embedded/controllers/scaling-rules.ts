/** Bounds of autoscaling (API reference, HorizontalPodAutoscalerBehavior). Times in ms at timeScale 1. */
export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number;
  readonly selectPolicy?: string;
  readonly policies?: readonly { readonly type: string; readonly value: number; readonly periodSeconds: number }[];
}

interface Behavior {
  readonly scaleUp?: ScalingRules;
  readonly scaleDown?: ScalingRules;
}

const upward = [
  { type: "Pods", value: 4, periodSeconds: 15 },
  { type: "Percent", value: 100, periodSeconds: 15 },
];
const downward = [{ type: "Percent", value: 100, periodSeconds: 15 }];

/** Where advice was higher of late nothing is scaled down below it, and likewise upward. Drops advice that is too old. */
export function stabilized(
  advice: { readonly at: number; readonly replicas: number }[],
  { now, wanted, current }: { readonly now: number; readonly wanted: number; readonly current: number },
  { scaleUp, scaleDown }: Behavior,
): number {
  const upMs = (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downMs = (scaleDown?.stabilizationWindowSeconds ?? 300) * 1000;
  while (advice.length > 0 && advice[0]!.at < now - Math.max(upMs, downMs)) advice.shift();
  const lowest = Math.min(wanted, ...advice.filter(({ at }) => at > now - upMs).map(({ replicas }) => replicas));
  const highest = Math.max(wanted, ...advice.filter(({ at }) => at > now - downMs).map(({ replicas }) => replicas));
  let result = current;
  if (result < lowest) result = lowest;
  if (result > highest) result = highest;
  return result;
}

/** What the policies and the bounds leave of it, and the condition that says so. */
export function limited(
  moves: readonly { readonly at: number; readonly by: number }[],
  asked: {
    readonly now: number;
    readonly wanted: number;
    readonly current: number;
    readonly minReplicas: number;
    readonly maxReplicas: number;
  },
  { scaleUp, scaleDown }: Behavior,
): { readonly replicas: number; readonly reason: string; readonly message: string } {
  const { now, wanted, current, minReplicas, maxReplicas } = asked;
  const moved = (seconds: number, sign: 1 | -1) =>
    moves
      .filter(({ at, by }) => at > now - seconds * 1000 && Math.sign(by) === sign)
      .reduce((sum, { by }) => sum + Math.abs(by), 0);
  if (wanted > current) {
    const most = rate(
      scaleUp,
      upward,
      (policy) => {
        const start = current - moved(policy.periodSeconds, 1);
        return policy.type === "Pods" ? start + policy.value : Math.ceil(start * (1 + policy.value / 100));
      },
      { many: Math.max, few: Math.min, none: current },
    );
    if (wanted > most && most < maxReplicas)
      return {
        replicas: Math.max(current, most),
        reason: "ScaleUpLimit",
        message: "the desired replica count is increasing faster than the maximum scale rate",
      };
    if (wanted > maxReplicas)
      return {
        replicas: maxReplicas,
        reason: "TooManyReplicas",
        message: "the desired replica count is more than the maximum replica count",
      };
  }
  if (wanted < current) {
    const least = rate(
      scaleDown,
      downward,
      (policy) => {
        const start = current + moved(policy.periodSeconds, -1);
        return policy.type === "Pods" ? start - policy.value : Math.floor(start * (1 - policy.value / 100));
      },
      { many: Math.min, few: Math.max, none: current },
    );
    if (wanted < least && least > minReplicas)
      return {
        replicas: Math.min(current, least),
        reason: "ScaleDownLimit",
        message: "the desired replica count is decreasing faster than the maximum scale rate",
      };
  }
  if (wanted < minReplicas)
    return {
      replicas: minReplicas,
      reason: "TooFewReplicas",
      message: "the desired replica count is less than the minimum replica count",
    };
  if (wanted > maxReplicas)
    return {
      replicas: maxReplicas,
      reason: "TooManyReplicas",
      message: "the desired replica count is more than the maximum replica count",
    };
  return {
    replicas: wanted,
    reason: "DesiredWithinRange",
    message: "the desired count is within the acceptable range",
  };
}

function rate(
  rules: ScalingRules | undefined,
  usual: NonNullable<ScalingRules["policies"]>,
  bound: (policy: { readonly type: string; readonly value: number; readonly periodSeconds: number }) => number,
  {
    many,
    few,
    none,
  }: { readonly many: (...of: number[]) => number; readonly few: (...of: number[]) => number; readonly none: number },
): number {
  if (rules?.selectPolicy === "Disabled") return none;
  const bounds = (rules?.policies ?? usual).map(bound);
  return rules?.selectPolicy === "Min" ? few(...bounds) : many(...bounds);
}
