import { expect, test } from "vitest";
import { configMap, deployment } from "../cli/stacks.ts";
import { onReal } from "./cluster.ts";
import { changed, connectTo, get, homeWithCluster, itemOf, place } from "./planning.ts";

const home = homeWithCluster();

const shop = (replicas: string) => ({
  kubernetes_namespace_v1: { shop: { metadata: { name: "shop" } } },
  kubernetes_deployment_v1: {
    web: {
      ...deployment("web", { namespace: "shop" }),
      spec: { ...deployment("web").spec, replicas },
    },
  },
});

test.skipIf(onReal)(
  "without a cluster everything is predicted, checked against the schema, and planned again when there is one",
  async () => {
    const p = place(home, "shop", { web: shop("2") });
    const before = await p.plan();
    expect(before.cluster.action).toBe("create");
    expect(itemOf(before, "web")).toMatchObject({ action: "create", prediction: { because: "cluster-missing" } });
    p.want({
      ...shop("2"),
      kubernetes_manifest: {
        bad: {
          manifest: {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "bad", namespace: "shop" },
            dta: { a: "1" },
          },
        },
      },
    });
    expect(itemOf(await p.plan(), "bad")).toMatchObject({ action: "blocked", why: expect.stringContaining("dta") });
    const refused = await p.run(["up", "--yes"]);
    expect(refused.exitCode).toBe(1);
    expect((await p.run(["cluster", "list"])).stdout).not.toMatch(/exists|running/);
    p.want(shop("2"));
    await p.up();
    expect(changed(await p.plan())).toEqual([]);
  },
);

test("a removed API is blocked with what takes its place; a deprecated one is a warning", async () => {
  await place(home, "first", { web: { kubernetes_config_map_v1: { a: configMap("a", {}) } } }).up();
  const metadata = { namespace: "default" };
  const p = place(home, "old", {
    web: {
      kubernetes_manifest: {
        old: {
          manifest: { apiVersion: "batch/v1beta1", kind: "CronJob", metadata: { ...metadata, name: "old" }, spec: {} },
        },
        ends: {
          manifest: { apiVersion: "v1", kind: "Endpoints", metadata: { ...metadata, name: "ends" }, subsets: [] },
        },
      },
    },
  });
  const plan = await p.plan();
  expect(itemOf(plan, "old")).toMatchObject({ action: "blocked", why: expect.stringContaining("use batch/v1") });
  expect(itemOf(plan, "ends")).toMatchObject({ action: "create", warnings: [expect.stringMatching(/deprecated/)] });
});

test("a generated value that left the code is shown and dropped, once nothing uses it", async () => {
  const secret = { metadata: { name: "gone", namespace: "default" }, data: { p: "${random_password.db.result}" } };
  const p = place(home, "gone", {
    web: { random_password: { db: { length: 20 } }, kubernetes_secret_v1: { db: secret } },
  });
  await p.up();
  p.want({ kubernetes_secret_v1: { db: { ...secret, data: { p: "plain" } } } });
  expect((await p.plan()).stacks[0].generated).toEqual([
    { action: "delete", address: "random_password.db", type: "random_password" },
  ]);
  expect((await p.run(["plan"])).stdout).toContain("no longer used");
  await p.up();
  expect((await p.run(["state", "list"])).stdout).not.toContain("random_password");
  expect(changed(await p.plan())).toEqual([]);
  expect((await p.plan()).hasChanges).toBe(false);
  const live = await get(await connectTo(home), "Secret", "default/gone");
  expect(live?.["data"]).toEqual({ p: Buffer.from("plain").toString("base64") });
});
