import { pbkdf2 } from "node:crypto";
import { appendFileSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Journal } from "../../src/embedded/journal.ts";
import { MemoryStore } from "../../src/embedded/memory-store.ts";
import { KubeError } from "../../src/model/errors.ts";
import type { ResourceType } from "../../src/model/objects.ts";

const names = { group: "", version: "v1", kind: "ConfigMap", resource: "configmaps" };
const configMaps: ResourceType = { ...names, namespaced: true, verbs: ["get"] };
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "web" } });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "k8sctl-journal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(): { store: MemoryStore; journal: Journal } {
  const opened: { journal: Journal | null } = { journal: null };
  const store = new MemoryStore({ types: [configMaps], journal: (event, v) => opened.journal?.append(event, v) });
  opened.journal = new Journal(folder, store);
  return { store, journal: opened.journal };
}

test("a store comes back as it was, without a line that was torn by a crash", async () => {
  const first = open();
  first.store.create(configMaps, configMap("one"));
  first.store.create(configMaps, configMap("two"));
  first.store.remove(configMaps, "web", "one");
  await first.journal.settled();
  first.journal.close();
  appendFileSync(join(folder, "journal.ndjson"), '{"v":4,"group":"","kind":"Conf');
  for (const _ of [1, 2]) {
    const again = open();
    expect(again.store.list(configMaps).map((object) => object.metadata.name)).toEqual(["two"]);
    expect(again.store.resourceVersion()).toBe(3);
    again.journal.close();
  }
});

test("a write that waits for the disk does not mind that the journal is written anew meanwhile", async () => {
  const { store, journal } = open();
  const large = { ...configMap("large"), data: { text: "x".repeat(900_000) } };
  for (let turn = 0; turn < 20; turn += 1) {
    store.create(configMaps, large);
    store.remove(configMaps, "web", "large");
  }
  store.create(configMaps, configMap("one"));
  // With all of Node's four threads taken, the disk is asked only after the journal was written anew.
  const busy = Array.from({ length: 4 }, () => promisify(pbkdf2)("a", "b", 200_000, 32, "sha256"));
  const waiting = journal.settled();
  journal.compactIfLong(store);
  await waiting;
  await Promise.all(busy);
  journal.close();
  expect(statSync(join(folder, "journal.ndjson")).size).toBeLessThan(10_000);
  expect(open().store.list(configMaps)).toHaveLength(1);
});

test("what cannot be written is refused with the reason, and nothing of it stays", () => {
  const { store, journal } = open();
  store.create(configMaps, configMap("one"));
  journal.close();
  const refused = () => store.create(configMaps, configMap("two"));
  expect(refused).toThrow(KubeError);
  expect(refused).toThrow(/cannot store its state: EBADF/);
  expect(store.list(configMaps)).toHaveLength(1);
  expect(open().store.list(configMaps)).toHaveLength(1);
});
