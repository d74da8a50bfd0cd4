import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RunEvent, RunEventBody } from "../../src/model/events.ts";
import { objectKey } from "../../src/model/ids.ts";
import type { Phase } from "../../src/model/status.ts";
import { reduce } from "../../src/progress/reduce.ts";
import type { RowState, RunState } from "../../src/progress/state.ts";
import { initialRunState, noRows, rowsInOrder } from "../../src/progress/state.ts";
import { badRun, goodRun, ids, shopPlan, status, stream } from "../view/streams.ts";

const run = (events: readonly RunEvent[], from: RunState = initialRunState()) => events.reduce(reduce, from);
const rowOf = (state: RunState, id = ids.deployment) => state.objects.get(objectKey(id))!;

const anyId = fc.constantFrom(...Object.values(ids));
const anyPhase = fc.constantFrom<Phase>("pending", "progressing", "ready", "failed", "terminating", "gone");
const anyAction = fc.constantFrom("create", "update", "replace", "delete", "adopt", "forget", "unchanged");
const stack = "shop";
const anyBody: fc.Arbitrary<RunEventBody> = fc.oneof(
  fc.constant<RunEventBody>({ type: "planned", plan: shopPlan() }),
  fc.record({
    type: fc.constant("object-started" as const),
    id: anyId,
    stack: fc.constant(stack),
    action: anyAction,
  }) as fc.Arbitrary<RunEventBody>,
  fc.record({
    type: fc.constant("object-applied" as const),
    id: anyId,
    stack: fc.constant(stack),
    action: anyAction,
  }) as fc.Arbitrary<RunEventBody>,
  anyId.map((id): RunEventBody => ({ type: "object-failed", id, stack, action: "create", message: "m", remedy: "r" })),
  anyId.map((id): RunEventBody => ({ type: "object-skipped", id, stack, because: "b" })),
  fc.tuple(anyId, anyPhase).map(([id, phase]) => status(id, phase)),
  fc.constant<RunEventBody>({ type: "stack-ready", stack, ms: 1 }),
);
const anyRun = fc.array(anyBody, { maxLength: 40 }).map((bodies) => stream(...bodies.flatMap((b, i) => [i, b])));

function recounted(state: RunState, of: string | null) {
  const counts: Record<RowState | "all", number> = { ...noRows };
  for (const row of state.objects.values()) {
    if (of !== null && row.stack !== of) continue;
    counts.all += 1;
    counts[row.state] += 1;
  }
  return counts;
}

describe("laws", () => {
  test("counts are what a recount of the rows gives", () => {
    fc.assert(
      fc.property(anyRun, (events) => {
        const state = run(events);
        expect(state.counts).toEqual(recounted(state, null));
        for (const row of state.stacks.values()) expect(row.counts).toEqual(recounted(state, row.name));
      }),
    );
  });

  test("a state is never changed by what comes after, nor two futures by each other", () => {
    fc.assert(
      fc.property(anyRun, anyRun, anyRun, (past, one, other) => {
        const state = run(past);
        const before = structuredClone(rowsInOrder(state));
        const first = run(one, state);
        const seen = structuredClone(rowsInOrder(first));
        run(other, state);
        expect(rowsInOrder(state)).toEqual(before);
        expect(rowsInOrder(first)).toEqual(seen);
        expect(run(one, state)).toEqual(first);
      }),
      { numRuns: 50 },
    );
  });

  test("an event about one object leaves the rows of all others the same", () => {
    const state = run(goodRun());
    const next = run(stream(9000, status(ids.deployment, "progressing")), state);
    for (const row of state.objects.values()) {
      const same = next.objects.get(row.key) === row;
      expect(same).toBe(row.key !== objectKey(ids.deployment));
    }
  });

  test("a variant of a later version changes nothing but the time", () => {
    const state = run(goodRun());
    const later = { v: 1, t: 9999, type: "celebrated", id: ids.service } as unknown as RunEvent;
    expect(reduce(state, later)).toEqual({ ...state, t: 9999 });
  });
});

describe("an object's way", () => {
  const planned = run(stream({ type: "planned", plan: shopPlan() }));
  const sent: RunEventBody[] = [
    { type: "object-started", id: ids.deployment, stack, action: "create" },
    { type: "object-applied", id: ids.deployment, stack, action: "create" },
  ];

  test.each<[string, RunEventBody[], RowState]>([
    ["planned", [], "waiting"],
    ["an old status before its turn", [status(ids.deployment, "failed")], "waiting"],
    ["under way", sent.slice(0, 1), "applying"],
    ["an old status while it is sent", [sent[0]!, status(ids.deployment, "ready")], "applying"],
    ["sent", sent, "tracking"],
    ["progressing", [...sent, status(ids.deployment, "progressing")], "tracking"],
    ["ready", [...sent, status(ids.deployment, "ready")], "done"],
    ["failed", [...sent, status(ids.deployment, "failed")], "failed"],
    ["recovers", [...sent, status(ids.deployment, "failed"), status(ids.deployment, "ready")], "done"],
    ["its stack is ready", [...sent, { type: "stack-ready", stack, ms: 5 }], "done"],
    [
      "skipped",
      [{ type: "object-skipped", id: ids.deployment, stack, because: "x" }, status(ids.deployment, "ready")],
      "skipped",
    ],
    [
      "deleted",
      [
        { type: "object-started", id: ids.deployment, stack, action: "delete" },
        { type: "object-applied", id: ids.deployment, stack, action: "delete" },
      ],
      "done",
    ],
    [
      "deleted, but still terminating",
      [{ type: "object-applied", id: ids.deployment, stack, action: "delete" }, status(ids.deployment, "terminating")],
      "tracking",
    ],
    [
      "being deleted, and held",
      [{ type: "object-started", id: ids.deployment, stack, action: "delete" }, status(ids.deployment, "terminating")],
      "tracking",
    ],
  ])("%s", (_name, bodies, state) => {
    expect(rowOf(run(stream(...bodies), planned)).state).toBe(state);
  });

  test("an unchanged object counts as done, and not any more when it is unwell", () => {
    expect(rowOf(planned, ids.config).state).toBe("done");
    expect(rowOf(run(stream(status(ids.config, "failed")), planned), ids.config).state).toBe("failed");
  });

  test("without a plan the status alone decides", () => {
    expect(rowOf(run(stream(status(ids.deployment, "ready")))).state).toBe("done");
  });

  test("since and endedAt tell when it last changed", () => {
    const events = stream(
      10,
      ...sent,
      20,
      status(ids.deployment, "progressing", { ready: 1 }),
      30,
      status(ids.deployment, "ready"),
      40,
      status(ids.deployment, "ready"),
    );
    expect(rowOf(run(events, planned))).toMatchObject({ startedAt: 10, since: 30, endedAt: 30 });
  });
});

test("a good run ends with everything done, a result and its outputs", () => {
  const state = run(goodRun());
  expect(state.counts).toEqual({ ...noRows, all: 5, done: 5 });
  expect(state.result).toMatchObject({ ok: true, exitCode: 0 });
  expect(state.stacks.get("postgres")).toMatchObject({ file: "stacks/postgres.ts", readyMs: 3400 });
  expect(state.steps).toEqual([
    { step: "synth", label: "synthesizing 2 stacks", startedAt: 0, ms: 400, done: [], message: "", note: "5 objects" },
  ]);
});

test("a verdict stands with its object, and goes when the object recovers", () => {
  const state = run(badRun());
  expect(rowOf(state, ids.database)).toMatchObject({
    state: "failed",
    verdict: { cause: "crash" },
    position: { line: 41 },
  });
  const recovered = run([{ v: 1, t: 1, ...status(ids.database, "ready") } as RunEvent], state);
  expect(rowOf(recovered, ids.database)).toMatchObject({ state: "done", verdict: null, remedy: "" });
});

test("the state never holds the value of a sensitive output", () => {
  const state = run(goodRun());
  expect(JSON.stringify(state)).not.toContain("hunter2");
  expect(state.outputs.map((o) => o.value)).toEqual(["shop.local", "(sensitive)"]);
});
