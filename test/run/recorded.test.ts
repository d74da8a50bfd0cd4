import { beforeAll, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { Kube } from "../../src/ports.ts";
import { readStatus } from "../../src/run/status.ts";
import { clusterOfFile } from "../e2e/cluster.ts";
import { upOf } from "./native.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

const NAME = "recorded";
const project = {
  name: NAME,
  root: "/",
  clusters: {},
  defaultCluster: "",
  inventoryNamespace: "default",
  variables: {},
  stacks: [],
};

async function statusNow() {
  const rows = await readStatus(kube, project, { stacks: null, parallelism: 4, now: Date.now() });
  return rows.map(({ status }) => `${status.phase} ${status.message}`.trim());
}

function settings(version: string, readyWhen?: JsonObject): JsonObject {
  return {
    resource: {
      kubernetes_config_map_v1: {
        settings: {
          metadata: { name: "settings" },
          data: { version },
          ...(readyWhen === undefined ? {} : { "//": { k8sctl: { readyWhen } } }),
        },
      },
    },
  };
}

test("status holds an object to what its code said must hold, without the code", async () => {
  const wanted: JsonObject = { type: "equals", path: "data.seen", value: "yes" };
  const done = await upOf(kube, NAME, settings("1", wanted), Date.now(), 1);
  expect(done.exitCode).toBe(3);
  expect(await statusNow()).toEqual(['progressing waiting until data.seen is "yes"']);

  const patch = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings", namespace: "default" } };
  await kube.apply({ ...patch, data: { seen: "yes" } }, { fieldManager: "somebody", force: false, dryRun: false });
  expect(await statusNow()).toEqual(["ready"]);

  await upOf(kube, NAME, settings("2", { ...wanted, value: "no" }), Date.now(), 1);
  expect(await statusNow()).toEqual(['progressing waiting until data.seen is "no"']);
  await upOf(kube, NAME, settings("3"), Date.now(), 1);
  expect(await statusNow()).toEqual(["ready"]);
});

test("status asks for an object in the version that it was applied with: an old one may know no conditions", async () => {
  const metadata = { name: "web" };
  const spec = {
    max_replicas: 3,
    scale_target_ref: { api_version: "apps/v1", kind: "Deployment", name: "web" },
    metric: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", average_utilization: 50 } } }],
  };
  const resource = { kubernetes_horizontal_pod_autoscaler_v2: { web: { metadata, spec } } };
  await upOf(kube, NAME, { resource }, Date.now(), 1);
  const asked: string[] = [];
  const listening: Kube = {
    ...kube,
    list: (type, options) => {
      asked.push(`${type.kind} ${type.version}`);
      return kube.list(type, options);
    },
  };
  await readStatus(listening, project, { stacks: null, parallelism: 4, now: Date.now() });
  expect(asked.filter((each) => each.startsWith("Horizontal"))).toEqual(["HorizontalPodAutoscaler v2"]);
});
