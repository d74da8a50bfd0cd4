import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { systemClock } from "../../src/host/clock.ts";
import { systemExec } from "../../src/host/exec.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import type { ClusterAccess } from "../../src/model/access.ts";
import type { RunEventBody } from "../../src/model/events.ts";
import { describeId } from "../../src/model/ids.ts";
import { startProxy } from "../crash/proxy.ts";
import { type Applied, apply } from "./applying.ts";
import { plan, stack } from "./plans.ts";

/** What a watch loses, by a 410 or by a restart of the API server, changes nothing of what a run tells. */
function deployment(app: string, fail: string) {
  const labels = { app };
  const annotations = { "embedded.k8sctl.dev/fail": fail };
  const template = {
    metadata: { labels, annotations },
    spec: { containers: [{ name: app, image: `registry.example/${app}:1` }] },
  };
  return { body: { spec: { replicas: 2, selector: { matchLabels: labels }, template } } };
}

const rollout = () =>
  plan(
    stack("shop", [
      ["create", "Namespace shop"],
      ["create", "Deployment shop/crash", deployment("crash", "crash")],
      ["create", "Deployment shop/image", deployment("image", "image-pull")],
      ["create", "Deployment shop/once", deployment("once", "crash-once")],
      ["create", "Deployment shop/slow", deployment("slow", "slow")],
    ]),
  );

function run(access: ClusterAccess, onEvent: (event: RunEventBody) => void): Promise<Applied> {
  const kube = openKube(access, { exec: systemExec, clock: systemClock });
  onTestFinished(() => kube.close());
  return apply(kube, rollout(), { timeouts: { objectSeconds: 60, overallSeconds: null }, onEvent });
}

function expectEachOnce({ events, result }: Applied): void {
  const told = events.flatMap((event) =>
    event.type === "verdict" ? [`${describeId(event.verdict.id)} ${event.verdict.cause}`] : [],
  );
  expect(told.sort()).toEqual(["Deployment shop/crash crash", "Deployment shop/image image-not-found"]);
  const ready = events.flatMap((event) =>
    event.type === "object-status" && event.status.phase === "ready" ? [describeId(event.status.id)] : [],
  );
  expect(ready.sort()).toEqual(["Deployment shop/once", "Deployment shop/slow", "Namespace shop"]);
  expect(result.counts).toMatchObject({ create: 5, failed: 2 });
}

test("watches that expire with every status that is told", { timeout: 60_000 }, async () => {
  const credentials = await makeCredentials("outages", Date.now());
  const cluster = await startEmbedded({ credentials, timeScale: 0.05 });
  const proxy = await startProxy(cluster.port, credentials);
  onTestFinished(async () => {
    await proxy.close();
    await cluster.close();
  });
  let expired = 0;
  const access = { ...cluster.access, server: `https://127.0.0.1:${proxy.port}` };
  const done = await run(access, (event) => {
    if (event.type === "object-status") expired += proxy.expire();
  });
  expectEachOnce(done);
  expect(expired).toBeGreaterThan(5);
});

test("an API server that restarts in the middle of a rollout", { timeout: 60_000 }, async () => {
  const dir = mkdtempSync(join(tmpdir(), "k8sctl-outages-"));
  let cluster = await startEmbedded({ dir, timeScale: 0.05 });
  onTestFinished(async () => {
    await cluster.close();
    rmSync(dir, { recursive: true });
  });
  let restarts = 0;
  let restarting = Promise.resolve();
  const restart = async () => {
    await cluster.close();
    cluster = await startEmbedded({ dir, timeScale: 0.05, port: cluster.port });
  };
  const done = await run(cluster.access, (event) => {
    // With the first pods, and again when one object has failed and the others have not.
    const due = restarts === 0 ? event.type === "object-status" && event.status.total === 2 : event.type === "verdict";
    if (!due || restarts === 2) return;
    restarts += 1;
    restarting = restarting.then(restart);
  });
  await restarting;
  expectEachOnce(done);
  expect(restarts).toBe(2);
});
