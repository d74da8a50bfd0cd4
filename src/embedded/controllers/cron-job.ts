import type { KubeObject } from "../../model/objects.ts";
import { type Schedule, scheduleOf } from "../schedule.ts";
import { controlledBy, isGoing, type Job, type Pod } from "./shapes.ts";
import type { World } from "./world.ts";

export type CronJob = KubeObject & {
  spec: {
    schedule: string;
    timeZone?: string;
    suspend?: boolean;
    concurrencyPolicy?: "Allow" | "Forbid" | "Replace";
    startingDeadlineSeconds?: number;
    successfulJobsHistoryLimit?: number;
    failedJobsHistoryLimit?: number;
    jobTemplate: { metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: object };
  };
  status?: CronJobStatus;
};

interface CronJobStatus {
  readonly active?: readonly object[];
  readonly lastScheduleTime?: string;
  readonly lastSuccessfulTime?: string;
}

const component = "cronjob-controller";
/** setTimeout knows no longer times than 24 days. */
const longestWait = 86_400_000;

/**
 * Starts Jobs when they are due and clears away old ones. Under a time scale the schedule runs on a clock of its own that
 * goes faster from the start of the cluster on; times in the status stay true.
 */
export class CronJobs {
  readonly #world: World;
  readonly #started: number;
  /** By uid, on the fast clock: the last time that was dealt with. */
  readonly #last = new Map<string, number>();
  /** By uid: the Jobs that were seen to end. */
  readonly #ended = new Map<string, Set<string>>();

  constructor(world: World) {
    this.#world = world;
    this.#started = world.options.now();
  }

  forget(uid: string): void {
    this.#last.delete(uid);
    this.#ended.delete(uid);
  }

  sync(cron: CronJob, resync: (afterMs: number) => void): void {
    if (isGoing(cron)) return;
    this.#follow(cron);
    if (cron.spec.suspend === true) return;
    const uid = cron.metadata.uid ?? "";
    const now = this.#clock(this.#world.options.now());
    const begin = cron.status?.lastScheduleTime ?? cron.metadata.creationTimestamp ?? "";
    const since = this.#last.get(uid) ?? this.#clock(Date.parse(begin) || now);
    let schedule: Schedule;
    try {
      schedule = scheduleOf(cron.spec.schedule, cron.spec.timeZone ?? "", since);
    } catch {
      const why = `unparseable schedule: ${JSON.stringify(cron.spec.schedule)}`;
      this.#record(cron, "Warning", "UnparseableSchedule", why);
      return;
    }
    const due = schedule.last(since, now);
    if (due !== null) this.#run(cron, due, now);
    const next = schedule.next(now);
    if (next !== null) resync(Math.min(longestWait, Math.max(1, next - now)));
  }

  #clock(time: number): number {
    return this.#started + (time - this.#started) / (time > this.#started ? this.#world.options.timeScale : 1);
  }

  #run(cron: CronJob, due: number, now: number): void {
    const { spec } = cron;
    const uid = cron.metadata.uid ?? "";
    if (spec.startingDeadlineSeconds !== undefined && due + spec.startingDeadlineSeconds * 1000 < now) {
      this.#last.set(uid, due);
      const missed = `Missed scheduled time to start a job: ${new Date(due).toUTCString()}`;
      this.#record(cron, "Warning", "MissSchedule", missed);
      return;
    }
    const running = this.#jobs(cron).filter((job) => endOf(job) === null);
    if (spec.concurrencyPolicy === "Forbid" && running.length > 0) {
      // The time stays due: the Job's end starts the next one.
      const why = "Not starting job because prior execution is running and concurrency policy is Forbid";
      this.#record(cron, "Normal", "JobAlreadyActive", why);
      return;
    }
    if (spec.concurrencyPolicy === "Replace") for (const job of running) this.#delete(cron, job);
    this.#last.set(uid, due);
    this.#start(cron, due);
  }

  #start(cron: CronJob, due: number): void {
    const { metadata, spec } = cron.spec.jobTemplate;
    const name = `${cron.metadata.name}-${Math.floor(due / 60_000)}`;
    const scheduled = { "batch.kubernetes.io/cronjob-scheduled-timestamp": secondsOf(due) };
    const found = this.#world.get("batch", "Job", cron.metadata.namespace ?? "", name);
    try {
      if (found === null)
        this.#world.create<KubeObject>({
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: {
            name,
            namespace: cron.metadata.namespace ?? "",
            ...(metadata?.labels === undefined ? {} : { labels: { ...metadata.labels } }),
            annotations: { ...metadata?.annotations, ...scheduled },
            ownerReferences: [controlledBy(cron)],
          },
          spec: structuredClone(spec),
        });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#record(cron, "Warning", "FailedCreate", `Error creating job: ${why}`);
      return;
    }
    if (found === null) this.#record(cron, "Normal", "SuccessfulCreate", `Created job ${name}`);
    const stamp = this.#world.options.timeScale === 1 ? secondsOf(due) : this.#world.stamp();
    this.#status(cron, (status) => ({ ...status, lastScheduleTime: stamp }));
  }

  /** What became of the Jobs: who runs, who has ended, which of those are too many. */
  #follow(cron: CronJob): void {
    const uid = cron.metadata.uid ?? "";
    const known = this.#ended.get(uid) ?? new Set<string>();
    this.#ended.set(uid, known);
    const active = new Set((cron.status?.active ?? []).map((each) => (each as { uid?: string }).uid));
    const jobs = this.#jobs(cron);
    const ends: string[] = [];
    for (const job of jobs) {
      const end = endOf(job);
      if (end === null || known.has(job.metadata.uid ?? "")) continue;
      known.add(job.metadata.uid ?? "");
      if (!active.has(job.metadata.uid)) continue;
      this.#record(cron, "Normal", "SawCompletedJob", `Saw completed job: ${job.metadata.name}, condition: ${end}`);
      if (end === "Complete" && job.status?.completionTime !== undefined) ends.push(job.status.completionTime);
    }
    const last = ends.sort().at(-1);
    this.#status(cron, (status) => ({ ...status, ...(last === undefined ? {} : { lastSuccessfulTime: last }) }));
    this.#clear(cron, jobs, "Complete", cron.spec.successfulJobsHistoryLimit ?? 3);
    this.#clear(cron, jobs, "Failed", cron.spec.failedJobsHistoryLimit ?? 1);
  }

  #clear(cron: CronJob, jobs: readonly Job[], end: string, keep: number): void {
    const ended = jobs
      .filter((job) => endOf(job) === end)
      .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name, "en", { numeric: true }));
    for (const job of ended.slice(0, Math.max(0, ended.length - keep))) this.#delete(cron, job);
  }

  #delete(cron: CronJob, job: Job): void {
    for (const pod of this.#world.children<Pod>(job, "Pod")) this.#world.delete(pod, 30);
    this.#world.delete(job);
    this.#record(cron, "Normal", "SuccessfulDelete", `Deleted job ${job.metadata.name}`);
  }

  #status(cron: CronJob, change: (status: CronJobStatus) => CronJobStatus): void {
    const active = this.#jobs(cron)
      .filter((job) => endOf(job) === null)
      .map((job) => this.#reference(job, cron.status?.active ?? []));
    this.#world.update(cron, (draft) => {
      const { active: _, ...status } = change(draft.status ?? {});
      draft.status = { ...(active.length === 0 ? {} : { active }), ...status };
    });
  }

  /** A Job as it was when it was first seen: its later versions do not change the CronJob. */
  #reference(job: Job, known: readonly object[]): object {
    const { uid, name, namespace, resourceVersion } = job.metadata;
    const before = known.find((each) => (each as { uid?: string }).uid === uid);
    return before ?? { kind: "Job", namespace, name, uid, apiVersion: "batch/v1", resourceVersion };
  }

  #jobs(cron: CronJob): Job[] {
    return this.#world.children<Job>(cron, "Job").filter((job) => !isGoing(job));
  }

  #record(cron: CronJob, type: "Normal" | "Warning", reason: string, message: string): void {
    this.#world.events.record(cron, type, reason, message, component);
  }
}

function endOf(job: Job): string | null {
  const ends = job.status?.conditions?.filter((each) => each.status === "True") ?? [];
  return ends.find(({ type }) => type === "Complete" || type === "Failed")?.type ?? null;
}

const secondsOf = (time: number) => new Date(time).toISOString().replace(/\.\d+Z$/, "Z");
