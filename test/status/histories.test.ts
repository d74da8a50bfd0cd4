import { describe, expect, test } from "vitest";
import { lastLines } from "../../src/run/log-lines.ts";
import { logTarget } from "../../src/status/index.ts";
import { paragraph } from "./paragraph.ts";
import { expected, recordedLog, replay, scenarios, timeline } from "./replay.ts";

/*
 * Every recorded rollout of a real cluster, frame by frame. expected/SCENARIO.yaml says what a person would say who reads
 * the recording line by line: change a row only with the recording in hand.
 */
const timelines = scenarios().flatMap((scenario) =>
  Object.entries(expected(scenario).timelines).map(([object, rows]) => [scenario, object, rows] as const),
);
const verdicts = scenarios().flatMap((scenario) =>
  Object.entries(expected(scenario).verdicts ?? {}).map(([object, text]) => [scenario, object, text] as const),
);

describe("recorded rollouts", () => {
  test.each(timelines)("%s %s", (scenario, object, rows) => {
    expect(timeline(replay(scenario, object))).toEqual(rows);
  });
});

describe("the paragraph when it first counts as failed", () => {
  test.each(verdicts)("%s %s", (scenario, object, text) => {
    const frame = replay(scenario, object).find((each) => each.verdict !== null);
    if (!frame?.verdict) throw new Error("it never failed");
    const target = logTarget(frame.object, frame.related, frame.now);
    const log = lastLines(recordedLog(scenario, target));
    expect(paragraph(frame.verdict, frame.status, target, log)).toBe(text);
  });

  test("every object that fails has one written down", () => {
    const failing = timelines.filter(([, , rows]) => rows.some((row) => row.includes(" failed")));
    expect(failing.map(([scenario, object]) => `${scenario} ${object}`)).toEqual(
      verdicts.map(([scenario, object]) => `${scenario} ${object}`),
    );
  });
});

describe("a cluster whose clock is hours away", () => {
  const hours = 3_600_000;
  // Where graces and stamps meet: what fails, and what is ready only after a while.
  const timed = timelines.filter(([, , rows]) =>
    rows.some((row) => / failed|ready No|^(1[0-9]|[5-9])\.\d ready$/.test(row)),
  );
  test.each(timed.map(([scenario, object, rows], i) => [scenario, object, i % 2 === 0 ? -5 : 7, rows] as const))(
    "%s %s, %i h ahead, is judged alike where the difference is known",
    (scenario, object, skew, rows) => {
      expect(timeline(replay(scenario, object, skew * hours))).toEqual(rows);
    },
  );
});

describe("right after a change", () => {
  const workloads = timelines.filter(([, object]) => /^(Deployment|StatefulSet|DaemonSet)\//.test(object));
  test.each(workloads)("%s %s is not ready while its controller has not seen it", (scenario, object) => {
    const lagging = replay(scenario, object).filter(({ object: { metadata, ...rest } }) => {
      const seen = (rest["status"] as { observedGeneration?: number } | undefined)?.observedGeneration ?? 0;
      return seen < (metadata.generation ?? 0);
    });
    expect(lagging.length).toBeGreaterThan(0);
    expect(lagging.filter((frame) => frame.status.phase === "ready")).toEqual([]);
  });
});

/** Reasons of the API after which nothing gets better by itself, and what first shows them. */
const hopeless = [
  "InvalidImageName",
  "ImagePullBackOff",
  "CrashLoopBackOff",
  "OOMKilled",
  "StartError",
  "CreateContainerConfigError",
  "FailedMount",
  "Unschedulable",
  "FailedCreate",
  "ProvisioningFailed",
  "FailedGetScale",
];

describe("a hopeless rollout", () => {
  const failing = timelines.filter(([, , rows]) => rows.some((row) => row.includes(" failed")));
  test.each(failing)("%s %s ends within 30 s of the reason's first sight", (scenario, object) => {
    const frames = replay(scenario, object);
    const failed = frames.find((frame) => frame.status.phase === "failed");
    if (failed === undefined) throw new Error("it never failed");
    // The row of reasons that leads to the failure without a ready state in between.
    const before = frames.slice(0, frames.indexOf(failed));
    const restart = before.findLastIndex((frame) => frame.status.phase === "ready");
    const shown = before.slice(restart + 1).find((frame) => hopeless.includes(frame.status.reason)) ?? failed;
    expect(failed.t - shown.t).toBeLessThanOrEqual(30_000);
  });
});
