import type { Pod } from "./shapes.ts";

/** Annotations of a pod (template) that say what its simulated containers do; docs/embedded-failures.md. */
const failAnnotation = "embedded.k8sctl.dev/fail";
const logsAnnotation = "embedded.k8sctl.dev/logs";

const behaviours = [
  "image-pull",
  "crash",
  "crash-once",
  "oom",
  "hook",
  "webhook",
  "node-gone",
  "unschedulable",
  "config-error",
  "readiness",
  "job-fail",
  "slow",
] as const;

export type Behaviour = (typeof behaviours)[number] | "fine";

/** What a pod may not say at its creation: the webhook that this word stands for refuses it. */
export function isRefused(pod: Pod): boolean {
  return behaviourOf(pod) === "webhook";
}

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

/** What each container of a pod says at each start. */
export function logLines(pod: Pod): readonly string[] {
  const own = pod.metadata.annotations?.[logsAnnotation];
  if (own !== undefined) return own.replace(/\n$/, "").split("\n");
  return said[behaviourOf(pod)] ?? ["the embedded cluster runs no containers: this one is simulated"];
}
