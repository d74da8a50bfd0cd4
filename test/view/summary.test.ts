import { describe, expect, test } from "vitest";
import type { RunEventBody } from "../../src/model/events.ts";
import { reduce } from "../../src/progress/reduce.ts";
import { initialRunState } from "../../src/progress/state.ts";
import { bareVerdict } from "../../src/status/index.ts";
import { paint, paintAll } from "../../src/view/line.ts";
import { liveFrame } from "../../src/view/live/overview.ts";
import { summaryLines } from "../../src/view/summary.ts";
import { item, plan } from "./plans.ts";
import { ids, stream } from "./streams.ts";

const style = { colour: false, unicode: true };
const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
const started = (command: "up" | "down"): RunEventBody => ({
  ...{ type: "started", command, project: "shop", cluster: "embedded/dev" },
});

function summary(events: readonly RunEventBody[], columns = 80): string[] {
  const state = stream(...events).reduce(reduce, initialRunState());
  return paintAll(summaryLines(state, { ...style, columns, withoutVerdicts: true }), columns, style)
    .trimEnd()
    .split("\n");
}

const verdict = (id: typeof ids.service, cause: string): RunEventBody => ({
  ...{ type: "verdict", stack: "shop", verdict: { ...bareVerdict(id), cause, message: "no", remedy: "mend it" } },
});
const ended = (exitCode: 0 | 3, rest = {}): RunEventBody => ({
  ...{ type: "finished", ok: exitCode === 0, exitCode, counts: { ...counts, ...rest } },
});

describe("how a run that sent everything, or did not, ended", () => {
  test("a canary that failed kept its Deployment from being changed", () => {
    expect(summary([started("up"), verdict(ids.deployment, "canary"), ended(3, { failed: 1 })])).toEqual([
      "✖ Canary failed on embedded/dev in 0.0 s: 1 failed",
      "  → mend the above and run `k8sctl up` again; what ran before runs on",
    ]);
  });

  test("what was sent and is not ready says so, also beside a canary", () => {
    const crash = verdict(ids.database, "crash");
    for (const events of [[crash], [crash, verdict(ids.deployment, "canary")]]) {
      expect(summary([started("up"), ...events, ended(3, { failed: 1 })])[0]).toBe(
        "✖ Applied on embedded/dev, but not ready in 0.0 s: 1 failed",
      );
    }
  });

  test("one that was interrupted before it sent anything has nothing to be resumed", () => {
    const resume = "`k8sctl status --watch` shows the rollout";
    const interrupted: RunEventBody = { type: "interrupted", how: "drain", resume };
    const over: RunEventBody = { type: "finished", ok: false, exitCode: 130, counts };
    const planned: RunEventBody = { type: "planned", plan: plan({ shop: [item("create", "- Service web/shop")] }) };
    const sent: RunEventBody = { type: "step-started", step: "apply", label: "apply and wait until ready" };
    expect(summary([started("up"), planned, interrupted, over])).toEqual([
      "  → no object was changed; `k8sctl up` starts anew",
      "✖ Interrupted in 0.0 s",
    ]);
    expect(summary([started("up"), planned, sent, interrupted, over])[0]).toBe(`  → ${resume}`);
  });

  test("down of nothing removed nothing", () => {
    expect(summary([started("down"), ended(0)])).toEqual(["✔ Nothing to remove on embedded/dev in 0.0 s"]);
    const cluster: RunEventBody = { type: "step-started", step: "cluster", label: "delete embedded/dev" };
    expect(summary([started("down"), cluster, ended(0)])).toEqual(["✔ Removed on embedded/dev in 0.0 s"]);
  });
});

test("why something was kept is told whole, on a line of its own where it does not fit", () => {
  const why = "made by StatefulSet data/postgres; down --delete-volumes removes it";
  const kept: RunEventBody = { type: "kept", stack: "postgres", id: ids.database, why };
  expect(summary([started("down"), kept, ended(0)], 120).slice(0, 2)).toEqual([
    "Kept",
    `  StatefulSet data/postgres  ${why}`,
  ]);
  expect(summary([started("down"), kept, ended(0)], 60).slice(0, 4)).toEqual([
    "Kept",
    "  StatefulSet data/postgres",
    "    made by StatefulSet data/postgres; down --delete-volumes",
    "    removes it",
  ]);
});

test("a stack that is gone is not called ready", () => {
  const gone = item("delete", "- Service web/shop");
  const events: RunEventBody[] = [
    started("down"),
    { type: "planned", plan: plan({ shop: [gone], other: [item("delete", "- Service web/other")] }) },
    { type: "approved", by: "flag" },
    { type: "object-started", id: gone.id, stack: "shop", action: "delete" },
    { type: "object-applied", id: gone.id, stack: "shop", action: "delete" },
  ];
  const state = stream(...events).reduce(reduce, initialRunState());
  const lines = liveFrame(state, { columns: 80, rows: 24, style, elapsed: 0, tick: 0, question: null });
  expect(lines.map((line) => paint(line, 80, style)).join("\n")).toMatch(/✔ shop +1 deleted/);
});
