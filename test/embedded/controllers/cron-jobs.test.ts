import { expect, test } from "vitest";
import { scheduleOf } from "../../../src/embedded/schedule.ts";
import { startEmbedded } from "../../../src/embedded/server.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import { clientOf } from "../client.ts";
import { Simulation, template } from "./simulation.ts";

const due = [
  { schedule: "*/15 9-17 * * MON-FRI", zone: "", next: "2026-11-23T09:00:00.000Z", last: "2026-11-20T17:45:00.000Z" },
  { schedule: "5/20 6 * * *", zone: "", next: "2026-11-21T06:45:00.000Z", last: "2026-11-21T06:25:00.000Z" },
  { schedule: "0 0 1,15 * 3", zone: "", next: "2026-11-25T00:00:00.000Z", last: "2026-11-18T00:00:00.000Z" },
  { schedule: "@hourly", zone: "", next: "2026-11-21T07:00:00.000Z", last: "2026-11-21T06:00:00.000Z" },
  { schedule: "@every 90m", zone: "", next: "2026-11-21T07:30:00.000Z", last: "2026-11-21T06:00:00.000Z" },
  { schedule: "0 9 * * *", zone: "Asia/Tokyo", next: "2026-11-22T00:00:00.000Z", last: "2026-11-21T00:00:00.000Z" },
];

test.each(due)("$schedule $zone", ({ schedule, zone, next, last }) => {
  const read = scheduleOf(schedule, zone, Date.parse("2026-11-21T00:00:00Z"));
  const now = Date.parse("2026-11-21T06:30:00Z");
  const text = (time: number | null) => (time === null ? null : new Date(time).toISOString());
  expect([text(read.next(now)), text(read.last(Date.parse("2026-11-01T00:00:00Z"), now))]).toEqual([next, last]);
  expect(read.last(Date.parse(last), now)).toBeNull();
});

test.each(["61 * * * *", "0 0 L * *", "0 0 * * 1#2", "@sometimes", "@every 0s"])("%s is no schedule", (text) => {
  expect(() => scheduleOf(text, "", 0)).toThrow();
});

function cronJob(spec: object, annotations: Record<string, string> = {}) {
  const inner = template("tick", annotations, {}, { restartPolicy: "Never" });
  return {
    metadata: { name: "tick", creationTimestamp: "2026-11-21T00:00:00Z" },
    spec: { schedule: "* * * * *", jobTemplate: { spec: { backoffLimit: 0, template: inner } }, ...spec },
  };
}

const names = (cluster: Simulation) => cluster.list("Job").map((job) => job.metadata.name);
const statusOf = (object: KubeObject | null) => object?.["status"] as Record<string, unknown>;

test("Jobs start on the minute, end, and the oldest of them go", () => {
  const cluster = new Simulation();
  cluster.apply("CronJob", cronJob({ successfulJobsHistoryLimit: 2 }));
  cluster.run(59);
  expect(names(cluster)).toEqual([]);
  cluster.run(2);
  expect(names(cluster)).toEqual(["tick-29920321"]);
  const [job] = cluster.list("Job");
  expect(job?.metadata.annotations).toEqual({
    "batch.kubernetes.io/cronjob-scheduled-timestamp": "2026-11-21T00:01:00Z",
  });
  expect(statusOf(cluster.get("CronJob", "tick"))).toEqual({
    active: [expect.objectContaining({ kind: "Job", name: "tick-29920321", uid: job?.metadata.uid })],
    lastScheduleTime: "2026-11-21T00:01:00Z",
  });
  cluster.run(30);
  const ended = statusOf(cluster.get("CronJob", "tick"));
  expect(Object.keys(ended)).toEqual(["lastScheduleTime", "lastSuccessfulTime"]);
  cluster.run(300);
  expect(names(cluster)).toEqual(["tick-29920325", "tick-29920326"]);
  expect(cluster.events("CronJob")).toEqual([
    "Normal SuccessfulCreate",
    "Normal SawCompletedJob",
    "Normal SuccessfulDelete",
  ]);
});

test("of failed Jobs one is kept", () => {
  const cluster = new Simulation();
  cluster.apply("CronJob", cronJob({ failedJobsHistoryLimit: 1 }, { "embedded.k8sctl.dev/fail": "job-fail" }));
  cluster.run(210);
  expect(names(cluster)).toEqual(["tick-29920323"]);
  expect(statusOf(cluster.get("CronJob", "tick"))["lastSuccessfulTime"]).toBeUndefined();
});

const slow = { "embedded.k8sctl.dev/fail": "image-pull" };

test.each([
  { concurrencyPolicy: "Allow", jobs: ["tick-29920321", "tick-29920322", "tick-29920323"] },
  { concurrencyPolicy: "Forbid", jobs: ["tick-29920321"] },
  { concurrencyPolicy: "Replace", jobs: ["tick-29920323"] },
])("Jobs that do not end under $concurrencyPolicy", ({ concurrencyPolicy, jobs }) => {
  const cluster = new Simulation();
  cluster.apply("CronJob", cronJob({ concurrencyPolicy }, slow));
  cluster.run(200);
  expect(names(cluster)).toEqual(jobs);
  const active = statusOf(cluster.get("CronJob", "tick"))["active"] as { name: string }[];
  expect(active.map(({ name }) => name)).toEqual(jobs);
});

test("suspended nothing starts, and afterwards only what startingDeadlineSeconds still allows", () => {
  const cluster = new Simulation();
  cluster.apply("CronJob", cronJob({ schedule: "*/10 * * * *", suspend: true, startingDeadlineSeconds: 60 }));
  cluster.run(12 * 60);
  cluster.apply("CronJob", cronJob({ schedule: "*/10 * * * *", suspend: false, startingDeadlineSeconds: 60 }));
  cluster.run(60);
  expect([names(cluster), cluster.events("CronJob")]).toEqual([[], ["Warning MissSchedule"]]);
  cluster.run(8 * 60);
  expect(names(cluster)).toEqual(["tick-29920340"]);
});

test("in a cluster whose time is sped up a minute is short, and a bad schedule is refused", async () => {
  const cluster = await startEmbedded({ timeScale: 0.005 });
  const client = clientOf(cluster.access);
  const path = "/apis/batch/v1/namespaces/default/cronjobs";
  const post = (body: object) =>
    client.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });
  try {
    const { metadata: _, ...rest } = cronJob({});
    expect((await post({ metadata: { name: "tick" }, ...rest })).status).toBe(201);
    await expect
      .poll(async () => JSON.stringify((await client.send({ path: `${path}/tick` })).body), { timeout: 10_000 })
      .toContain('"lastSuccessfulTime"');
    const wrong = cronJob({ schedule: "0 25 * * *", timeZone: "No/Where" });
    const refused = await post({ ...wrong, metadata: { name: "other" } });
    expect([refused.status, (refused.body as { message: string }).message]).toEqual([
      422,
      'CronJob.batch "other" is invalid: [spec.schedule: Invalid value: "0 25 * * *": unrecognized schedule: 0 25 * * *, spec.timeZone: Invalid value: "No/Where": unknown time zone No/Where]',
    ]);
  } finally {
    client.close();
    await cluster.close();
  }
});
