import { setMaxListeners } from "node:events";
import { expect, test } from "vitest";
import type { KubeObject } from "../../src/model/objects.ts";
import { clusterOfFile } from "./cluster.ts";

const cluster = clusterOfFile();
const namespace = "watched";

/** As a screen that shows everything does: each kind is watched several times while objects come, change and go. */
test("200 watches over all kinds miss nothing while 1,000 objects change", { timeout: 120_000 }, async () => {
  const { kube } = cluster;
  await kube.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, "test");
  const types = (await kube.resourceTypes()).filter(({ verbs }) => verbs.includes("watch") && verbs.includes("list"));
  const changed = types.filter(({ group, kind }) => group === "" && (kind === "ConfigMap" || kind === "Secret"));
  expect(changed).toHaveLength(2);
  // Twenty on what changes, the others on one kind after the other.
  const watched = Array.from({ length: 200 }, (_, index) => {
    const among = index < 20 ? changed : types;
    return among[index % among.length]!;
  });
  const abort = new AbortController();
  setMaxListeners(0, abort.signal);
  const seen = watched.map(() => new Map<string, string[]>());
  const synced = watched.map(
    (type, index) =>
      new Promise<void>((resolve, reject) => {
        void (async () => {
          for await (const event of kube.watch(type, { signal: abort.signal })) {
            if (event.type === "SYNCED") resolve();
            else if (event.object.metadata.namespace === namespace) {
              const lines = seen[index]!.get(event.object.metadata.name) ?? [];
              lines.push(event.type);
              seen[index]!.set(event.object.metadata.name, lines);
            }
          }
        })().catch((error: unknown) => (abort.signal.aborted ? undefined : reject(error)));
      }),
  );
  await Promise.all(synced);
  for (const lines of seen) lines.clear();

  const names = Array.from({ length: 500 }, (_, index) => `o-${index}`);
  const objects = changed.flatMap(({ kind }) =>
    names.map((name): KubeObject => ({ apiVersion: "v1", kind, metadata: { name, namespace }, data: { a: "MQ==" } })),
  );
  const inTurns = async (act: (object: KubeObject) => Promise<unknown>) => {
    const queue = [...objects];
    const worker = async () => {
      for (let next = queue.pop(); next !== undefined; next = queue.pop()) await act(next);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
  };
  const refOf = ({ kind, metadata }: KubeObject) => ({
    group: "",
    version: "v1",
    kind,
    namespace,
    name: metadata.name,
  });
  await inTurns((object) => kube.create(object, "test"));
  await inTurns((object) => kube.patch(refOf(object), { data: { a: "Mg==" } }, "test"));
  await inTurns((object) => kube.delete(refOf(object), { propagation: "Background" }));

  const watching = watched.flatMap(({ group, kind }, index) =>
    group === "" && (kind === "ConfigMap" || kind === "Secret") ? [index] : [],
  );
  expect(watching.length).toBeGreaterThan(20);
  const complete = ["ADDED", "MODIFIED", "DELETED"];
  for (const index of watching) {
    await expect
      .poll(() => names.filter((name) => seen[index]!.get(name)?.at(-1) === "DELETED").length, { timeout: 60_000 })
      .toBe(500);
    expect(names.filter((name) => seen[index]!.get(name)?.join() !== complete.join())).toEqual([]);
  }
  abort.abort();
});
