import type { Job, Pod } from "./shapes.ts";

export const indexKey = "batch.kubernetes.io/job-completion-index";
export const failuresKey = "batch.kubernetes.io/job-index-failure-count";

export const isIndexed = (job: Job): boolean => job.spec.completionMode === "Indexed";

export function indexOf(pod: Pod): number | null {
  const text = pod.metadata.annotations?.[indexKey] ?? pod.metadata.labels?.[indexKey];
  const index = Number(text);
  return text === undefined || !Number.isInteger(index) ? null : index;
}

/** Indexes of an indexed Job: those that a pod has completed, and those that failed too often. */
export function indexesOf(
  job: Job,
  pods: readonly Pod[],
  countsAsFailure: (pod: Pod) => "failed" | "ignored" | "index",
) {
  const completed = parseIndexes(job.status?.completedIndexes);
  const failed = parseIndexes(job.status?.failedIndexes);
  const failures = new Map<number, number>();
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === null) continue;
    if (pod.status?.phase === "Succeeded") completed.add(index);
    if (pod.status?.phase !== "Failed") continue;
    const how = countsAsFailure(pod);
    if (how === "ignored") continue;
    failures.set(index, (failures.get(index) ?? 0) + 1);
    if (how === "index") failed.add(index);
  }
  const limit = job.spec.backoffLimitPerIndex;
  if (limit !== undefined) for (const [index, count] of failures) if (count > limit) failed.add(index);
  for (const index of completed) failed.delete(index);
  return { completed, failed, failures };
}

/** `0,2-4` */
export function writeIndexes(indexes: ReadonlySet<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const index of sorted) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === index - 1) last[1] = index;
    else runs.push([index, index]);
  }
  return runs
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(",");
}

export function parseIndexes(text: string | undefined): Set<number> {
  const found = new Set<number>();
  for (const part of (text ?? "").split(",").filter((each) => each !== "")) {
    const [from = 0, to = from] = part.split("-").map(Number);
    for (let index = from; index <= to; index++) found.add(index);
  }
  return found;
}
