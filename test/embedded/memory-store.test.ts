import { describe, expect, test } from "vitest";
import { MemoryStore } from "../../src/embedded/memory-store.ts";
import type { StoreEvent } from "../../src/embedded/store.ts";
import { KubeError } from "../../src/model/errors.ts";
import type { KubeObject, ResourceType } from "../../src/model/objects.ts";

const configMaps: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  resource: "configmaps",
  namespaced: true,
  verbs: ["get"],
};

function configMap(name: string, data: Record<string, string>): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "web" }, data };
}

function storeOf(): { store: MemoryStore; events: StoreEvent[] } {
  const store = new MemoryStore({ types: [configMaps], now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  const events: StoreEvent[] = [];
  store.subscribe((event) => events.push(event));
  return { store, events };
}

function refusal(action: () => unknown): { status: number; reason: string; message: string } {
  try {
    action();
  } catch (error) {
    if (error instanceof KubeError) return { status: error.status, reason: error.reason, message: error.message };
    throw error;
  }
  throw new Error("not refused");
}

describe("memory store", () => {
  test("create gives uid, version and time, and keeps a copy", () => {
    const { store } = storeOf();
    const sent = configMap("one", { a: "1" });
    const made = store.create(configMaps, sent);
    sent["data"] = { a: "changed by the caller" };
    expect(made.metadata).toMatchObject({ resourceVersion: "1", creationTimestamp: "2026-01-02T03:04:05Z" });
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(store.get(configMaps, "web", "one")?.["data"]).toEqual({ a: "1" });
    expect(() => {
      (made["data"] as Record<string, string>)["a"] = "2";
    }).toThrow(TypeError);
  });

  test("an equal object is not a change", () => {
    const { store, events } = storeOf();
    const made = store.create(configMaps, configMap("one", { a: "1" }));
    expect(store.update(configMaps, { ...configMap("one", { a: "1" }) })).toBe(made);
    expect(events.map((e) => e.type)).toEqual(["ADDED"]);
  });

  test("refusals are those of the API server", () => {
    const { store } = storeOf();
    const made = store.create(configMaps, configMap("one", { a: "1" }));
    store.update(configMaps, configMap("one", { a: "2" }));
    expect(refusal(() => store.create(configMaps, configMap("one", {})))).toEqual({
      status: 409,
      reason: "AlreadyExists",
      message: 'configmaps "one" already exists',
    });
    expect(refusal(() => store.update(configMaps, made)).message).toContain("the object has been modified");
    expect(refusal(() => store.update(configMaps, configMap("absent", {}))).status).toBe(404);
  });

  test("events come in order of commit also when a listener writes", () => {
    const { store } = storeOf();
    const seen: string[] = [];
    store.subscribe((event) => {
      if (event.type === "ADDED" && event.object.metadata.name === "one")
        store.create(configMaps, configMap("two", {}));
    });
    store.subscribe((event) => seen.push(`${event.object.metadata.name}@${event.object.metadata.resourceVersion}`));
    store.create(configMaps, configMap("one", {}));
    expect(seen).toEqual(["one@1", "two@2"]);
  });

  test("a deletion has a version of its own", () => {
    const { store, events } = storeOf();
    store.create(configMaps, configMap("one", {}));
    expect(store.remove(configMaps, "web", "one")?.metadata.resourceVersion).toBe("2");
    expect(store.remove(configMaps, "web", "one")).toBeNull();
    expect(events.map((e) => `${e.type}@${e.object.metadata.resourceVersion}`)).toEqual(["ADDED@1", "DELETED@2"]);
    expect(store.list(configMaps)).toEqual([]);
  });

  test("a journal that fails leaves no trace", () => {
    const store = new MemoryStore({
      types: [configMaps],
      journal: () => {
        throw new Error("no space left on device");
      },
    });
    expect(() => store.create(configMaps, configMap("one", {}))).toThrow("no space left");
    expect(store.list(configMaps)).toEqual([]);
    expect(store.resourceVersion()).toBe(0);
  });
});
