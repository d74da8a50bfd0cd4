import { parseIndexes } from "./job-indexes.ts";
import type { Job, Pod } from "./shapes.ts";

/** What a Job's podFailurePolicy says of a failed pod. */
export interface FailureRuling {
  readonly action: "FailJob" | "FailIndex" | "Ignore" | "Count";
  /** `Container app for pod web/work-x failed with exit code 42 matching FailJob rule at index 0` */
  readonly message: string;
}

/** The first rule that fits; a pod that none fits counts (API reference, PodFailurePolicy). */
export function rulingOn(job: Job, pod: Pod): FailureRuling {
  const rules = job.spec.podFailurePolicy?.rules ?? [];
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [index, { action, onExitCodes, onPodConditions }] of rules.entries()) {
    const end = `matching ${action} rule at index ${index}`;
    if (onExitCodes !== undefined) {
      const states = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
      const hit = states.find(({ name: container, state }) => {
        const code = state.terminated?.exitCode ?? 0;
        if (code === 0 || (onExitCodes.containerName ?? container) !== container) return false;
        return onExitCodes.values.includes(code) === (onExitCodes.operator === "In");
      });
      if (hit !== undefined) {
        const code = hit.state.terminated?.exitCode;
        return { action, message: `Container ${hit.name} for pod ${name} failed with exit code ${code} ${end}` };
      }
    }
    const met = onPodConditions?.find(({ type, status = "True" }) =>
      pod.status?.conditions?.some((each) => each.type === type && each.status === status),
    );
    if (met !== undefined) return { action, message: `Pod ${name} has condition ${met.type} ${end}` };
  }
  return { action: "Count", message: "" };
}

/** The first rule of a successPolicy that the completed indexes meet; null where none does. */
export function metSuccessRule(job: Job, completed: ReadonlySet<number>): number | null {
  const rules = job.spec.successPolicy?.rules ?? [];
  const found = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const asked = succeededIndexes === undefined ? null : parseIndexes(succeededIndexes);
    const there = asked === null ? completed.size : [...asked].filter((index) => completed.has(index)).length;
    return there >= (succeededCount ?? asked?.size ?? Number.POSITIVE_INFINITY);
  });
  return found < 0 ? null : found;
}
