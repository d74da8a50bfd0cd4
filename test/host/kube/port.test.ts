import { beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/host/clock.ts";
import { openKube } from "../../../src/host/kube/kube.ts";
import { waitUntilReady } from "../../../src/host/kube/ready.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import { Secret } from "../../../src/model/secrets.ts";
import type { Exec, Kube } from "../../../src/ports.ts";
import { clusterOfFile } from "../../e2e/cluster.ts";

const exec: Exec = { run: () => Promise.reject(new Error("no program is expected to run")) };
const ports = { exec, clock: systemClock };
const manager = { fieldManager: "k8sctl:test", force: false, dryRun: false };
const configMaps = { group: "", version: "v1", kind: "ConfigMap" };

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(async () => {
  kube = cluster.kube;
  await kube.apply(namespace("walk"), manager);
});

function namespace(name: string): KubeObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name } };
}

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "walk" }, data };
}

const refOf = (name: string) => ({ ...configMaps, namespace: "walk", name });

describe("the port over a cluster", () => {
  test("finds it ready, with a version and types", async () => {
    await waitUntilReady(cluster.access, ports, 10_000);
    expect((await kube.version()).gitVersion).toMatch(/^v1\.\d+/);
    const types = await kube.resourceTypes();
    expect(types.find((type) => type.kind === "StatefulSet")).toMatchObject({
      group: "apps",
      resource: "statefulsets",
    });
  });

  test("one object from dry run to deletion", async () => {
    const desired = configMap("life", { a: "1" });
    expect((await kube.apply(desired, { ...manager, dryRun: true })).created).toBe(true);
    expect(await kube.get(refOf("life"))).toBeNull();

    const created = await kube.apply(desired, manager);
    expect(created).toMatchObject({ created: true, object: { data: { a: "1" } } });
    const again = await kube.apply(desired, manager);
    expect(again.created).toBe(false);
    expect(again.object.metadata.resourceVersion).toBe(created.object.metadata.resourceVersion);

    const patched = await kube.patch(refOf("life"), { data: { b: "2" } }, "other");
    expect(patched["data"]).toEqual({ a: "1", b: "2" });
    const conflict = await kube.apply(configMap("life", { b: "3" }), manager).catch((error) => error);
    expect(conflict).toMatchObject({ status: 409, reason: "Conflict", causes: [{ field: ".data.b" }] });

    await expect(kube.replace({ ...created.object, data: {} }, "other")).rejects.toMatchObject({ status: 409 });
    await expect(kube.delete(refOf("life"), { uid: "another", propagation: "Background" })).rejects.toMatchObject({
      status: 409,
    });
    expect(await kube.delete(refOf("life"), { uid: patched.metadata.uid!, propagation: "Background" })).toBe(true);
    expect(await kube.delete(refOf("life"), { propagation: "Background" })).toBe(false);
  });

  test("a namespace or a type that is missing can be told apart", async () => {
    const elsewhere = { ...configMap("x", {}), metadata: { name: "x", namespace: "nowhere" } };
    await expect(kube.apply(elsewhere, { ...manager, dryRun: true })).rejects.toMatchObject({
      status: 404,
      reason: "NotFound",
      about: { kind: "namespaces", name: "nowhere" },
    });
    await expect(kube.list({ group: "example.com", version: "v1", kind: "Widget" })).rejects.toMatchObject({
      status: 404,
      reason: "TypeNotServed",
    });
  });

  test("a list of more than a page comes whole", async () => {
    await kube.apply(namespace("many"), manager);
    const names = Array.from({ length: 620 }, (_, i) => `cm-${i}`);
    await Promise.all(
      names.map((name) => kube.create({ ...configMap(name, {}), metadata: { name, namespace: "many" } }, "test")),
    );
    const list = await kube.list(configMaps, { namespace: "many", fieldSelector: "metadata.name!=kube-root-ca.crt" });
    expect(list.items.map((item) => item.metadata.name).sort()).toEqual(names.sort());
    expect(list.items[0]).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
  });

  test("a watch sees what was there and what comes", async () => {
    await kube.apply(configMap("seen-1", { a: "1" }), { ...manager });
    const abort = new AbortController();
    const seen: string[] = [];
    const options = { namespace: "walk", fieldSelector: "metadata.name!=kube-root-ca.crt", signal: abort.signal };
    for await (const event of kube.watch(configMaps, options)) {
      seen.push(event.type === "SYNCED" ? "SYNCED" : `${event.type} ${event.object.metadata.name}`);
      if (event.type === "SYNCED") {
        await kube.apply(configMap("seen-1", { a: "2" }), manager);
        await kube.apply(configMap("seen-2", {}), manager);
        await kube.delete(refOf("seen-2"), { propagation: "Background" });
      }
      if (event.type === "DELETED") abort.abort();
    }
    expect(seen).toEqual(["ADDED seen-1", "SYNCED", "MODIFIED seen-1", "ADDED seen-2", "DELETED seen-2"]);
  });

  test.each([
    ["without credentials", { kind: "none" } as const, 403, "Forbidden"],
    ["with a bad token", { kind: "token", token: new Secret("wrong") } as const, 401, "Unauthorized"],
  ])("%s it is refused", async (_, credentials, status, reason) => {
    const stranger = openKube({ ...cluster.access, credentials }, ports);
    await expect(stranger.resourceTypes()).rejects.toMatchObject({ status, reason });
    stranger.close();
  });
});
