import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { findClient } from "../../scripts/real-clients/programs.ts";
import { clusterOfFile } from "./cluster.ts";

const program = findClient("helm", process.env);
if (program === null) console.warn("SKIPPED helm: not installed, see docs/testing.md");

const cluster = clusterOfFile();
const chart = fileURLToPath(new URL("../fixtures/chart", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "k8sctl-helm-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function helm(...args: readonly string[]): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: folder, KUBECONFIG: cluster.kubeconfig };
  return (await promisify(execFile)(program!, args, { env, timeout: 90_000 })).stdout;
}

async function web(): Promise<unknown> {
  const ref = { group: "apps", version: "v1", kind: "Deployment", namespace: "default", name: "shop-web" };
  const live = await cluster.kube.get(ref);
  const spec = live?.["spec"] as { replicas: number; template: { spec: { containers: { image: string }[] } } };
  return live === null ? null : [spec.replicas, spec.template.spec.containers[0]?.image];
}

const listed = async () =>
  (
    JSON.parse(await helm("list", "--all", "--output", "json")) as { name: string; revision: string; status: string }[]
  ).map(({ name, revision, status }) => `${name} ${revision} ${status}`);

describe.skipIf(program === null)("helm's releases of a small chart with a hook", { timeout: 120_000 }, () => {
  const wait = ["--wait", "--timeout", "60s"];
  test("install, upgrade, rollback, history, uninstall", async () => {
    await helm("install", "shop", chart, ...wait);
    expect(await web()).toEqual([2, "web:1"]);
    expect(await listed()).toEqual(["shop 1 deployed"]);

    await helm("upgrade", "shop", chart, "--set", "replicas=3,image=web:2", ...wait);
    expect(await web()).toEqual([3, "web:2"]);
    expect(await helm("get", "manifest", "shop")).toContain('image: "web:2"');

    await helm("rollback", "shop", "1", ...wait);
    expect(await web()).toEqual([2, "web:1"]);
    const history = JSON.parse(await helm("history", "shop", "--output", "json")) as { description: string }[];
    expect(history.map(({ description }) => description)).toEqual([
      "Install complete",
      "Upgrade complete",
      "Rollback to 1",
    ]);

    expect(await helm("upgrade", "shop", chart, "--set", "replicas=9", "--dry-run=server")).toContain("replicas: 9");
    expect(await web()).toEqual([2, "web:1"]);

    await helm("uninstall", "shop", "--wait");
    expect(await web()).toBeNull();
    expect(await listed()).toEqual([]);
  });

  test("an upgrade that the server refuses is a failed release, and can be rolled back", async () => {
    await helm("install", "shop", chart, ...wait);
    await expect(helm("upgrade", "shop", chart, "--set", "replicas=-1")).rejects.toThrow(
      /spec\.replicas: Invalid value: -1/,
    );
    expect(await listed()).toEqual(["shop 2 failed"]);
    await helm("rollback", "shop", "1", ...wait);
    expect(await listed()).toEqual(["shop 3 deployed"]);
    await helm("uninstall", "shop");
  });
});
