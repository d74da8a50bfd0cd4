import type { Pod } from "./shapes.ts";

/** Annotations of a pod (template) that say what its simulated containers do; docs/embedded-failures.md. */
const prefix = "embedded.k8sctl.dev/";

const behaviours = [
  "image-pull",
  "image-host",
  "image-secret",
  "crash",
  "crash-once",
  "oom",
  "hook",
  "bad-command",
  "liveness",
  "startup",
  "evicted",
  "webhook",
  "node-gone",
  "unschedulable",
  "config-error",
  "readiness",
  "job-fail",
  "slow",
] as const;

export type Behaviour = (typeof behaviours)[number] | "fine";

function said(pod: Pod, name: string): string | undefined {
  return pod.metadata.annotations?.[prefix + name];
}

/** What the webhook that this word stands for refuses at its creation. */
export function isRefused(pod: Pod): boolean {
  return behaviourOf(pod) === "webhook";
}

/** An unknown word counts as none: a typing error must not break a cluster. */
export function behaviourOf(pod: Pod): Behaviour {
  const wanted = said(pod, "fail");
  return isMeant(pod) ? (behaviours.find((each) => each === wanted) ?? "fine") : "fine";
}

/** `fail-pods: "0,2"` names pods of a StatefulSet or an indexed Job by their numbers; without it all are meant. */
function isMeant(pod: Pod): boolean {
  const numbers = said(pod, "fail-pods");
  if (numbers === undefined) return true;
  const { labels = {}, name } = pod.metadata;
  const own =
    labels["apps.kubernetes.io/pod-index"] ??
    labels["batch.kubernetes.io/job-completion-index"] ??
    /-(\d+)$/.exec(name)?.[1];
  return own !== undefined && numbers.split(",").some((each) => each.trim() === own);
}

/** The container that fails: `fail-container`, else the first of the main ones. */
export function failingContainer(pod: Pod): string {
  return said(pod, "fail-container") ?? pod.spec.containers[0]?.name ?? "";
}

/** Milliseconds after its start that a container fails; null: at once, or as the behaviour has it. */
export function failsAfter(pod: Pod): number | null {
  return seconds(said(pod, "fail-after"));
}

/** How often it fails before it is fine. */
export function failures(pod: Pod): number {
  const times = seconds(said(pod, "fail-times"));
  return times === null ? (behaviourOf(pod) === "crash-once" ? 1 : Number.POSITIVE_INFINITY) : times / 1000;
}

/** What the probe, the registry or the runtime says. */
export function failureMessage(pod: Pod): string | undefined {
  return said(pod, "fail-message");
}

export function exitCodeOf(pod: Pod): number {
  const code = Number(said(pod, "exit-code") ?? 1);
  return Number.isInteger(code) && code > 0 && code < 256 ? code : 1;
}

/** Milliseconds that the containers of a pod work until they end well; null: for ever (a Job's: a moment). */
export function worksFor(pod: Pod): number | null {
  return seconds(said(pod, "runs"));
}

/** Milliseconds that a container takes to stop once it is asked; infinite where it does not listen. */
export function stopsIn(pod: Pod): number | null {
  return said(pod, "stops-in") === "never" ? Number.POSITIVE_INFINITY : seconds(said(pod, "stops-in"));
}

/** Milliseconds after its start that a container's readiness probe begins to pass; null: as its probe says. */
export function readyAfter(pod: Pod): number | null {
  return seconds(said(pod, "ready-after"));
}

/** What each container of the pod uses, as a metrics server would say. */
export function usageOf(pod: Pod, resource: string): string | undefined {
  return said(pod, resource);
}

function seconds(text: string | undefined): number | null {
  const value = Number(text?.replace(/s$/, ""));
  return text === undefined || text === "" || !Number.isFinite(value) || value < 0 ? null : value * 1000;
}

const ownLines: Partial<Record<Behaviour, readonly string[]>> = {
  crash: ["starting", `FATAL: this container crashes because its pod is annotated ${prefix}fail=crash`],
  "crash-once": ["starting", `FATAL: the first start crashes: ${prefix}fail=crash-once`],
  oom: ["starting", "allocating memory"],
  "job-fail": ["starting", `FATAL: this job fails because its pod is annotated ${prefix}fail=job-fail`],
};

/** What each container of a pod says at each start. */
export function logLines(pod: Pod): readonly string[] {
  const own = said(pod, "logs");
  if (own !== undefined) return own.replace(/\n$/, "").split("\n");
  return ownLines[behaviourOf(pod)] ?? ["the embedded cluster runs no containers: this one is simulated"];
}
