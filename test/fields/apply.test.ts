import { describe, expect, test } from "vitest";
import { type ApplyRequest, applyMerge } from "../../src/fields/apply.ts";
import { updateManagers } from "../../src/fields/update.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import { builtinTypes } from "../../src/schema/table.ts";

function apply(live: KubeObject | null, config: KubeObject, more: Partial<ApplyRequest> = {}): KubeObject {
  const result = applyMerge({
    live,
    config,
    manager: "alpha",
    apiVersion: config.apiVersion,
    subresource: "",
    force: false,
    now: "2026-01-01T00:00:00Z",
    types: builtinTypes,
    ...more,
  });
  if (result.type !== "applied") throw new Error(JSON.stringify(result));
  return result.object;
}

const configMap = (fields: Record<string, unknown> = {}, metadata: Record<string, unknown> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "cfg", namespace: "shop", ...metadata },
  ...fields,
});
const owners = (object: KubeObject) =>
  (object.metadata.managedFields ?? []).map((entry) => [entry.manager, entry.operation, entry.fieldsV1]);

describe("server-side apply, where no recording tells", () => {
  test("the name stays when a manager gives up its last field of metadata", () => {
    const live = { ...apply(null, configMap({}, { finalizers: ["a"] })) };
    live.metadata = { ...live.metadata, uid: "u", resourceVersion: "7" };
    expect(apply(live, configMap())).toEqual(configMap({}, { uid: "u", resourceVersion: "7" }));
  });

  test("what lived before anybody applied is its writer's, not silently ours", () => {
    const result = apply(configMap({ data: { a: "1", b: "2" } }), configMap({ data: { a: "1" } }));
    expect(owners(result)).toEqual([
      ["alpha", "Apply", { "f:data": { "f:a": {} } }],
      ["before-first-apply", "Update", { "f:data": { ".": {}, "f:a": {}, "f:b": {} } }],
    ]);
    expect(result["data"]).toEqual({ a: "1", b: "2" });
  });

  test("what lived before anybody applied has a status that is nobody's", () => {
    const [apiVersion, kind, metadata] = ["example.com/v1", "Widget", { name: "w" }];
    const live: KubeObject = { apiVersion, kind, metadata, status: {} };
    expect(owners(apply(live, { apiVersion, kind, metadata }))).toEqual([]);
    expect(owners(apply({ ...live, spec: { a: 1 } }, { apiVersion, kind, metadata }))).toEqual([
      ["before-first-apply", "Update", { "f:spec": { ".": {}, "f:a": {} } }],
    ]);
  });

  test.each([
    ["is absent where Go types decode it", false, {}],
    ["is null in a custom object", true, { ports: null }],
  ])("a list whose last element goes with its owner %s", (_, keepsEmptied, left) => {
    const [apiVersion, kind, metadata] = ["v1", "Service", { name: "web" }];
    const ports = [{ port: 80, protocol: "TCP" }];
    const first = apply(null, { apiVersion, kind, metadata, spec: { type: "NodePort", ports } });
    const spec = { type: "NodePort", ports: [{ ...ports[0], targetPort: 8080 }] };
    const write = { before: first, apiVersion, subresource: "", now: "", types: builtinTypes, manager: "beta" };
    const managedFields = updateManagers({ ...write, after: { ...first, spec } });
    const live = { ...first, metadata: { ...first.metadata, managedFields }, spec };
    expect(apply(live, { apiVersion, kind, metadata, spec: { type: "NodePort" } }, { keepsEmptied })["spec"]).toEqual({
      type: "NodePort",
      ...left,
    });
  });

  test("custom resources without a schema: maps are granular, lists atomic", () => {
    const widget = (spec: Record<string, unknown>): KubeObject => ({
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name: "w" },
      spec,
    });
    const first = apply(null, widget({ size: { w: 1, h: 2 }, parts: [{ name: "a" }, { name: "a" }] }));
    expect(owners(first)).toEqual([
      ["alpha", "Apply", { "f:spec": { ".": {}, "f:parts": {}, "f:size": { ".": {}, "f:h": {}, "f:w": {} } } }],
    ]);
    const second = apply(first, widget({ size: { d: 3 } }), { manager: "beta" });
    expect(second["spec"]).toEqual({ size: { w: 1, h: 2, d: 3 }, parts: [{ name: "a" }, { name: "a" }] });
    expect(apply(second, widget({}))["spec"]).toEqual({ size: { d: 3 } });
  });

  test("items of one list by two managers keep their order, ours in the order we list them", () => {
    const pod = (...names: string[]): KubeObject => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "p" },
      spec: { containers: names.map((name) => ({ name })) },
    });
    const live = apply(apply(null, pod("a", "b")), pod("x", "b"), { manager: "beta" });
    expect((live["spec"] as { containers: unknown }).containers).toEqual([{ name: "a" }, { name: "x" }, { name: "b" }]);
    expect((apply(live, pod("b", "a"))["spec"] as { containers: unknown }).containers).toEqual([
      { name: "x" },
      { name: "b" },
      { name: "a" },
    ]);
  });
});

describe("managedFields after plain writes", () => {
  const write = (before: KubeObject | null, after: KubeObject, subresource = "") =>
    updateManagers({
      before,
      after,
      manager: "editor",
      apiVersion: after.apiVersion,
      subresource,
      now: "2026-01-02T00:00:00Z",
      types: builtinTypes,
    });

  test("a created object's writer owns its defaults, but no struct that Go writes anyway", () => {
    const service: KubeObject = {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web" },
      spec: { ports: [{ port: 80, protocol: "TCP" }], selector: { app: "web" }, type: "ClusterIP" },
      status: { loadBalancer: {} },
    };
    const [entry] = write(null, service);
    expect(entry?.fieldsV1).toEqual({
      "f:spec": {
        "f:ports": { ".": {}, 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {}, "f:protocol": {} } },
        "f:selector": {},
        "f:type": {},
      },
    });
  });

  test("a removed field leaves everybody's set, an empty set has no entry", () => {
    const live = apply(null, configMap({ data: { a: "1" } }));
    expect(write(live, { ...configMap(), metadata: live.metadata })).toEqual([]);
  });

  test("managedFields sent through a subresource are not believed", () => {
    const live = apply(null, configMap({ data: { a: "1" } }));
    const sent = { ...live, metadata: { ...live.metadata, managedFields: [{}] } };
    expect(write(live, sent, "status")).toEqual(live.metadata.managedFields);
    expect(write(live, sent)).toEqual([]);
  });
});
