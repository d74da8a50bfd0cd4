import { expect, test } from "vitest";
import { compare } from "./compare.ts";
import { knownDifferences } from "./known-differences.ts";
import { play } from "./play.ts";
import { readScript, scenarios } from "./scripts.ts";
import { tell } from "./tell.ts";
import { withWays } from "./ways.ts";

test("all recorded histories are played", () => {
  expect(scenarios).toHaveLength(80);
  expect(Object.keys(knownDifferences).filter((name) => !scenarios.includes(name))).toEqual([]);
});

test.each(scenarios)(
  "%s: conditions, containers, events, their order and the end are those of a real cluster",
  async (scenario) => {
    const script = readScript(scenario);
    const played = tell(await play(withWays(script)), script.manifest);
    const known = knownDifferences[scenario] ?? {};
    const differences = compare(script.told, played, script.watched);
    expect(differences.filter(({ what }) => !(what in known))).toEqual([]);
    // An entry that has become the same goes: the list can only shrink.
    expect(Object.keys(known).filter((what) => !differences.some((each) => each.what === what))).toEqual([]);
  },
);

/** Whose course hangs on durations: of users (deadlines, minReadySeconds, grace), of kubelets and of controllers. */
const timed = [
  ...["cronjob", "deployment-crash-loop", "deployment-image-pull-fail", "deployment-liveness-kill"],
  ...[
    "deployment-min-ready-seconds",
    "deployment-progress-deadline",
    "hpa-no-metrics",
    "job-deadline",
    "job-fail-backoff",
  ],
  ...["job-ttl", "pod-deadline", "pod-phases", "statefulset-retention"],
];

test.each(timed)("%s: ten times faster, the same is told", async (scenario) => {
  const script = withWays(readScript(scenario));
  const [plain, fast] = [await play(script), await play(script, 0.1)];
  expect(compare(tell(plain, script.manifest), tell(fast, script.manifest))).toEqual([]);
});
