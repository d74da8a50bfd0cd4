import { withCondition } from "./conditions.ts";
import { delays, doubled } from "./delays.ts";
import { createPod, type Retries } from "./pod-set.ts";
import { type Condition, isActive, isGoing, isReady, type Job, type JobStatus, type Pod } from "./shapes.ts";
import { podFrom, randomSuffix } from "./template.ts";
import type { World } from "./world.ts";

const component = "job-controller";

type Resync = (afterMs: number) => void;

/** Runs pods until enough have succeeded, or too many have failed. */
export function syncJob(world: World, job: Job, retries: Retries, resync: Resync): void {
  if (isGoing(job)) return;
  if (endOf(job) !== null) {
    expire(world, job, resync);
    return;
  }
  const pods = world.children<Pod>(job, "Pod");
  const active = pods.filter(isActive);
  const succeeded = pods.filter((pod) => pod.status?.phase === "Succeeded").length;
  const failures = failed(pods);
  if (job.spec.suspend === true) {
    for (const pod of active) world.delete(pod, 30);
    write(world, job, { active: 0, ready: 0, succeeded, failed: failures }, (status) => held(world, true, status));
    if (!isSuspended(job)) world.events.record(job, "Normal", "Suspended", "Job suspended", component);
    return;
  }
  const completions = job.spec.completions ?? null;
  const limit = job.spec.backoffLimit ?? 6;
  const late = deadlinePassed(world, job, resync);
  if (late || failures > limit || tooManyRestarts(job, active, limit)) {
    fail(world, job, { active, succeeded, failures }, late);
    return;
  }
  const enough = completions === null ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  if (enough) {
    complete(world, job, succeeded, failures);
    return;
  }
  const wanted = Math.min(
    job.spec.parallelism ?? 1,
    completions === null ? Number.POSITIVE_INFINITY : completions - succeeded,
  );
  const missing = completions === null && succeeded > 0 ? 0 : wanted - active.length;
  const wait = missing > 0 ? retryIn(world, pods) : 0;
  if (wait > 0) resync(wait);
  else if (missing > 0) {
    if (!start(world, job, missing)) retries.again(job, () => resync(0));
    else retries.done(job);
  }
  const now = world.children<Pod>(job, "Pod").filter(isActive);
  const resumed = isSuspended(job);
  if (resumed) world.events.record(job, "Normal", "Resumed", "Job resumed", component);
  const counts = { active: now.length, ready: now.filter(isReady).length, succeeded, failed: failures };
  write(world, job, counts, (status) => ({
    ...(resumed ? held(world, false, status) : status),
    startTime: status.startTime ?? world.stamp(),
  }));
}

function endOf(job: Job): Condition | null {
  return (
    job.status?.conditions?.find((each) => ["Complete", "Failed"].includes(each.type) && each.status === "True") ?? null
  );
}

const isSuspended = (job: Job) =>
  job.status?.conditions?.some(({ type, status }) => type === "Suspended" && status === "True") === true;

const failed = (pods: readonly Pod[]) => pods.filter((pod) => pod.status?.phase === "Failed").length;

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
function retryIn(world: World, pods: readonly Pod[]): number {
  const ends = pods
    .filter((pod) => pod.status?.phase === "Failed")
    .flatMap((pod) => pod.status?.containerStatuses?.[0]?.state.terminated?.finishedAt ?? []);
  if (ends.length === 0) return 0;
  const backOff = doubled(delays.jobRetry, ends.length - 1, delays.jobRetryMost);
  return Math.max(0, backOff - Math.min(...ends.map((end) => world.elapsed(end))));
}

function start(world: World, job: Job, missing: number): boolean {
  const { name, uid = "" } = job.metadata;
  for (let made = 0; made < missing; made++) {
    const generateName = `${name}-`;
    const pod = podFrom(job.spec.template, job, {
      name: generateName + randomSuffix(),
      generateName,
      labels: {
        "batch.kubernetes.io/controller-uid": uid,
        "batch.kubernetes.io/job-name": name,
        "controller-uid": uid,
        "job-name": name,
      },
    });
    const created = createPod(world, pod, generateName);
    if (typeof created === "string") {
      world.events.record(job, "Warning", "FailedCreate", `Error creating: ${created}`, component);
      return false;
    }
    world.events.record(job, "Normal", "SuccessfulCreate", `Created pod: ${created.metadata.name}`, component);
  }
  return true;
}

/** SuccessCriteriaMet comes before Complete, FailureTarget before Failed: two writes, as recorded. */
function complete(world: World, job: Job, succeeded: number, failures: number): void {
  const reason = { reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
  const counts = { active: 0, ready: 0, succeeded, failed: failures };
  write(world, job, counts, (status) => withEnd(world, status, "SuccessCriteriaMet", reason));
  write(world, job, counts, (status) => ({
    ...withEnd(world, status, "Complete", reason),
    completionTime: world.stamp(),
  }));
  world.events.record(job, "Normal", "Completed", "Job completed", component);
}

function fail(
  world: World,
  job: Job,
  counts: { readonly active: readonly Pod[]; readonly succeeded: number; readonly failures: number },
  late: boolean,
): void {
  const reason = late
    ? { reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" }
    : { reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  const numbers = {
    active: 0,
    ready: 0,
    succeeded: counts.succeeded,
    failed: counts.failures + counts.active.length,
  };
  write(world, job, numbers, (status) => withEnd(world, status, "FailureTarget", reason));
  for (const pod of counts.active) {
    world.delete(pod, 30);
    world.events.record(job, "Normal", "SuccessfulDelete", `Deleted pod: ${pod.metadata.name}`, component);
  }
  write(world, job, numbers, (status) => withEnd(world, status, "Failed", reason));
  world.events.record(job, "Warning", reason.reason, reason.message, component);
}

function withEnd(world: World, status: JobStatus, type: string, why: { reason: string; message: string }): JobStatus {
  const stamp = world.stamp();
  return {
    ...status,
    conditions: withCondition(status.conditions, { type, status: "True", lastProbeTime: stamp, ...why }, stamp),
  };
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

function write(
  world: World,
  job: Job,
  counts: { readonly active: number; readonly ready: number; readonly succeeded: number; readonly failed: number },
  more: (status: JobStatus) => JobStatus,
): void {
  world.update(job, (draft) => {
    const { startTime, completionTime, conditions } = draft.status ?? {};
    draft.status = more({
      ...(startTime === undefined ? {} : { startTime }),
      ...(completionTime === undefined ? {} : { completionTime }),
      ...(counts.active > 0 ? { active: counts.active } : {}),
      ...(counts.succeeded > 0 ? { succeeded: counts.succeeded } : {}),
      ...(counts.failed > 0 ? { failed: counts.failed } : {}),
      terminating: 0,
      uncountedTerminatedPods: {},
      ready: counts.ready,
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
