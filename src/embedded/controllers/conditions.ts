import type { Condition } from "./shapes.ts";

/** Replaces the condition of this type, at the end of the list as Kubernetes' controllers do; an equal one stays. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  condition: Condition,
  stamp: string,
): Condition[] {
  const list = conditions ?? [];
  const current = list.find((each) => each.type === condition.type);
  if (
    current !== undefined &&
    current.status === condition.status &&
    current.reason === condition.reason &&
    current.observedGeneration === condition.observedGeneration &&
    current.message === condition.message
  )
    return [...list];
  const since = current?.status === condition.status ? (current.lastTransitionTime ?? stamp) : stamp;
  return [
    ...list.filter((each) => each.type !== condition.type),
    {
      type: condition.type,
      status: condition.status,
      ...(condition.observedGeneration === undefined ? {} : { observedGeneration: condition.observedGeneration }),
      ...("lastProbeTime" in condition ? { lastProbeTime: condition.lastProbeTime === null ? null : stamp } : {}),
      ...("lastUpdateTime" in condition ? { lastUpdateTime: stamp } : {}),
      lastTransitionTime: since,
      ...(condition.reason === undefined ? {} : { reason: condition.reason }),
      ...(condition.message === undefined ? {} : { message: condition.message }),
    },
  ];
}

export function withoutCondition(conditions: readonly Condition[] | undefined, type: string): Condition[] {
  return (conditions ?? []).filter((each) => each.type !== type);
}

export function conditionOf(object: { status?: { conditions?: Condition[] } }, type: string): Condition | undefined {
  return object.status?.conditions?.find((each) => each.type === type);
}
