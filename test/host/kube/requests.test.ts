import { describe, expect, test } from "vitest";
import { KubeError } from "../../../src/model/errors.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import { configMap, failure, inTurn, listOf, stages } from "./fixture.ts";

const stage = stages();
const ref = { group: "", version: "v1", kind: "ConfigMap", namespace: "web", name: "a" };
const desired: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "web" } };
const apply = { fieldManager: "k8sctl:shop", force: false, dryRun: false };

describe("requests", () => {
  test("an apply is a PATCH with manager, force and dry run, and gives back warnings", async () => {
    const { kube, asked } = await stage(() => ({
      status: 201,
      headers: { warning: ['299 - "first \\"quoted\\""', '299 - "second"'] },
      body: configMap("a", "7"),
    }));
    const answer = await kube.apply(desired, { fieldManager: "k8sctl:shop", force: true, dryRun: true });
    expect(answer.created).toBe(true);
    expect(answer.warnings).toEqual(['first "quoted"', "second"]);
    expect(answer.object.metadata.resourceVersion).toBe("7");
    const [sent] = asked();
    expect(`${sent?.method} ${sent?.path}`).toBe("PATCH /api/v1/namespaces/web/configmaps/a");
    expect(Object.fromEntries(sent!.query)).toEqual({ fieldManager: "k8sctl:shop", force: "true", dryRun: "All" });
    expect(sent?.headers["content-type"]).toBe("application/apply-patch+yaml");
    expect(JSON.parse(sent!.body)).toEqual(desired);
    expect(sent?.clientName).toBe("tester");
  });

  test("cluster-scoped and grouped types have their own paths", async () => {
    const { kube, asked } = await stage(() => ({ body: configMap("x", "1") }));
    await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name: "web" });
    await kube.get({ group: "apps", version: "v1", kind: "Deployment", namespace: "web", name: "shop" });
    expect(asked().map((seen) => seen.path)).toEqual([
      "/api/v1/namespaces/web",
      "/apis/apps/v1/namespaces/web/deployments/shop",
    ]);
  });

  test("a hundred requests at once share at most 32 connections", async () => {
    const { kube, server } = await stage(() => ({ body: configMap("a", "1") }));
    await Promise.all(Array.from({ length: 100 }, () => kube.get(ref)));
    expect(server.connections()).toBeLessThanOrEqual(32);
    const before = server.connections();
    for (let i = 0; i < 20; i++) await kube.get(ref);
    expect(server.connections()).toBe(before);
  });

  test("a delete carries its preconditions and says whether there was something", async () => {
    const { kube, asked } = await stage(inTurn({ body: {} }, failure(404, "NotFound", "gone", { name: "a" })));
    const options = { uid: "u1", resourceVersion: "5", propagation: "Foreground" } as const;
    expect(await kube.delete(ref, options)).toBe(true);
    expect(await kube.delete(ref, options)).toBe(false);
    expect(JSON.parse(asked()[0]!.body)).toEqual({
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Foreground",
      preconditions: { uid: "u1", resourceVersion: "5" },
    });
  });

  test("patch chooses its content type by the shape of the patch", async () => {
    const { kube, asked } = await stage(() => ({ body: configMap("a", "1") }));
    await kube.patch(ref, { data: { a: "1" } }, "m");
    await kube.patch(ref, [{ op: "remove", path: "/data/a" }], "m");
    expect(asked().map((seen) => seen.headers["content-type"])).toEqual([
      "application/merge-patch+json",
      "application/json-patch+json",
    ]);
  });

  test("logs are null where there are none", async () => {
    const { kube } = await stage(
      inTurn(
        { headers: { "content-type": "text/plain" }, body: "one\ntwo\n" },
        { status: 204 },
        failure(400, "BadRequest", "is waiting to start"),
        failure(404, "NotFound", "no pod", { name: "p" }),
      ),
    );
    const options = { namespace: "web", pod: "p", container: "c", tailLines: 2, previous: false };
    expect(await kube.logs(options)).toBe("one\ntwo\n");
    expect([await kube.logs(options), await kube.logs(options), await kube.logs(options)]).toEqual([null, null, null]);
  });

  test("a get of something absent is null, of an unknown type a KubeError TypeNotServed", async () => {
    const { kube } = await stage(
      inTurn(failure(404, "NotFound", 'configmaps "a" not found', { name: "a", kind: "configmaps" }), {
        status: 404,
        headers: { "content-type": "text/plain" },
        body: "404 page not found\n",
      }),
    );
    expect(await kube.get(ref)).toBeNull();
    await expect(kube.get(ref)).rejects.toMatchObject({ status: 404, reason: "TypeNotServed" });
    await expect(kube.get({ ...ref, kind: "Widget" })).rejects.toMatchObject({ status: 404, reason: "TypeNotServed" });
  });

  test("a conflict keeps its causes", async () => {
    const causes = [{ reason: "FieldManagerConflict", message: 'conflict with "kubectl"', field: ".data.a" }];
    const { kube } = await stage(() => failure(409, "Conflict", "Apply failed with 1 conflict", { causes }));
    const error = await kube.apply(desired, apply).catch((e) => e);
    expect(error).toBeInstanceOf(KubeError);
    expect(error).toMatchObject({
      status: 409,
      causes,
      request: "PATCH /api/v1/namespaces/web/configmaps/a",
    });
  });

  test("a namespace that does not exist is named in the details", async () => {
    const { kube } = await stage(() =>
      failure(404, "NotFound", 'namespaces "web" not found', { name: "web", kind: "namespaces" }),
    );
    await expect(kube.apply(desired, { ...apply, dryRun: true })).rejects.toMatchObject({
      status: 404,
      reason: "NotFound",
      about: { kind: "namespaces", name: "web" },
    });
  });

  test("a page of HTML is not taken for an answer", async () => {
    const { kube } = await stage(() => ({ headers: { "content-type": "text/html" }, body: "<html>log in</html>" }));
    await expect(kube.get(ref)).rejects.toThrow("is not JSON (text/html)");
  });
});

describe("lists", () => {
  test("come in pages and get their kind back", async () => {
    const bare = (name: string) => ({ metadata: { name, namespace: "web" } });
    const { kube, asked } = await stage(inTurn(listOf("5", [bare("a")], "next"), listOf("5", [bare("b")])));
    const list = await kube.list(ref, { namespace: "web", labelSelector: "app in (a,b)" });
    expect(list.items.map((item) => `${item.apiVersion} ${item.kind} ${item.metadata.name}`)).toEqual([
      "v1 ConfigMap a",
      "v1 ConfigMap b",
    ]);
    expect(list.resourceVersion).toBe("5");
    expect(asked().map((seen) => [seen.query.get("limit"), seen.query.get("continue")])).toEqual([
      ["500", null],
      ["500", "next"],
    ]);
    expect(asked()[0]?.query.get("labelSelector")).toBe("app in (a,b)");
  });

  test("start again when the token has expired, at last in one piece", async () => {
    const expired = failure(410, "Expired", "too old");
    const first = listOf("5", [configMap("a", "1")], "t");
    const { kube, asked } = await stage(inTurn(first, expired, first, expired, listOf("9", [configMap("z", "8")])));
    const list = await kube.list(ref);
    expect(list.items.map((item) => item.metadata.name)).toEqual(["z"]);
    expect(asked().map((seen) => seen.query.get("limit"))).toEqual(["500", "500", "500", "500", null]);
    expect(asked()[0]?.path).toBe("/api/v1/configmaps");
  });
});
