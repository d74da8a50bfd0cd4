import { cpus } from "node:os";
import { expect, test } from "vitest";
import { type ClusterCredentials, makeCredentials } from "../../src/embedded/credentials.ts";
import { mapLimit } from "../../src/run/map-limit.ts";
import { type Outcome, type Point, runPoint, type Scenario } from "./points.ts";
import { programCopy } from "./program.ts";
import { pick, seeded } from "./seeded.ts";
import type { World } from "./world.ts";

/**
 * Kills k8sctl (SIGKILL) before or after request k, runs it again, and compares with a run that nobody interrupted.
 * `npm run crash-test` takes every k of three serial runs, and 50 seeded parallel ones; `npm test` takes 40 of them.
 */
const all = process.env["K8SCTL_CRASH"] === "all";
const CI_POINTS = 40;
const SEEDED = 50;
const scenarios: readonly Scenario[] = ["up", "change", "down"];
const program = programCopy();

interface Calm {
  readonly scenario: Scenario;
  readonly parallelism: number;
  readonly outcome: Outcome;
}

test(
  all ? "killed at every request" : `killed at ${CI_POINTS} requests`,
  async () => {
    const credentials = await makeCredentials("crash", Date.now());
    const calm = await uninterrupted(credentials);
    const points = chosen(calm);
    let kills = 0;
    const problems: string[] = [];
    const tally = new Map<string, { points: number; kills: number; problems: number }>();
    await mapLimit(points, Math.min(4, Math.max(2, cpus().length - 1)), async (point) => {
      const wanted = worldOf(calm, point);
      const outcome = await runPoint(point, { program, credentials, wanted });
      const name = describe(point);
      kills += outcome.killed ? 1 : 0;
      problems.push(...outcome.problems.map((problem) => `${name}: ${problem}`));
      const group = `${point.scenario}, ${point.parallelism === 1 ? "serial" : "parallel"}, ${point.fault?.when}`;
      const known = tally.get(group) ?? { points: 0, kills: 0, problems: 0 };
      tally.set(group, {
        points: known.points + 1,
        kills: known.kills + (outcome.killed ? 1 : 0),
        problems: known.problems + outcome.problems.length,
      });
    });
    if (all) console.log(table(tally, calm));
    expect(problems).toEqual([]);
    // A serial run makes the same requests each time: all of its points must strike.
    expect(kills).toBeGreaterThanOrEqual(points.filter(({ parallelism }) => parallelism === 1).length - 4);
  },
  all ? 3_600_000 : 120_000,
);

async function uninterrupted(credentials: ClusterCredentials): Promise<Calm[]> {
  const runs = scenarios.flatMap((scenario) => [1, 16].map((parallelism) => ({ scenario, parallelism })));
  const calm: Calm[] = [];
  await mapLimit(runs, 3, async (run) => {
    const outcome = await runPoint({ ...run, fault: null }, { program, credentials, wanted: null });
    expect(outcome.problems).toEqual([]);
    calm.push({ ...run, outcome });
  });
  const first = calm.find(({ scenario }) => scenario === "up")?.outcome.world;
  expect(first?.inventories.size).toBe(2);
  expect([...(first?.objects.keys() ?? [])]).toContain("Deployment front/a");
  return calm;
}

function worldOf(calm: readonly Calm[], point: Point): World {
  const found = calm.find((each) => each.scenario === point.scenario && each.parallelism === point.parallelism);
  if (found === undefined) throw new Error(`nothing to compare ${describe(point)} with`);
  return found.outcome.world;
}

function chosen(calm: readonly Calm[]): Point[] {
  const serial = calm
    .filter(({ parallelism }) => parallelism === 1)
    .flatMap(({ scenario, outcome }) =>
      Array.from({ length: outcome.requests }, (_, i) => i + 1).flatMap((at) =>
        (["before", "after"] as const).map((when): Point => ({ scenario, parallelism: 1, fault: { at, when } })),
      ),
    );
  const random = seeded(20261121);
  const parallel = Array.from({ length: SEEDED }, (): Point => {
    const { scenario, parallelism, outcome } = pick(
      calm.filter((each) => each.parallelism > 1),
      random,
    );
    const at = 1 + Math.floor(random() * outcome.requests);
    return { scenario, parallelism, fault: { at, when: random() < 0.5 ? "before" : "after" } };
  });
  if (all) return [...serial, ...parallel];
  const share = Math.floor(CI_POINTS * 0.8);
  const some = Array.from({ length: share }, () => serial.splice(Math.floor(random() * serial.length), 1)[0]!);
  return [...some, ...parallel.slice(0, CI_POINTS - share)];
}

function describe({ scenario, parallelism, fault }: Point): string {
  return `${scenario}, ${parallelism} at a time, killed ${fault?.when} request ${fault?.at}`;
}

function table(tally: ReadonlyMap<string, { points: number; kills: number; problems: number }>, calm: readonly Calm[]) {
  const runs = calm.map(
    ({ scenario, parallelism, outcome }) => `${scenario}, ${parallelism} at a time: ${outcome.requests} requests`,
  );
  const rows = [...tally]
    .sort()
    .map(([group, t]) => `${group}: ${t.points} points, ${t.kills} kills, ${t.problems} problems`);
  return [...runs.sort(), ...rows].join("\n");
}
