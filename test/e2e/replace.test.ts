import { describe, expect, test } from "vitest";
import type { FieldChange } from "../../src/model/plan.ts";
import { deployment } from "../cli/stacks.ts";
import { changed, connectTo, get, homeWithCluster, itemOf, place } from "./planning.ts";

const home = homeWithCluster();

const claim = (storageClass: string, lifecycle = {}) => ({
  kubernetes_persistent_volume_claim_v1: {
    data: {
      metadata: { name: "data", namespace: "default" },
      spec: {
        access_modes: ["ReadWriteOnce"],
        storage_class_name: storageClass,
        resources: { requests: { storage: "1Gi" } },
      },
      wait_until_bound: false,
      lifecycle,
    },
  },
});

function set(size: string, labels = { app: "pg" }, image = "pg:1") {
  return {
    kubernetes_stateful_set_v1: {
      pg: {
        metadata: { name: "pg", namespace: "default" },
        spec: {
          replicas: "2",
          service_name: "pg",
          selector: { match_labels: labels },
          template: { metadata: { labels }, spec: { container: [{ name: "pg", image }] } },
          volume_claim_template: [
            {
              metadata: { name: "data" },
              spec: { access_modes: ["ReadWriteOnce"], resources: { requests: { storage: size } } },
            },
          ],
        },
      },
    },
  };
}

describe("what loses data", () => {
  test("is not replaced or pruned without a question, unless told to", async () => {
    const p = place(home, "loss", { web: claim("standard") });
    await p.up();
    const uid = (await get(await connectTo(home), "PersistentVolumeClaim", "default/data"))?.metadata.uid;
    p.want(claim("fast"));
    const plan = await p.plan();
    expect(itemOf(plan, "data")).toMatchObject({ action: "replace", consequences: [{}, { type: "loses-data" }] });
    for (const resources of [claim("fast"), {}]) {
      p.want(resources);
      const refused = await p.run(["up", "--yes", "--output", "json"]);
      expect(refused.exitCode, refused.all).toBe(1);
      expect(refused.lines).toContainEqual(expect.objectContaining({ type: "error", code: "data-loss" }));
    }
    const kube = await connectTo(home);
    expect((await get(kube, "PersistentVolumeClaim", "default/data"))?.metadata.uid).toBe(uid);
    await p.up("--allow-data-loss");
    expect(await get(kube, "PersistentVolumeClaim", "default/data")).toBeNull();
  });

  test("prevent_destroy blocks the replace also then", async () => {
    const p = place(home, "prevent", { web: claim("standard", { prevent_destroy: true }) });
    await p.up();
    p.want(claim("fast", { prevent_destroy: true }));
    expect(itemOf(await p.plan(), "data")).toMatchObject({ action: "blocked" });
    expect((await p.run(["up", "--yes", "--allow-data-loss"])).exitCode).toBe(1);
    p.want(claim("standard"));
    await p.up();
    p.want({});
    await p.up("--allow-data-loss");
  });
});

describe("a StatefulSet", () => {
  test("whose claim templates change is made anew over its pods and claims", async () => {
    const p = place(home, "set", { web: set("1Gi") });
    await p.up();
    const kube = await connectTo(home);
    const uids = async (kind: string) =>
      Promise.all(
        [0, 1].map(
          async (i) => (await get(kube, kind, `default/${kind === "Pod" ? "" : "data-"}pg-${i}`))?.metadata.uid,
        ),
      );
    const [pods, claims] = [await uids("Pod"), await uids("PersistentVolumeClaim")];
    const old = (await get(kube, "StatefulSet", "default/pg"))?.metadata.uid;
    p.want(set("2Gi"));
    const item = itemOf(await p.plan(), "pg");
    expect(item).toMatchObject({ action: "replace" });
    expect(item.consequences).toMatchObject([
      {
        type: "replace",
        fields: ["spec.volumeClaimTemplates"],
        message: expect.stringContaining("its pods and claims stay"),
      },
      { type: "claims-keep-size", claims: ["data-pg-0", "data-pg-1"], before: "1Gi", after: "2Gi", grows: true },
    ]);
    expect(item.changes.map(({ path }: FieldChange) => path)).toEqual([
      "spec.volumeClaimTemplates[0].spec.resources.requests.storage",
    ]);
    expect((await p.run(["plan"])).stdout.replaceAll(/\s+/g, " ")).toContain("patch pvc data-pg-0 data-pg-1 -p");
    await p.up();
    expect(await uids("Pod")).toEqual(pods);
    expect(await uids("PersistentVolumeClaim")).toEqual(claims);
    expect((await get(kube, "StatefulSet", "default/pg"))?.metadata.uid).not.toBe(old);
    expect(changed(await p.plan())).toEqual([]);
    // Where the pods' template changes as well, they are made anew, and the plan says how many.
    p.want(set("3Gi", { app: "pg" }, "pg:2"));
    expect(itemOf(await p.plan(), "pg").consequences).toMatchObject([
      { type: "replace", message: expect.stringContaining("its claims stay") },
      { type: "restarts-pods", pods: 2 },
      { type: "claims-keep-size" },
    ]);
    p.want(set("500Mi", { app: "pg" }, "pg:1"));
    expect((await p.run(["plan"])).stdout.replaceAll(/\s+/g, " ")).toContain(
      "claims data-pg-0 to data-pg-1 keep 2Gi: a volume cannot be made smaller",
    );
    p.want(set("3Gi", { app: "pg" }, "pg:2"));
    await p.up();
    const renewed = await uids("Pod");
    expect(renewed.filter((uid) => pods.includes(uid))).toEqual([]);
    expect(await uids("PersistentVolumeClaim")).toEqual(claims);
    p.want(set("3Gi", { app: "postgres" }, "pg:2"));
    const { consequences } = itemOf(await p.plan(), "pg");
    expect(consequences).toMatchObject([
      { type: "replace", fields: ["spec.selector"], message: "spec.selector is immutable" },
      { type: "restarts-pods", pods: 2 },
    ]);
    await p.up();
    expect(await uids("Pod")).not.toEqual(renewed);
    expect(await uids("PersistentVolumeClaim")).toEqual(claims);
  });
});

test("create_before_destroy: the old one goes when the new one is ready, and stays when it never is", async () => {
  const app = (name: string, options = {}) => ({
    kubernetes_deployment_v1: {
      app: { ...deployment(name, options), lifecycle: { create_before_destroy: true } },
    },
  });
  const p = place(home, "before", { web: app("blue") });
  await p.up();
  // The annotation is for the embedded cluster, the image for who plays kubelet on the real one.
  const stuck = { image: "never", annotations: { "embedded.k8sctl.dev/fail": "unschedulable" } };
  p.want(app("green", stuck));
  const failed = await p.run(["up", "--yes", "--timeout", "3"]);
  expect(failed.exitCode).not.toBe(0);
  const kube = await connectTo(home);
  expect(await get(kube, "Deployment", "default/blue")).not.toBeNull();
  p.want(app("green"));
  await p.up();
  expect(await get(kube, "Deployment", "default/blue")).toBeNull();
  expect(changed(await p.plan())).toEqual([]);
});

test("what would be refused when made anew is refused before the old one goes", async () => {
  const pod = (account: string) => ({
    kubernetes_pod_v1: {
      p: {
        metadata: { name: "rehearsed", namespace: "default" },
        spec: { service_account_name: account, container: [{ name: "c", image: "c:1" }] },
      },
    },
  });
  const p = place(home, "rehearsed", { web: pod("default") });
  await p.run(["up", "--yes"]);
  const kube = await connectTo(home);
  const uid = (await get(kube, "Pod", "default/rehearsed"))?.metadata.uid;
  expect(uid).toBeDefined();
  p.want(pod("nobody-made-it"));
  expect(itemOf(await p.plan(), "rehearsed")).toMatchObject({ action: "replace" });
  const refused = await p.run(["up", "--yes", "--allow-data-loss"]);
  expect(refused.exitCode, refused.all).toBe(1);
  expect(refused.all).toContain("nobody-made-it");
  expect((await get(kube, "Pod", "default/rehearsed"))?.metadata.uid).toBe(uid);
});
