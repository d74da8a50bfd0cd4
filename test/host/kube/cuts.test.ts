import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, test } from "vitest";
import { startEmbedded } from "../../../src/embedded/server.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { openKube } from "../../../src/host/kube/kube.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import type { Exec, KubeList } from "../../../src/ports.ts";

const exec: Exec = { run: () => Promise.reject(new Error("no program is expected to run")) };
const configMaps = { group: "", version: "v1", kind: "ConfigMap" };

/** A wire to `port` that can be cut through at any moment. */
async function startWire(port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  let cuts = 0;
  return {
    port: (server.address() as AddressInfo).port,
    cuts: () => cuts,
    cut() {
      cuts += sockets.size > 0 ? 1 : 0;
      for (const socket of sockets) socket.destroy();
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}

test("over a wire that is cut again and again, applies arrive and a watch ends with the truth", async () => {
  const cluster = await startEmbedded();
  const wire = await startWire(cluster.port);
  const direct = openKube(cluster.access, { exec, clock: systemClock });
  const shaky = openKube(
    { ...cluster.access, server: `https://127.0.0.1:${wire.port}` },
    { exec, clock: { ...systemClock, sleep: () => new Promise((resolve) => setImmediate(resolve)) } },
  );
  const manager = { fieldManager: "test", force: true, dryRun: false };
  const abort = new AbortController();
  await direct.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "web" } }, manager);
  await shaky.version();

  const known = new Map<string, KubeObject>();
  const watching = (async () => {
    for await (const event of shaky.watch(configMaps, { namespace: "web", signal: abort.signal })) {
      if (event.type === "SYNCED") continue;
      const { name } = event.object.metadata;
      // Nothing is reported twice, and nothing is changed or deleted that was not there.
      expect(`${event.type} ${known.has(name)}`).toBe(`${event.type} ${event.type !== "ADDED"}`);
      if (event.type === "DELETED") known.delete(name);
      else known.set(name, event.object);
      if (name === "last") abort.abort();
    }
  })();

  for (let i = 0; i < 120; i++) {
    const name = `cm-${i % 15}`;
    const ref = { ...configMaps, namespace: "web", name };
    if (i % 4 === 3) await direct.delete(ref, { propagation: "Background" });
    else {
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "web" }, data: { i: `${i}` } };
      const applied = shaky.apply(object, manager);
      if (i % 5 === 0) wire.cut();
      expect((await applied).object["data"]).toEqual({ i: `${i}` });
    }
  }
  await direct.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "last", namespace: "web" } }, "test");
  await watching;

  const truth: KubeList = await direct.list(configMaps, { namespace: "web" });
  const versions = (objects: Iterable<KubeObject>) =>
    [...objects].map((object) => `${object.metadata.name}@${object.metadata.resourceVersion}`).sort();
  expect(versions(known.values())).toEqual(versions(truth.items));
  expect(wire.cuts()).toBeGreaterThan(10);

  direct.close();
  shaky.close();
  await wire.close();
  await cluster.close();
});
