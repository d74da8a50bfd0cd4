import { expect, test } from "vitest";
import { proportionalSizes } from "../../../src/embedded/controllers/proportional.ts";
import { at } from "../../../src/model/read-field.ts";
import { textAt } from "../../../src/status/reading.ts";
import { deployment, Simulation } from "./simulation.ts";

const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } };
const broken = { "embedded.k8sctl.dev/fail": "image-pull" };

/** Replicas of each ReplicaSet that has any, the oldest first. */
const sizes = (cluster: Simulation) =>
  [...cluster.list("ReplicaSet")]
    .sort((a, b) => revision(a) - revision(b))
    .map((set) => Number(at(set, "spec", "replicas")))
    .filter((replicas) => replicas > 0);
const revision = (set: unknown) => Number(textAt(set, "metadata", "annotations", "deployment.kubernetes.io/revision"));

// Seen on a real 1.34; the first numbers are also those of the Kubernetes documentation.
test("a rollout that is stuck and scaled grows and shrinks in proportion", () => {
  const cluster = new Simulation();
  cluster.apply("Deployment", deployment("web", { replicas: 10, strategy }));
  cluster.run(30);
  const seen = [10, 15, 10, 5, 1, 0].map((replicas) => {
    cluster.apply("Deployment", deployment("web", { replicas, strategy }, broken));
    cluster.run(30);
    return [replicas, sizes(cluster)];
  });
  expect(seen).toEqual([
    [10, [8, 5]],
    [15, [11, 7]],
    [10, [8, 5]],
    [5, [3, 5]],
    [1, [1]],
    [0, []],
  ]);
});

test("a new template and another number at once: what there is is scaled first", () => {
  const cluster = new Simulation();
  cluster.apply("Deployment", deployment("web", { replicas: 2 }));
  cluster.run(30);
  cluster.apply("Deployment", deployment("web", { replicas: 4 }, { note: "new" }));
  cluster.run(60);
  const messages = cluster.list("Event").filter((event) => textAt(event, "reason") === "ScalingReplicaSet");
  expect(messages.map((event) => textAt(event, "message")).slice(0, 3)).toEqual([
    expect.stringMatching(/^Scaled up replica set \S+ from 0 to 2$/),
    expect.stringMatching(/^Scaled up replica set \S+ from 2 to 4$/),
    expect.stringMatching(/^Scaled up replica set \S+ from 0 to 1$/),
  ]);
  expect(sizes(cluster)).toEqual([4]);
});

const set = (name: string, replicas: number, maxBefore: number, created: string) => ({
  name,
  replicas,
  maxBefore,
  created,
});

test.each([
  ["grows the newer of two of one size first", 7, [set("old", 3, 6, "1"), set("new", 3, 6, "2")], { old: 3, new: 4 }],
  ["shrinks the older first", 5, [set("old", 3, 6, "1"), set("new", 3, 6, "2")], { old: 2, new: 3 }],
  [
    "goes by the status where nothing is remembered",
    12,
    [set("old", 4, 0, "1"), set("new", 2, 0, "2")],
    { old: 8, new: 4 },
  ],
])("what is spread %s", (_, total, sets, expected) => {
  expect(Object.fromEntries(proportionalSizes(sets, { total, maxSurge: 0, now: 6 }))).toEqual(expected);
});
