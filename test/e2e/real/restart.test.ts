import { expect, test } from "vitest";
import { startRealApi } from "../../../scripts/real-api/start.ts";
import { systemClock } from "../../../src/host/clock.ts";
import { systemExec } from "../../../src/host/exec.ts";
import { openKube } from "../../../src/host/kube/kube.ts";
import type { KubeObject } from "../../../src/model/objects.ts";

const configMaps = { group: "", version: "v1", kind: "ConfigMap" };

function configMap(name: string): KubeObject {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default" }, data: {} };
}

test("a watch goes on across a restart of the API server and reports what happened meanwhile", async () => {
  const api = await startRealApi();
  const kube = openKube(api.access, { exec: systemExec, clock: systemClock });
  const abort = new AbortController();
  try {
    await kube.create(configMap("before"), "test");
    await kube.create(configMap("goes"), "test");
    const seen: string[] = [];
    let arrived: (name: string) => void = () => undefined;
    const reports = (name: string) =>
      new Promise<void>((resolve) => {
        arrived = (line) => line === name && resolve();
      });
    const synced = reports("SYNCED");
    const watching = (async () => {
      for await (const event of kube.watch(configMaps, { namespace: "default", signal: abort.signal })) {
        const line = event.type === "SYNCED" ? event.type : `${event.type} ${event.object.metadata.name}`;
        if (!line.endsWith("kube-root-ca.crt")) seen.push(line);
        arrived(line);
      }
    })();
    await synced;
    const restarted = api.restartServer();
    await restarted;
    const last = reports("ADDED last");
    await kube.delete({ ...configMaps, namespace: "default", name: "goes" }, { propagation: "Background" });
    await kube.create(configMap("last"), "test");
    await last;
    abort.abort();
    await watching.catch(() => undefined);
    // How often it is synced depends on whether the server still had the old version; each object is told once.
    expect(seen.filter((line) => line !== "SYNCED")).toEqual([
      "ADDED before",
      "ADDED goes",
      "DELETED goes",
      "ADDED last",
    ]);
  } finally {
    abort.abort();
    kube.close();
    await api.stop();
  }
});
