import type { Pod } from "./shapes.ts";

/** Annotations of a pod (template) that say what its simulated containers do; docs/embedded-failures.md. */
const failAnnotation = "embedded.k8sctl.dev/fail";
const logsAnnotation = "embedded.k8sctl.dev/logs";

const behaviours = [
  "image-pull",
  "crash",
  "crash-once",
  "oom",
  "unschedulable",
  "config-error",
  "readiness",
  "job-fail",
  "slow",
] as const;

export type Behaviour = (typeof behaviours)[number] | "fine";

/** An unknown word counts as none: a typing error must not break a cluster. */
export function behaviourOf(pod: Pod): Behaviour {
  const wanted = pod.metadata.annotations?.[failAnnotation];
  return behaviours.find((each) => each === wanted) ?? "fine";
}

const said: Partial<Record<Behaviour, readonly string[]>> = {
  crash: ["starting", `FATAL: this container crashes because its pod is annotated ${failAnnotation}=crash`],
  "crash-once": ["starting", `FATAL: the first start crashes: ${failAnnotation}=crash-once`],
  oom: ["starting", "allocating memory"],
  "job-fail": ["starting", `FATAL: this job fails because its pod is annotated ${failAnnotation}=job-fail`],
};

/** Lines of a simulated container; null before it has started. */
export function logOf(pod: Pod, container: string, previous: boolean): string | null {
  const status = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    (each) => each.name === container,
  );
  if (status === undefined) return null;
  const ran = status.state.running ?? status.state.terminated ?? status.lastState.terminated;
  if (ran === undefined || (previous && status.lastState.terminated === undefined)) return null;
  const own = pod.metadata.annotations?.[logsAnnotation];
  if (own !== undefined) return own.endsWith("\n") ? own : `${own}\n`;
  const lines = said[behaviourOf(pod)] ?? ["the embedded cluster runs no containers: this one is simulated"];
  return `${lines.join("\n")}\n`;
}
