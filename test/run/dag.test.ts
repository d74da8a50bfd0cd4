import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type DagNode, type Outcome, runDag } from "../../src/run/dag.ts";

const never = new AbortController().signal;

function node(key: string, after: string[] = [], heavy = true): DagNode {
  return { key, after, heavy };
}

/** Runs a graph in which each node ends only when the `endings` (indexes among those that run) say so. */
async function runScripted(nodes: DagNode[], failing: ReadonlySet<string>, endings: number[], parallelism: number) {
  const running: { key: string; end: () => void }[] = [];
  const trace: string[] = [];
  let most = 0;
  const finished = runDag(nodes, {
    parallelism,
    stop: never,
    skipped: (skipped, because) => trace.push(`skip ${skipped.key} because ${because.key}`),
    run: (started) =>
      new Promise<void>((resolve, reject) => {
        trace.push(`start ${started.key}`);
        const end = () => {
          trace.push(`${failing.has(started.key) ? "fail" : "end"} ${started.key}`);
          if (failing.has(started.key)) reject(new Error("no"));
          else resolve();
        };
        running.push({ key: started.key, end });
        most = Math.max(most, running.filter((r) => nodes.find((n) => n.key === r.key)?.heavy).length);
      }),
  });
  let outcomes: ReadonlyMap<string, Outcome> | null = null;
  finished.then((map) => {
    outcomes = map;
  });
  for (let step = 0; outcomes === null; step++) {
    await new Promise((resolve) => setImmediate(resolve));
    const [next] = running.splice((endings[step % endings.length] ?? 0) % Math.max(1, running.length), 1);
    next?.end();
  }
  return { outcomes: outcomes as ReadonlyMap<string, Outcome>, trace, most };
}

const graphs = fc.integer({ min: 1, max: 14 }).chain((size) =>
  fc.record({
    nodes: fc.tuple(
      ...Array.from({ length: size }, (_, i) =>
        fc.record({
          key: fc.constant(`n${i}`),
          // Only earlier nodes: no cycle. `absent` stands for what is not part of the plan.
          after: fc.subarray([...Array.from({ length: i }, (__, j) => `n${j}`), "absent"]),
          heavy: fc.boolean(),
        }),
      ),
    ),
    failing: fc.subarray(Array.from({ length: size }, (_, i) => `n${i}`)),
    endings: fc.array(fc.nat(20), { minLength: 1, maxLength: 20 }),
    parallelism: fc.integer({ min: 1, max: 4 }),
    shuffle: fc.boolean(),
  }),
);

describe("runDag", () => {
  test("no node starts before what it waits for; the bound holds; a failure skips exactly its dependents", async () => {
    await fc.assert(
      fc.asyncProperty(graphs, async ({ nodes, failing, endings, parallelism, shuffle }) => {
        const listed = shuffle ? [...nodes].reverse() : nodes;
        const { outcomes, trace, most } = await runScripted(listed, new Set(failing), endings, parallelism);
        const expected = new Map<string, Outcome>();
        for (const each of nodes) {
          const blocked = each.after.some((key) => key !== "absent" && expected.get(key) !== "done");
          expected.set(each.key, blocked ? "skipped" : failing.includes(each.key) ? "failed" : "done");
        }
        expect(Object.fromEntries(outcomes)).toEqual(Object.fromEntries(expected));
        for (const each of nodes) {
          const start = trace.indexOf(`start ${each.key}`);
          if (start < 0) continue;
          for (const key of each.after) if (key !== "absent") expect(trace.slice(0, start)).toContain(`end ${key}`);
        }
        expect(most).toBeLessThanOrEqual(parallelism);
        expect(trace.filter((line) => line.startsWith("skip")).length).toBe(
          [...expected.values()].filter((outcome) => outcome === "skipped").length,
        );
      }),
      { numRuns: 300 },
    );
  });

  test("a slow node holds up only its dependents", async () => {
    const nodes = [node("slow"), node("fast"), node("after-fast", ["fast"]), node("after-slow", ["slow"])];
    const { trace } = await runScripted(nodes, new Set(), [1, 1, 0, 0], 4);
    expect(trace).toEqual([
      "start slow",
      "start fast",
      "end fast",
      "start after-fast",
      "end after-fast",
      "end slow",
      "start after-slow",
      "end after-slow",
    ]);
  });

  test("waiting takes no place from those who send requests", async () => {
    const nodes = [node("wait", [], false), node("a"), node("b")];
    const { trace } = await runScripted(nodes, new Set(), [1, 1, 0], 1);
    expect(trace).toEqual(["start wait", "start a", "end a", "start b", "end b", "end wait"]);
  });

  test("among those that may start the order of the list decides, also for what was released later", async () => {
    const nodes = [node("first"), node("early", ["first"]), node("wait", ["first"], false), node("late"), node("last")];
    const { trace } = await runScripted(nodes, new Set(), [0], 1);
    expect(trace.filter((line) => line.startsWith("start"))).toEqual([
      "start first",
      "start early",
      "start wait",
      "start late",
      "start last",
    ]);
  });

  test("the first failure on the way is named", async () => {
    const nodes = [node("a"), node("b", ["a"]), node("c", ["b"])];
    const { trace } = await runScripted(nodes, new Set(["a"]), [0], 1);
    expect(trace).toEqual(["start a", "fail a", "skip b because a", "skip c because a"]);
  });

  test("after the stop nothing starts and what runs is awaited", async () => {
    const stop = new AbortController();
    const ran: string[] = [];
    const outcomes = await runDag([node("a"), node("b"), node("c", ["a"])], {
      parallelism: 2,
      stop: stop.signal,
      skipped: () => {},
      run: async (each) => {
        stop.abort();
        await new Promise((resolve) => setImmediate(resolve));
        ran.push(each.key);
      },
    });
    expect(ran).toEqual(["a"]);
    expect([...outcomes]).toEqual([
      ["a", "done"],
      ["b", "not-started"],
      ["c", "not-started"],
    ]);
  });

  test("a cycle is named before anything runs", async () => {
    const nodes = [node("x", ["a"]), node("a", ["b"]), node("b", ["c"]), node("c", ["a"])];
    const run = async () => {
      throw new Error("must not run");
    };
    await expect(runDag(nodes, { parallelism: 1, run, skipped: () => {}, stop: never })).rejects.toThrow(
      "these wait for each other: a -> b -> c -> a",
    );
  });

  test("ten thousand nodes in a chain and as many side by side", async () => {
    const chain = Array.from({ length: 10_000 }, (_, i) => node(`c${i}`, i > 0 ? [`c${i - 1}`] : []));
    const side = Array.from({ length: 10_000 }, (_, i) => node(`s${i}`));
    let ran = 0;
    const run = async () => {
      ran += 1;
    };
    await runDag([...chain, ...side], { parallelism: 16, run, skipped: () => {}, stop: never });
    expect(ran).toBe(20_000);
  });
});
