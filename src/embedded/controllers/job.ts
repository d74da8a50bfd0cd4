import type { JsonObject } from "../../model/json.ts";
import { withCondition } from "./conditions.ts";
import { delays, doubled } from "./delays.ts";
import { failuresKey, indexesOf, indexKey, indexOf, isIndexed, writeIndexes } from "./job-indexes.ts";
import { metSuccessRule, rulingOn } from "./job-policies.ts";
import { createPod, type Retries } from "./pod-set.ts";
import { type Condition, isActive, isGoing, isReady, type Job, type JobStatus, type Pod } from "./shapes.ts";
import { podFrom, randomSuffix } from "./template.ts";
import type { World } from "./world.ts";

const component = "job-controller";

type Resync = (afterMs: number) => void;

interface Reason {
  readonly reason: string;
  readonly message: string;
}

/** What a Job's pods have come to. */
interface Standing {
  readonly pods: readonly Pod[];
  readonly active: readonly Pod[];
  /** Asked to stop, and not yet at their end. */
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  readonly failures: ReadonlyMap<number, number>;
}

/** Runs pods until enough have succeeded, or too many have failed. */
export function syncJob(world: World, job: Job, retries: Retries, resync: Resync): void {
  if (isGoing(job)) return;
  if (endOf(job) !== null) {
    expire(world, job, resync);
    return;
  }
  const now = standing(world, job);
  const target = targetOf(job);
  if (target !== null) {
    finish(world, job, now, target);
    return;
  }
  if (job.spec.suspend === true) {
    suspend(world, job, now);
    return;
  }
  const failure = failureOf(world, job, now, resync);
  if (failure !== null) {
    head(world, job, now, "FailureTarget", failure);
    return;
  }
  const success = successOf(job, now);
  if (success !== null) {
    head(world, job, now, "SuccessCriteriaMet", success);
    return;
  }
  keepRunning(world, job, now, retries, resync);
  const resumed = isSuspended(job);
  if (resumed) world.events.record(job, "Normal", "Resumed", "Job resumed", component);
  write(world, job, standing(world, job), (status) => ({
    ...(resumed ? held(world, false, status) : status),
    startTime: status.startTime ?? world.stamp(),
  }));
}

function standing(world: World, job: Job): Standing {
  const pods = world.children<Pod>(job, "Pod");
  const atEnd = (pod: Pod) => pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
  const how = (pod: Pod) => {
    const { action } = rulingOn(job, pod);
    return action === "Ignore" ? "ignored" : action === "FailIndex" ? "index" : "failed";
  };
  const { completed, failed: failedIndexes, failures } = indexesOf(job, pods, how);
  const succeeded = isIndexed(job) ? completed.size : pods.filter((pod) => pod.status?.phase === "Succeeded").length;
  const failed = pods.filter((pod) => pod.status?.phase === "Failed" && how(pod) !== "ignored").length;
  return {
    ...{ pods, completed, failedIndexes, failures },
    active: pods.filter(isActive),
    terminating: pods.filter((pod) => isGoing(pod) && !atEnd(pod)).length,
    succeeded: Math.max(succeeded, job.status?.succeeded ?? 0),
    failed: Math.max(failed, job.status?.failed ?? 0),
  };
}

const holds = (job: Job, ...types: string[]): Condition | null =>
  job.status?.conditions?.find((each) => types.includes(each.type) && each.status === "True") ?? null;

const endOf = (job: Job) => holds(job, "Complete", "Failed");
const targetOf = (job: Job) => holds(job, "SuccessCriteriaMet", "FailureTarget");
const isSuspended = (job: Job) => holds(job, "Suspended") !== null;

/** Why the Job has failed; null while it may go on. */
function failureOf(world: World, job: Job, now: Standing, resync: Resync): Reason | null {
  for (const pod of now.pods) {
    if (pod.status?.phase !== "Failed") continue;
    const { action, message } = rulingOn(job, pod);
    if (action === "FailJob") return { reason: "PodFailurePolicy", message };
  }
  if (deadlinePassed(world, job, resync))
    return { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
  const { backoffLimitPerIndex, maxFailedIndexes } = job.spec;
  const limit = job.spec.backoffLimit ?? (backoffLimitPerIndex === undefined ? 6 : Number.POSITIVE_INFINITY);
  if (now.failed > limit || tooManyRestarts(job, now.active, limit))
    return { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  if (maxFailedIndexes !== undefined && now.failedIndexes.size > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return { reason: "MaxFailedIndexesExceeded", message };
  }
  const done = now.completed.size + now.failedIndexes.size;
  return isIndexed(job) && now.failedIndexes.size > 0 && done >= (job.spec.completions ?? 1)
    ? { reason: "FailedIndexes", message: "Job has failed indexes" }
    : null;
}

function successOf(job: Job, now: Standing): Reason | null {
  const rule = isIndexed(job) ? metSuccessRule(job, now.completed) : null;
  if (rule !== null) return { reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
  const { completions } = job.spec;
  const enough =
    completions === undefined ? now.succeeded > 0 && now.active.length === 0 : now.succeeded >= completions;
  return enough ? { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" } : null;
}

/** Under OnFailure a container is restarted in its pod, and its restarts alone count against backoffLimit. */
function tooManyRestarts(job: Job, active: readonly Pod[], limit: number): boolean {
  if (job.spec.template.spec.restartPolicy !== "OnFailure") return false;
  const containers = active.flatMap(({ status }) => [
    ...(status?.initContainerStatuses ?? []),
    ...(status?.containerStatuses ?? []),
  ]);
  const restarts = containers.reduce((sum, each) => sum + each.restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function deadlinePassed(world: World, job: Job, resync: Resync): boolean {
  const seconds = job.spec.activeDeadlineSeconds;
  const started = job.status?.startTime;
  if (seconds === undefined || started === undefined) return false;
  const left = seconds * 1000 - world.elapsed(started);
  if (left > 0) resync(left);
  return left <= 0;
}

/** 10 s after the first failure, doubled with each further one, counted from the last. */
function retryIn(world: World, failed: readonly Pod[]): number {
  const ends = failed.flatMap((pod) => pod.status?.containerStatuses?.[0]?.state.terminated?.finishedAt ?? []);
  if (ends.length === 0) return 0;
  const backOff = doubled(delays.jobRetry, ends.length - 1, delays.jobRetryMost);
  return Math.max(0, backOff - Math.min(...ends.map((end) => world.elapsed(end))));
}

/** Starts pods that are missing, and stops those that are too many. */
function keepRunning(world: World, job: Job, now: Standing, retries: Retries, resync: Resync): void {
  const parallelism = job.spec.parallelism ?? 1;
  const surplus = now.active.length - parallelism;
  if (surplus > 0) {
    for (const pod of now.active.slice(-surplus)) stop(world, job, pod);
    return;
  }
  const { completions } = job.spec;
  const left =
    completions === undefined ? (now.succeeded > 0 ? now.active.length : parallelism) : completions - now.succeeded;
  const waits = job.spec.podReplacementPolicy === "Failed" ? now.terminating : 0;
  const missing = Math.min(parallelism, left) - now.active.length - waits;
  if (missing <= 0) return;
  const started = isIndexed(job)
    ? startIndexes(world, job, now, missing, resync)
    : startAny(world, job, now, missing, resync);
  if (started) retries.done(job);
  else retries.again(job, () => resync(0));
}

function startAny(world: World, job: Job, now: Standing, missing: number, resync: Resync): boolean {
  const wait = retryIn(
    world,
    now.pods.filter((pod) => pod.status?.phase === "Failed"),
  );
  if (wait > 0) {
    resync(wait);
    return true;
  }
  for (let made = 0; made < missing; made++) if (!start(world, job, null, 0)) return false;
  return true;
}

/** The lowest indexes that are neither at work nor at their end; one that failed waits for its own back-off. */
function startIndexes(world: World, job: Job, now: Standing, missing: number, resync: Resync): boolean {
  const busy = new Set(now.active.map(indexOf));
  let left = missing;
  let soonest: number | null = null;
  for (let index = 0; index < (job.spec.completions ?? 1) && left > 0; index++) {
    if (busy.has(index) || now.completed.has(index) || now.failedIndexes.has(index)) continue;
    const wait = retryIn(
      world,
      now.pods.filter((pod) => indexOf(pod) === index && pod.status?.phase === "Failed"),
    );
    if (wait > 0) {
      soonest = Math.min(soonest ?? wait, wait);
      continue;
    }
    if (!start(world, job, index, now.failures.get(index) ?? 0)) return false;
    left--;
  }
  if (soonest !== null) resync(soonest);
  return true;
}

function start(world: World, job: Job, index: number | null, failures: number): boolean {
  const { name, uid = "" } = job.metadata;
  const generateName = index === null ? `${name}-` : `${name}-${index}-`;
  const pod = podFrom(job.spec.template, job, {
    name: generateName + randomSuffix(),
    generateName,
    labels: {
      "batch.kubernetes.io/controller-uid": uid,
      "batch.kubernetes.io/job-name": name,
      "controller-uid": uid,
      "job-name": name,
      ...(index === null ? {} : { [indexKey]: String(index) }),
    },
  });
  if (index !== null) numbered(pod, job, index, failures);
  const created = createPod(world, pod, generateName);
  if (typeof created === "string") {
    world.events.record(job, "Warning", "FailedCreate", `Error creating: ${created}`, component);
    return false;
  }
  world.events.record(job, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`, component);
  return true;
}

/** A pod of an indexed Job knows its number: by an annotation, its host name and its environment. */
function numbered(pod: Pod, job: Job, index: number, failures: number): void {
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [indexKey]: String(index),
    ...(job.spec.backoffLimitPerIndex === undefined ? {} : { [failuresKey]: String(failures) }),
  };
  pod.spec.hostname = `${job.metadata.name}-${index}`;
  const fieldRef = { apiVersion: "v1", fieldPath: `metadata.labels['${indexKey}']` };
  const entry: JsonObject = { name: "JOB_COMPLETION_INDEX", valueFrom: { fieldRef } };
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers])
    container.env = [...(container.env ?? []), entry as NonNullable<typeof container.env>[number]];
}

function stop(world: World, job: Job, pod: Pod): void {
  world.delete(pod, pod.spec.terminationGracePeriodSeconds ?? 30);
  world.events.record(job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`, component);
}

function suspend(world: World, job: Job, now: Standing): void {
  for (const pod of now.active) stop(world, job, pod);
  write(world, job, standing(world, job), (status) => {
    const { startTime: _, ...rest } = held(world, true, status);
    return rest;
  });
  if (!isSuspended(job)) world.events.record(job, "Normal", "Suspended", "Job suspended", component);
}

/** SuccessCriteriaMet comes before Complete, FailureTarget before Failed: what still runs is stopped in between. */
function head(world: World, job: Job, now: Standing, type: "SuccessCriteriaMet" | "FailureTarget", why: Reason): void {
  for (const pod of now.active) stop(world, job, pod);
  const failed = type === "FailureTarget" ? now.failed + now.active.length : now.failed;
  const next = { ...standing(world, job), failed };
  const marked = write(world, job, next, (status) => withEnd(world, status, type, why));
  if (marked !== null) finish(world, marked, standing(world, marked), holds(marked, type)!);
}

/** Over when the last pod has stopped. */
function finish(world: World, job: Job, now: Standing, target: Condition): void {
  for (const pod of now.active) stop(world, job, pod);
  const after = standing(world, job);
  if (after.active.length + after.terminating > 0) {
    write(world, job, after, (status) => status);
    return;
  }
  const why = { reason: target.reason ?? "", message: target.message ?? "" };
  if (target.type === "FailureTarget") {
    write(world, job, after, (status) => withEnd(world, status, "Failed", why));
    world.events.record(job, "Warning", why.reason, why.message, component);
    return;
  }
  write(world, job, after, (status) => ({ ...withEnd(world, status, "Complete", why), completionTime: world.stamp() }));
  world.events.record(job, "Normal", "Completed", "Job completed", component);
}

function withEnd(world: World, status: JobStatus, type: string, why: Reason): JobStatus {
  const stamp = world.stamp();
  const condition = { type, status: "True", lastProbeTime: stamp, ...why } as const;
  return { ...status, conditions: withCondition(status.conditions, condition, stamp) };
}

/** Whether a job is held is told by a condition that stays with it. */
const held = (world: World, isHeld: boolean, status: JobStatus): JobStatus => ({
  ...status,
  conditions: withCondition(
    status.conditions,
    isHeld
      ? { type: "Suspended", status: "True", lastProbeTime: "", reason: "JobSuspended", message: "Job suspended" }
      : { type: "Suspended", status: "False", lastProbeTime: "", reason: "JobResumed", message: "Job resumed" },
    world.stamp(),
  ),
});

function write(world: World, job: Job, now: Standing, more: (status: JobStatus) => JobStatus): Job | null {
  return world.update(job, (draft) => {
    const { startTime, completionTime, conditions } = draft.status ?? {};
    const indexed = isIndexed(job);
    const completedIndexes = indexed ? writeIndexes(now.completed) : "";
    const failedIndexes =
      indexed && job.spec.backoffLimitPerIndex !== undefined ? writeIndexes(now.failedIndexes) : undefined;
    draft.status = more({
      ...(startTime === undefined ? {} : { startTime }),
      ...(completionTime === undefined ? {} : { completionTime }),
      ...(now.active.length > 0 ? { active: now.active.length } : {}),
      ...(now.succeeded > 0 ? { succeeded: now.succeeded } : {}),
      ...(now.failed > 0 ? { failed: now.failed } : {}),
      ...(completedIndexes === "" ? {} : { completedIndexes }),
      ...(failedIndexes === undefined ? {} : { failedIndexes }),
      terminating: now.terminating,
      uncountedTerminatedPods: {},
      ready: now.active.filter(isReady).length,
      ...(conditions === undefined ? {} : { conditions }),
    });
  });
}

function expire(world: World, job: Job, resync: Resync): void {
  const seconds = job.spec.ttlSecondsAfterFinished;
  const since = endOf(job)?.lastTransitionTime;
  if (seconds === undefined || since === undefined) return;
  const left = seconds * 1000 - world.elapsed(since);
  if (left > 0) {
    resync(left);
    return;
  }
  for (const pod of world.children<Pod>(job, "Pod")) world.delete(pod, 30);
  world.delete(job);
}
