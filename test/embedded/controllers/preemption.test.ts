import { expect, test } from "vitest";
import { at, listAt, textAt } from "../../../src/model/read-field.ts";
import { Simulation } from "./simulation.ts";

const pod = (name: string, priority: number, cpu: string, more: object = {}) => ({
  metadata: { name, annotations: { "embedded.k8sctl.dev/stops-in": "never" } },
  spec: {
    priority,
    terminationGracePeriodSeconds: 3,
    containers: [{ name: "c", image: "web:1", resources: { requests: { cpu } } }],
    ...more,
  },
});

function clusterWith(...pods: readonly ReturnType<typeof pod>[]): Simulation {
  const cluster = new Simulation();
  const allocatable = { cpu: "2", pods: "10" };
  cluster.apply("Node", { metadata: { name: "n1" }, spec: {}, status: { allocatable } });
  for (const each of pods) cluster.apply("Pod", each);
  cluster.run(10);
  return cluster;
}

const running = (cluster: Simulation) =>
  cluster
    .list("Pod")
    .filter((each) => textAt(each, "status", "phase") === "Running")
    .map(({ metadata }) => metadata.name);
const told = (cluster: Simulation, name: string) =>
  cluster
    .list("Event")
    .filter((event) => textAt(event, "involvedObject", "name") === name)
    .map((event) => `${textAt(event, "reason")}: ${textAt(event, "message")}`);

// Words, conditions and their order were seen on a real 1.34.
test("a full node makes room for a more important pod", () => {
  const cluster = clusterWith(pod("low", 10, "1"), pod("zero", 0, "1"));
  cluster.apply("Pod", pod("high", 1000, "1", { preemptionPolicy: "PreemptLowerPriority" }));
  cluster.run(1);
  const [zero, high] = ["zero", "high"].map((name) =>
    cluster.list("Pod").find(({ metadata }) => metadata.name === name),
  );
  expect(textAt(high, "status", "nominatedNodeName")).toBe("n1");
  expect(zero?.metadata.deletionTimestamp).toBeDefined();
  const target = listAt(zero, "status", "conditions").find((each) => textAt(each, "type") === "DisruptionTarget");
  expect(target).toMatchObject({
    status: "True",
    reason: "PreemptionByScheduler",
    message: "default-scheduler: preempting to accommodate a higher priority pod",
  });
  cluster.run(30);
  expect(running(cluster)).toEqual(["high", "low"]);
  const after = cluster.list("Pod").find(({ metadata }) => metadata.name === "high");
  expect(at(after, "status", "nominatedNodeName")).toBeUndefined();
  expect(told(cluster, "zero")).toContain(`Preempted: Preempted by pod ${high?.metadata.uid} on node n1`);
  expect(told(cluster, "high")[0]).toBe("FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.");
});

test("no more leave than must, the least important first", () => {
  const cluster = clusterWith(pod("a", 5, "500m"), pod("b", 1, "500m"), pod("c", 7, "1"));
  cluster.apply("Pod", pod("high", 10, "1"));
  cluster.run(30);
  expect(running(cluster)).toEqual(["c", "high"]);
});

test.each<[string, number, object, string]>([
  ["that may not preempt", 10, { preemptionPolicy: "Never" }, "not eligible due to preemptionPolicy=Never."],
  [
    "no more important than those there",
    5,
    {},
    "0/1 nodes are available: 1 No preemption victims found for incoming pod.",
  ],
])("a pod %s waits", (_, priority, more, why) => {
  const cluster = clusterWith(pod("a", 5, "1"), pod("b", 5, "1"));
  cluster.apply("Pod", pod("late", priority, "1", more));
  cluster.run(30);
  expect(running(cluster)).toEqual(["a", "b"]);
  const words = `0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: ${why}`;
  expect(told(cluster, "late")).toEqual([`FailedScheduling: ${words}`]);
});
