import { beforeAll, describe, expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube } from "../../src/ports.ts";
import { clusterOfFile } from "../e2e/cluster.ts";
import { actionsOf, planOf, upOf } from "./native.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

const other = { fieldManager: "somebody", force: false, dryRun: false };

async function configMap(name: string): Promise<KubeObject | null> {
  return kube.get({ group: "", version: "v1", kind: "ConfigMap", namespace: "default", name });
}

async function given(name: string, data: Record<string, string>): Promise<void> {
  await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data }, other);
}

function labels(name: string, values: Record<string, string>) {
  return { api_version: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, labels: values };
}

describe("fields of somebody else's object", () => {
  test("are set, found unchanged, changed and taken away, and the object stays as it was", async () => {
    await given("shared", { theirs: "1" });
    const json = (data: Record<string, string>) => ({
      resource: {
        kubernetes_labels: { tier: labels("shared", { tier: "gold" }) },
        kubernetes_config_map_v1_data: { more: { metadata: { name: "shared" }, data } },
      },
    });
    const first = await upOf(kube, "shop", json({ a: "1", b: "2" }));
    expect(first.actions).toEqual([
      "create ConfigMap default/shared (fields of app/kubernetes_labels.tier)",
      "create ConfigMap default/shared (fields of app/kubernetes_config_map_v1_data.more)",
    ]);
    expect(first.exitCode).toBe(0);
    expect(await configMap("shared")).toMatchObject({
      metadata: { labels: { tier: "gold" } },
      data: { theirs: "1", a: "1", b: "2" },
    });

    expect((await upOf(kube, "shop", json({ a: "1", b: "2" }))).actions.map((a) => a.split(" ")[0])).toEqual([
      "unchanged",
      "unchanged",
    ]);

    const changed = await upOf(kube, "shop", json({ a: "3" }));
    const [, item] = changed.planned.plan.stacks[0]?.items ?? [];
    expect(item?.changes.map((c) => c.path).sort()).toEqual(["data.a", "data.b"]);
    expect((await configMap("shared"))?.["data"]).toEqual({ theirs: "1", a: "3" });

    const gone = await upOf(kube, "shop", {});
    expect(gone.actions.map((a) => a.split(" ")[0])).toEqual(["delete", "delete"]);
    expect(gone.exitCode).toBe(0);
    const left = await configMap("shared");
    expect(left?.["data"]).toEqual({ theirs: "1" });
    expect(left?.metadata.labels).toBeUndefined();
    expect(
      await kube.get({ group: "", version: "v1", kind: "Secret", namespace: "default", name: "k8sctl.shop.app" }),
    ).toBe(null);
  });

  test("of an object that nobody makes are blocked, and nothing is made", async () => {
    const { plan } = await planOf(kube, "shop", {
      resource: { kubernetes_labels: { x: labels("missing", { a: "b" }) } },
    });
    const [item] = plan.stacks[0]?.items ?? [];
    expect(item?.action).toBe("blocked");
    expect(item?.why).toContain("ConfigMap default/missing does not exist");
    expect(await configMap("missing")).toBe(null);
  });

  test("of an object of the same plan come after it, and again when it is replaced", async () => {
    const json = (immutable: string) => ({
      resource: {
        kubernetes_config_map_v1: { own: { metadata: { name: "own" }, data: { v: immutable }, immutable: true } },
        kubernetes_labels: { own: labels("own", { tier: "gold" }) },
      },
    });
    expect((await upOf(kube, "own", json("1"))).exitCode).toBe(0);
    expect((await configMap("own"))?.metadata.labels).toMatchObject({ tier: "gold" });
    expect(actionsOf((await planOf(kube, "own", json("1"))).plan).map((a) => a.split(" ")[0])).toEqual([
      "unchanged",
      "unchanged",
    ]);
    const again = await upOf(kube, "own", json("2"));
    expect(again.actions.map((a) => a.split(" ")[0])).toEqual(["replace", "update"]);
    expect((await configMap("own"))?.metadata.labels).toMatchObject({ tier: "gold" });
    expect((await upOf(kube, "own", {})).exitCode).toBe(0);
    expect(await configMap("own")).toBe(null);
  });

  test("that others own are a conflict, unless the resource says force", async () => {
    await given("owned", { a: "theirs" });
    const json = (force: boolean) => ({
      resource: { kubernetes_config_map_v1_data: { x: { metadata: { name: "owned" }, data: { a: "ours" }, force } } },
    });
    expect(actionsOf((await planOf(kube, "shop", json(false))).plan)[0]).toMatch(/^blocked/);
    expect((await upOf(kube, "shop", json(true))).exitCode).toBe(0);
    expect((await configMap("owned"))?.["data"]).toEqual({ a: "ours" });
  });

  test("the default service account of a namespace that the plan makes", async () => {
    const json = {
      resource: {
        kubernetes_namespace_v1: { ns: { metadata: { name: "fresh" } } },
        kubernetes_default_service_account_v1: {
          d: {
            metadata: { namespace: "${kubernetes_namespace_v1.ns.metadata[0].name}" },
            image_pull_secret: [{ name: "registry" }],
          },
        },
      },
    };
    const done = await upOf(kube, "fresh", json);
    expect(done.exitCode).toBe(0);
    const account = { group: "", version: "v1", kind: "ServiceAccount", namespace: "fresh", name: "default" };
    expect((await kube.get(account))?.["imagePullSecrets"]).toEqual([{ name: "registry" }]);
  });
});
