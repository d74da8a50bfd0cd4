import { describe, expect, test } from "vitest";
import type { Inventory, InventoryEntry } from "../../src/model/inventory.ts";
import { deleteInventory, readInventories, writeInventory } from "../../src/run/inventory.ts";
import { decodeInventory, encodeInventory } from "../../src/run/inventory-format.ts";
import { MemoryKube } from "./memory-kube.ts";

function entry(name: string): InventoryEntry {
  return {
    id: { group: "apps", kind: "Deployment", namespace: "web", name },
    version: "v1",
    uid: null,
    address: `kubernetes_deployment_v1.${name}`,
    dependsOn: ["/Namespace//web"],
    preventDestroy: false,
  };
}

function inventory(stack: string, entries: readonly InventoryEntry[] = [entry("shop")]): Inventory {
  return {
    project: "shop",
    stack,
    after: [],
    entries,
    generated: { "random_password.db": { type: "random_password", arguments: {}, attributes: { result: "hunter2" } } },
    outputs: { url: { value: "http://x", sensitive: false } },
  };
}

describe("format", () => {
  test("a round trip keeps everything, plain and compressed", () => {
    const small = inventory("web");
    const large = inventory(
      "web",
      Array.from({ length: 3000 }, (_, i) => entry(`d${i}`)),
    );
    expect(Object.keys(encodeInventory(small))).toEqual(["inventory.json"]);
    expect(Object.keys(encodeInventory(large))).toEqual(["inventory.json.gz"]);
    expect(decodeInventory(encodeInventory(small), "x")).toEqual(small);
    expect(decodeInventory(encodeInventory(large), "x")).toEqual(large);
  });

  test("more than a Secret holds is refused with what to do", () => {
    const noise = Array.from({ length: 40_000 }, () => entry(crypto.randomUUID()));
    expect(() => encodeInventory(inventory("web", noise))).toThrow(/40000 objects.*a Secret holds 921600/);
  });

  test.each([
    ["nothing", {}],
    ["no JSON", { "inventory.json": Buffer.from("{").toString("base64") }],
    ["another document", { "inventory.json": Buffer.from('{"a":1}').toString("base64") }],
    ["no gzip", { "inventory.json.gz": Buffer.from("x").toString("base64") }],
  ])("%s is unreadable", (_, data) => {
    expect(() => decodeInventory(data as Record<string, string>, "default/k8sctl.a.b")).toThrow(
      /Secret default\/k8sctl\.a\.b does not hold an inventory/,
    );
  });

  test("a higher format is refused", () => {
    const data = { "inventory.json": Buffer.from('{"format":2,"entries":[]}').toString("base64") };
    expect(() => decodeInventory(data, "x")).toThrow(/newer k8sctl \(format 2\)/);
  });
});

describe("storage", () => {
  test("one list finds every stack of the project and no other project's", async () => {
    const kube = new MemoryKube();
    await writeInventory(kube, "default", inventory("web"), null);
    await writeInventory(kube, "default", inventory("db"), null);
    await writeInventory(kube, "default", { ...inventory("web"), project: "bank" }, null);
    const found = await readInventories(kube, "shop", "default");
    expect([...found.keys()].sort()).toEqual(["db", "web"]);
    expect(found.get("web")?.inventory).toEqual(inventory("web"));
  });

  test("the parent carries the ApplySet's marks", async () => {
    const kube = new MemoryKube();
    await writeInventory(kube, "default", inventory("web"), null);
    const [secret] = kube.all();
    expect(secret?.metadata.labels?.["applyset.kubernetes.io/id"]).toMatch(/^applyset-.{43}-v1$/);
    expect(secret?.metadata.annotations?.["applyset.kubernetes.io/contains-group-kinds"]).toBe("Deployment.apps");
    expect(secret?.metadata.annotations?.["applyset.kubernetes.io/additional-namespaces"]).toBe("web");
  });

  test("a write over somebody else's write is refused, whatever it was", async () => {
    const kube = new MemoryKube();
    const first = await writeInventory(kube, "default", inventory("web"), null);
    await expect(writeInventory(kube, "default", inventory("web"), null)).rejects.toThrow(/changed by somebody else/);
    const second = await writeInventory(kube, "default", inventory("web", []), first);
    await expect(writeInventory(kube, "default", inventory("web"), first)).rejects.toThrow(/changed by somebody else/);
    await expect(deleteInventory(kube, "default", first)).rejects.toThrow(/changed by somebody else/);
    await deleteInventory(kube, "default", second);
    expect(kube.all()).toEqual([]);
    await expect(writeInventory(kube, "default", inventory("web"), second)).rejects.toThrow(/changed by somebody else/);
  });
});
