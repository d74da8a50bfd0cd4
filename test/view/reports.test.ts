import { readFileSync } from "node:fs";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { eventSchema } from "../../scripts/generate-event-schema.ts";
import type { RunEvent, RunEventBody } from "../../src/model/events.ts";
import { reduce } from "../../src/progress/reduce.ts";
import { initialRunState, type RunState } from "../../src/progress/state.ts";
import { type CiStyle, createCiView } from "../../src/view/ci-view.ts";
import { createNdjsonView } from "../../src/view/ndjson.ts";
import { createPlainView } from "../../src/view/plain.ts";
import { planDocument } from "../../src/view/plan-document.ts";
import { renderReport, reportKind } from "../../src/view/report/render.ts";
import { badRun, goodRun, ids, shopPlan, stream } from "./streams.ts";
import { Keyboard, Recorder } from "./terminal.ts";

const facts = { startedAt: "2026-11-21T04:00:00.000Z" };
const state = (events: readonly RunEvent[]): RunState => events.reduce(reduce, initialRunState());

/** Text that a cluster could put into a page, a document or a log. */
const hostile = `<script>alert(1)</script>"'&]]>\x1b[31m\x07::error::x\n::warning::y 100%`;
const hostileRun = (): RunEvent[] =>
  stream(
    0,
    { type: "started", command: "up", project: "shop", cluster: "kind/dev" },
    { type: "planned", plan: shopPlan() },
    {
      type: "object-failed",
      id: ids.service,
      stack: "shop",
      action: "create",
      message: hostile,
      remedy: hostile,
      position: { file: "stacks/a,b:c.ts", line: 3 },
    },
    { type: "warning", message: hostile },
    { type: "error", code: "x", message: hostile, remedy: hostile },
    {
      type: "finished",
      ok: false,
      exitCode: 1,
      counts: { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 1 },
    },
  );

describe("the published schema", () => {
  const ajv = new Ajv({ strict: false });
  ajv.addSchema(JSON.parse(readFileSync("events.schema.json", "utf8")), "events");
  const check = (type: string, value: unknown): void => {
    const valid = ajv.validate({ $ref: `events#/definitions/${type}` }, value);
    expect(valid, JSON.stringify(ajv.errors)).toBe(true);
  };

  test("is what the types say: `npm run generate:events` writes it anew", () => {
    expect(readFileSync("events.schema.json", "utf8")).toBe(eventSchema());
  });

  test.each([
    ["a good run", goodRun],
    ["a bad run", badRun],
    ["a hostile run", hostileRun],
  ])("describes every line of %s", async (_name, run) => {
    const stdout = new Recorder();
    const view = createNdjsonView({ stdout });
    for (const event of run()) view.event(event);
    await view.close();
    const lines = stdout.text.trimEnd().split("\n");
    expect(lines.length).toBe(run().length);
    for (const line of lines) check("Event", JSON.parse(line));
    check("Report", JSON.parse(renderReport("json", state(run()), facts)));
  });

  test("describes the plan, and refuses what is none", () => {
    check("Plan", JSON.parse(JSON.stringify(planDocument(shopPlan()))));
    expect(ajv.validate({ $ref: "events#/definitions/Event" }, { v: 1, t: 0, type: "started" })).toBe(false);
  });
});

describe("reports", () => {
  test("the kind follows the file's ending, and nothing else is taken", () => {
    expect(["a.md", "a.HTML", "b/c.json", "j.xml"].map(reportKind)).toEqual(["markdown", "html", "json", "junit"]);
    expect(() => reportKind("report.pdf")).toThrow(/says nothing about the kind/);
  });

  test("JUnit: a suite per stack, a case per object with its line, the verdict as its failure", () => {
    const xml = renderReport("junit", state(badRun()), facts);
    expect(xml).toContain('<testsuite name="postgres" tests="1" failures="1" errors="0" skipped="0"');
    expect(xml).toContain(
      '<testcase name="StatefulSet data/postgres" classname="postgres" file="stacks/postgres.ts" line="41" time="7.400">',
    );
    expect(xml).toContain('<failure type="crash" message="postgres-0 crashed 3 times, exit code 1">');
    expect(xml).toContain("FATAL:  data directory &quot;/var/lib/postgresql/data&quot; has wrong ownership");
  });

  test("markdown: how it ended, a line per stack, the verdict, the plan", () => {
    const text = renderReport("markdown", state(badRun()), facts);
    expect(text.split("\n")[0]).toBe("### ❌ k8sctl up: Applied on kind/dev, but not ready in 8.0 s");
    expect(text).toContain("| postgres | 0/1 | **1 failed** |");
    expect(text).toContain("postgres-0 crashed 3 times, exit code 1");
    expect(text).toContain("### k8sctl plan: `shop` on `kind/dev`");
    expect(renderReport("markdown", state(goodRun()), facts)).toContain("✅ k8sctl up: Ready on kind/dev");
  });

  test("the page holds verdict, timeline and plan, and lets nothing of the cluster's run", () => {
    const page = renderReport("html", state(badRun()), facts);
    for (const part of ["<h2>Verdicts</h2>", "<h2>Timeline</h2>", "<h2>Plan</h2>", 'class="failed"']) {
      expect(page).toContain(part);
    }
    expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(page).not.toMatch(/<script|https?:\/\/(?!localhost)|\x1b/);
    expect(page).not.toContain("hunter2");
  });

  test.each(["html", "junit", "markdown"] as const)("text from a cluster is only text in %s", (kind) => {
    const report = renderReport(kind, state(hostileRun()), facts);
    expect(report).not.toMatch(/\x1b|\x07/);
    if (kind === "markdown") expect(report.replace(/```[\s\S]*?```/g, "")).not.toContain("<script>");
    else expect(report).not.toContain("<script>");
  });

  test("before a run, and after one that was killed, a report says that there is no result", () => {
    expect(JSON.parse(renderReport("json", initialRunState(), facts)).result).toBeNull();
    for (const kind of ["html", "junit", "markdown"] as const) {
      expect(renderReport(kind, initialRunState(), facts)).not.toContain("Ready");
    }
  });
});

describe("between the plain lines", () => {
  async function ciLines(style: CiStyle, events: readonly RunEvent[]): Promise<string[]> {
    const stdout = new Recorder();
    const look = { colour: false, unicode: true };
    const plain = createPlainView({ stdout, stdin: new Keyboard(), style: look, columns: Number.POSITIVE_INFINITY });
    const view = createCiView(plain, style, { stdout, now: () => 1_795_233_600_000 });
    for (const event of events) view.event(event);
    await view.close();
    return stdout.text.trimEnd().split("\n");
  }

  test("GitHub: the failure on the line of the stack file that asked for it", async () => {
    const lines = (await ciLines("github", badRun())).filter((line) => line.startsWith("::"));
    expect(lines).toEqual([
      "::error file=stacks/postgres.ts,line=41,title=StatefulSet data/postgres::" +
        "postgres-0 crashed 3 times, exit code 1%0ABack-off restarting failed container%0A| starting%0A" +
        '| FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership%0A' +
        "→ set securityContext.fsGroup to the group of the postgres user (999)",
    ]);
  });

  test("GitHub: text from a cluster is no command", async () => {
    const lines = (await ciLines("github", hostileRun())).filter((line) => line.startsWith("::"));
    expect(lines.map((line) => line.split("::")[1])).toEqual([
      "error title=k8sctl",
      "error file=stacks/a%2Cb%3Ac.ts,line=3,title=Service web/shop",
      "warning title=k8sctl",
    ]);
    expect(lines.join("")).toContain("100%25");
  });

  test("GitLab: a section per step, each ended before the next begins", async () => {
    const step = (type: "step-started" | "step-finished", name: "synth" | "connect"): RunEventBody =>
      type === "step-started" ? { type, step: name, label: name } : { type, step: name, ms: 1, note: "" };
    const events = stream(
      0,
      step("step-started", "connect"),
      step("step-started", "synth"),
      step("step-finished", "connect"),
      step("step-finished", "synth"),
    );
    const marks = (await ciLines("gitlab", events)).flatMap((line) => line.match(/section_\w+:\d+:\w+/) ?? []);
    expect(marks).toEqual([
      "section_start:1795233600:k8sctl_connect_1",
      "section_end:1795233600:k8sctl_connect_1",
      "section_start:1795233600:k8sctl_synth_2",
      "section_end:1795233600:k8sctl_synth_2",
    ]);
  });
});
