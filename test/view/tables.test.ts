import { expect, test } from "vitest";
import type { Phase } from "../../src/model/status.ts";
import { formatAge, formatClock, formatDuration } from "../../src/view/duration.ts";
import { widthOf, wrap } from "../../src/view/line.ts";
import { renderPlanMarkdown } from "../../src/view/plan-markdown.ts";
import { renderStatus, type StatusRow } from "../../src/view/status-page.ts";
import { renderClusters, renderDoctor } from "../../src/view/tables.ts";
import { change, designPlan, item, plan, v } from "./plans.ts";

const options = { columns: 80, style: { colour: false, unicode: true } };

const NOW = Date.parse("2026-11-21T00:00:00Z");

function row(
  kind: string,
  name: string,
  phase: Phase,
  count: [number, number] | null,
  message = "",
  rest: Partial<StatusRow> = {},
): StatusRow {
  const id = { group: "", kind, namespace: "web", name };
  const [ready, total] = count ?? [null, null];
  return {
    stack: "shop",
    ageMs: 5 * 3_600_000,
    drift: null,
    verdict: null,
    restarts: count === null ? null : 0,
    certificateExpires: null,
    ...rest,
    status: { id, phase, ready, total, reason: "", message, generation: 1, notes: [] },
  };
}

test("status is aligned, also with wide characters, and cut at the width", () => {
  const rows = [
    row("Deployment", "shop", "ready", [2, 2]),
    row("StatefulSet", "世界", "failed", [0, 1], "postgres-0 crashed 3 times, exit code 1\x1b[2J"),
    row("Service", "shop", "ready", null),
  ];
  const text = renderStatus({ rows, endpoints: [] }, { ...options, now: NOW });
  expect(text.split("\n")).toEqual([
    "STACK  OBJECT                PHASE   READY  RESTARTS  AGE  REASON",
    "shop   Deployment web/shop   ready   2/2    0         5 h",
    "shop   StatefulSet web/世界  failed  0/1    0         5 h  postgres-0 crashed 3…",
    "shop   Service web/shop      ready   -      -         5 h",
    "2 of 3 ready; 1 failed.",
    "",
  ]);
  for (const line of text.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
});

test.each([
  ["all ready", [row("Service", "shop", "ready", null)], "1 object, all ready.\n"],
  ["nothing", [], "Nothing is managed here yet.\n"],
])("status: %s", (_name, rows, last) => {
  expect(renderStatus({ rows, endpoints: [] }, { ...options, now: NOW }).endsWith(last)).toBe(true);
});

test("status says why, once for those that fail alike, where things are, and what is about to end", () => {
  const failed = row("Deployment", "web", "failed", [0, 2], "web-1 crashed");
  const verdict = {
    ...{
      id: failed.status.id,
      cause: "crash",
      message: "web-1 crashed 3 times",
      pod: "web-1",
      pods: 2,
      lastedMs: null,
    },
    ...{ event: "", log: ["out of memory"], logOf: "web-1 (c)", remedy: "give it more", rootCause: null, sameAs: null },
  };
  const other = row("Deployment", "api", "failed", [0, 1], "api-1 crashed");
  const rows = [
    { ...failed, verdict },
    { ...other, verdict: { ...verdict, id: other.status.id, sameAs: failed.status.id } },
    row("Secret", "tls", "ready", null, "", { certificateExpires: "2026-11-23T12:00:00Z" }),
    row("Secret", "old", "ready", null, "", { certificateExpires: "2026-11-20T12:00:00Z" }),
    row("Secret", "new", "ready", null, "", { certificateExpires: "2027-11-20T12:00:00Z" }),
  ];
  const endpoints = [{ stack: "shop", url: "http://shop.local/", of: failed.status.id }];
  const text = renderStatus({ rows, endpoints }, { ...options, columns: 120, now: NOW });
  expect(text).toContain("its certificate expires in 2 d");
  expect(text).toContain("its certificate expired 12 h ago");
  expect(text.match(/certificate/g)).toHaveLength(2);
  expect(text.match(/web-1 crashed 3 times/g)).toHaveLength(1);
  expect(text).toContain("│ out of memory");
  expect(text).toContain("Endpoints\n  http://shop.local/  shop\n");
  expect(text.endsWith("3 of 5 ready; 2 failed.\n")).toBe(true);
});

test("clusters", () => {
  expect(
    renderClusters(
      [
        { key: "kind", provider: "kind", label: "kind/dev", isDefault: true, exists: true, version: "v1.34.1" },
        { key: "prod", provider: "context", label: "prod-eu", isDefault: false, exists: false, version: null },
      ],
      options,
    ),
  ).toBe(
    [
      "NAME    PROVIDER  CLUSTER   STATE    VERSION",
      "kind *  kind      kind/dev  exists   v1.34.1",
      "prod    context   prod-eu   missing  -",
      "",
    ].join("\n"),
  );
});

test("doctor", () => {
  expect(
    renderDoctor(
      [
        { name: "node", status: "ok", detail: "20.20.2", remedy: null },
        { name: "docker", status: "fail", detail: "not found", remedy: "install Docker, or use provider: embedded" },
      ],
      options,
    ),
  ).toBe("✔ node    20.20.2\n✖ docker  not found\n    → install Docker, or use provider: embedded\n");
});

test("markdown for a pull request", () => {
  const text = renderPlanMarkdown(designPlan(), { now: Date.parse("2026-11-20T12:00:00Z") });
  expect(text).toContain("**Plan: 1 to add, 2 to change, 1 to replace, 1 to delete, 1 unchanged.**");
  expect(text).toContain("| change | `StatefulSet data/postgres` | config; restarts 1 pod |");
  expect(text).toContain("<details><summary>~ Deployment web/shop</summary>\n\n```diff\n");
  expect(text).not.toContain("Service data/postgres`");
});

test("nothing from the cluster can close the markdown's fences or tables", () => {
  const changes = [change("data.a", v("x"), v("```\n</details><script>"))];
  const hostile = plan({ shop: [item("update", "- ConfigMap web/c", { changes, why: "a | b <img>" })] });
  const text = renderPlanMarkdown(hostile);
  expect(text).toContain("````diff\n");
  expect(text).toContain("a \\| b &lt;img&gt;");
});

test("a markdown plan that is too long says so", () => {
  const many = Array.from({ length: 50 }, (_, i) => item("create", `- ConfigMap web/c-${i}`));
  const text = renderPlanMarkdown(plan({ one: many, two: many }), { limit: 3000 });
  expect(text.length).toBeLessThan(3200);
  expect(text).toContain("The plan is longer than fits here");
});

test.each([
  [400, "0.4 s"],
  [9960, "10 s"],
  [59_600, "1 min"],
  [185_000, "3 min 5 s"],
  [7_800_000, "2 h 10 min"],
  [273_600_000, "3 d 4 h"],
])("%d ms took %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [12_000, "12 s", "00:12"],
  [300_000, "5 min", "05:00"],
  [3_723_000, "1 h", "1:02:03"],
  [400_000_000, "4 d", "111:06:40"],
])("%d ms is %s old, %s on the clock", (ms, age, clock) => {
  expect([formatAge(ms), formatClock(ms)]).toEqual([age, clock]);
});

test.each([
  ["words", "one two three four", 9, ["one two", "three", "four"]],
  ["a long word", "abcdefghijkl m", 8, ["abcdefgh", "ijkl m"]],
  ["its own line ends", "a\nb", 20, ["a", "b"]],
  ["wide characters", "世界世界世界", 8, ["世界世界", "世界"]],
])("wraps %s", (_name, text, width, lines) => {
  expect(wrap(text, width)).toEqual(lines);
});
