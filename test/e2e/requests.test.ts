import { expect, test } from "vitest";
import { mapLimit } from "../../src/run/map-limit.ts";
import { configMap, deployment } from "../cli/stacks.ts";
import { connectTo, homeWithCluster, place, yamlOf } from "./planning.ts";

/** What a plan costs: requests by kind, not by object. */
const home = homeWithCluster();

const namespaces = ["requests-a", "requests-b"];
const wanted = (stack: number) => ({
  ...(stack === 0
    ? { kubernetes_namespace_v1: Object.fromEntries(namespaces.map((name) => [name, { metadata: { name } }])) }
    : {}),
  kubernetes_config_map_v1: Object.fromEntries(
    namespaces.map((namespace) => [namespace, configMap(`m${stack}`, { a: "1" }, namespace)]),
  ),
  kubernetes_deployment_v1: { web: deployment(`web${stack}`, { namespace: "requests-a", replicas: 0 }) },
});

test("a plan with nothing to do asks once per kind, whatever the number of objects, stacks and strangers", async () => {
  const stacks = Array.from({ length: 100 }, (_, i) => [`s${i}`, wanted(i)] as const);
  const p = place(home, "requests", Object.fromEntries(stacks));
  const files = stacks.map(([name]) => `stacks/${name}.tf.json`);
  const yaml = yamlOf("requests", files).replaceAll(
    /\{ file: (stacks\/s[1-9]\d*\.tf\.json) \}/g,
    "{ file: $1, after: [s0] }",
  );
  p.write({ "k8sctl.yaml": yaml });
  await p.up();
  const kube = await connectTo(home);
  const strangers = Array.from({ length: 300 }, (_, i) => i);
  await mapLimit(strangers, 16, async (i) => {
    const metadata = { name: `stranger-${i}`, namespace: "requests-a" };
    await kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata, data: { i: `${i}` } }, "somebody");
  });
  const plan = await p.plan();
  expect(plan.counts).toMatchObject({ unchanged: 302 });
  expect(plan.hasChanges).toBe(false);
  // The inventories are Secrets; no object is asked about alone.
  expect(plan.requests).toEqual({ "list ConfigMap": 1, "list Deployment": 1, "list Namespace": 1, "list Secret": 1 });

  // What was changed costs a dry run, what exists unlabelled one more read.
  await kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "there", namespace: "requests-b" } }, "x");
  p.want({ ...wanted(1), kubernetes_config_map_v1: { new: configMap("there", {}, "requests-b") } }, "s1");
  const { requests } = await p.plan();
  expect(requests).toMatchObject({ "dry-run ConfigMap": 1, "list ConfigMap": 1 });
  expect(Object.keys(requests).filter((name) => name.startsWith("get "))).toEqual(["get ConfigMap"]);
}, 60_000);
