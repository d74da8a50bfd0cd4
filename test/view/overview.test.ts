import { describe, expect, test } from "vitest";
import type { RunEvent, RunEventBody } from "../../src/model/events.ts";
import { reduce } from "../../src/progress/reduce.ts";
import { initialRunState } from "../../src/progress/state.ts";
import { paint, widthOf } from "../../src/view/line.ts";
import { liveFrame } from "../../src/view/live/overview.ts";
import { item, plan } from "./plans.ts";
import { badRun, goodRun, ids, stream } from "./streams.ts";

const run = (events: readonly RunEvent[]) => events.reduce(reduce, initialRunState());
const style = { colour: false, unicode: true };

function frame(events: readonly RunEvent[], options: Partial<Parameters<typeof liveFrame>[1]> = {}): string[] {
  const state = run(events);
  const all = { columns: 80, rows: 24, style, elapsed: state.t, tick: 0, question: null, ...options };
  return liveFrame(state, all).map((line) => paint(line, all.columns, all.style));
}

const until = (events: readonly RunEvent[], t: number) => events.filter((e) => e.t <= t);

/** 500 objects in ten stacks, in every state at once. */
function manyObjects(count = 500): RunEvent[] {
  const stacks: Record<string, ReturnType<typeof item>[]> = {};
  const items = Array.from({ length: count }, (_, i) =>
    item("create", `apps Deployment ns/web-${i}-with-a-rather-long-name-世界`),
  );
  for (const [i, it] of items.entries()) {
    const name = `stack-${i % 10}`;
    stacks[name] ??= [];
    stacks[name].push(it);
  }
  const bodies = items.flatMap((it, i): RunEventBody[] => {
    const stack = `stack-${i % 10}`;
    const head = { id: it.id, stack, action: "create" as const };
    const full = {
      id: it.id,
      ready: 1,
      total: 3,
      reason: "",
      message: "\x1b[31mwaiting\nfor 2 pods",
      generation: 1,
      notes: [],
    };
    if (i % 10 > 7) return [];
    if (i % 7 === 0) return [{ type: "object-failed", ...head, message: "no ".repeat(60), remedy: "mend it" }];
    return [
      { type: "object-started", ...head },
      { type: "object-applied", ...head },
      { type: "object-status", stack, status: { ...full, phase: i % 3 === 0 ? "ready" : "progressing" } },
    ];
  });
  return stream(0, { type: "planned", plan: plan(stacks) }, ...bodies, { type: "warning", message: "w ".repeat(90) });
}

describe("size", () => {
  const runs = { good: goodRun(), bad: badRun(), many: manyObjects(), nothing: [] };
  const sizes = [2, 3, 5, 10, 24, 60].flatMap((rows) => [20, 40, 80, 200].map((columns) => [columns, rows] as const));
  test.each(sizes)("at %d x %d no frame is taller than rows - 1 or wider than the screen", (columns, rows) => {
    for (const events of Object.values(runs)) {
      for (const end of new Set([0, 3, 8, 12, events.length])) {
        for (const question of [null, "Apply these changes? [y/N] "]) {
          const lines = frame(events.slice(0, end), { columns, rows, question });
          expect(lines.length).toBeLessThanOrEqual(Math.max(2, rows - 1));
          for (const line of lines) {
            expect(line).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
            expect(widthOf(line)).toBeLessThanOrEqual(columns);
          }
        }
      }
    }
  });
});

test("under way, at 80 columns", () => {
  expect(frame(until(goodRun(), 2000), { elapsed: 8500 })).toEqual([
    "kind/dev  00:08                                  ███████████████░░░░░░░░░░░  3/5",
    "⠋ shop  3/4",
    "    ⠋ Deployment web/shop        1/2    waiting for 1 pod  7 s",
    "    ✔ Namespace web",
    "    ✔ Service web/shop",
    "    ✔ ConfigMap web/shop",
    "⠋ postgres  0/1",
    "    ⠋ StatefulSet data/postgres         waiting until ready  7 s",
    "Enter list  v verdict  l logs  ? keys  q leave",
  ]);
});

test("a finished stack takes one line", () => {
  expect(frame(until(goodRun(), 3000))[1]).toBe("✔ shop                      4 ready  2.5 s");
});

test("a failure names pod, event, last log lines, place and remedy, at 200 columns", () => {
  const lines = frame(badRun(), { columns: 200 });
  const at = lines.findIndex((l) => l.includes("StatefulSet data/postgres"));
  expect(lines[at]).toMatch(
    /^ {4}✖ StatefulSet data\/postgres {2}0\/1 {4}postgres-0 crashed 3 times, exit code 1 +stacks\/postgres.ts:41$/,
  );
  expect(widthOf(lines[at]!)).toBe(200);
  expect(lines.slice(at + 1, at + 5)).toEqual([
    "        Back-off restarting failed container",
    "        │ starting",
    '        │ FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership',
    "        → set securityContext.fsGroup to the group of the postgres user (999)",
  ]);
  expect(lines[0]).toContain("1 failed  3/5");
});

test("with little room failing objects come first, and what is hidden is counted", () => {
  const lines = frame(manyObjects(), { rows: 14, columns: 120 });
  const rows = lines.filter((l) => l.startsWith("    ") && !l.startsWith("     "));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) expect(row).toContain("✖");
  expect(lines.some((l) => /stack-0 {2}\d+\/50 {2}… \d+ failed, \d+ under way, \d+ done$/.test(l))).toBe(true);
});

test("steps before the plan, the question, and the notice of an interrupt", () => {
  const first = goodRun().slice(0, 2);
  expect(frame(first, { elapsed: 1200 })).toEqual(["kind/dev  00:01", "⠋ synthesizing 2 stacks  1.2 s"]);
  expect(frame(until(goodRun(), 400), { question: "Apply? " }).at(-1)).toBe("Apply?");
  const interrupted = [
    ...until(goodRun(), 2000),
    ...stream(2100, { type: "interrupted", how: "drain", resume: "run up again" }),
  ];
  expect(frame(interrupted).at(-1)).toBe("interrupted: finishing what is under way; Ctrl-C again stops now");
});

test("the clock stands still while a question is open, and does not count it later", () => {
  const asked = stream(1000, { type: "approval-requested", planDigest: "" });
  expect(frame(asked, { elapsed: 61_000 })[0]).toBe("k8sctl  00:01");
  const answered = [...asked, ...stream(61_000, { type: "approved", by: "person" })];
  expect(frame(answered, { elapsed: 65_000 })[0]).toBe("k8sctl  00:05");
});

test("what is done of a cluster's creation stands below it, as far as there is room", () => {
  const messages = ["Ensuring node image", "Preparing nodes", "Writing configuration", "Starting control-plane"];
  const creation = stream(
    0,
    { type: "step-started", step: "cluster", label: "create kind/dev" },
    ...messages.map((message): RunEventBody => ({ type: "step-progress", step: "cluster", message })),
  );
  const running = "⠋ create kind/dev  Starting control-plane  0.0 s";
  const at = (rows: number) => frame(creation, { rows, elapsed: 0 }).slice(1);
  expect(at(24)).toEqual([running, ...messages.slice(0, 3).map((message) => `  ✔ ${message}`)]);
  expect(at(5)).toEqual([running, "  ✔ Preparing nodes", "  ✔ Writing configuration"]);
  expect(at(3)).toEqual([running]);
});

test("at 40 columns the kind gives way, not the name", () => {
  const names = frame(until(goodRun(), 2000), { columns: 40 }).flatMap(
    (line) => /^ {4}\S ([^.…]*?)( {2}|$)/.exec(line)?.[1] ?? [],
  );
  expect(names).toEqual(["deploy web/shop", "Namespace web", "Service web/shop", "cm web/shop", "data/postgres"]);
});

test("in ASCII nothing else is drawn", () => {
  const lines = frame(badRun(), { style: { colour: false, unicode: false } });
  for (const line of lines) expect(line).toMatch(/^[\x20-\x7e]*$/);
  expect(lines.join("\n")).toContain("x StatefulSet data/postgres");
});

test("a deleted object reads deleted", () => {
  const gone = stream(
    { type: "planned", plan: plan({ shop: [item("delete", "- Service web/shop"), item("delete", "- Pod web/x")] }) },
    { type: "object-started", id: ids.service, stack: "shop", action: "delete" },
    { type: "object-applied", id: ids.service, stack: "shop", action: "delete" },
  );
  expect(frame(gone).some((l) => /✔ Service web\/shop +deleted$/.test(l))).toBe(true);
});

test("objects whose names begin alike can be told apart, and their pods' names give way to the reason", () => {
  const [one, two] = ["1", "2"].map((n) =>
    item("create", `apps Deployment web/a-service-with-a-rather-long-name-${n}`),
  );
  const events = stream(
    { type: "planned", plan: plan({ shop: [one!, two!] }) },
    ...[one!, two!].map(
      ({ id }): RunEventBody => ({
        ...{ type: "object-failed", id, stack: "shop", action: "create", remedy: "" },
        message: `${id.name}-7d9-x2x crashed 3 times, exit code 1`,
      }),
    ),
  );
  const lines = frame(events, { columns: 80 });
  expect(lines.filter((line) => /…\S*name-[12] .*…7d9-x2x crashed 3 times/.test(line))).toHaveLength(2);
  expect(frame(events, { columns: 200 }).join("\n")).toContain("a-service-with-a-rather-long-name-1-7d9-x2x crashed");
});
