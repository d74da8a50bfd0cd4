import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readRunning } from "../../src/embedded/state-folder.ts";
import { systemClock } from "../../src/host/clock.ts";
import { embeddedCluster } from "../../src/host/embedded.ts";
import type { ClusterProvider } from "../../src/ports.ts";
import { clientOf } from "./client.ts";

let home: string;
let cluster: ClusterProvider;
const folder = () => join(home, "embedded", "dev");

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "k8sctl-embedded-"));
  cluster = embeddedCluster("dev", { clock: systemClock, env: { K8SCTL_HOME: home } });
});

afterEach(async () => {
  await cluster.delete(() => {});
  rmSync(home, { recursive: true, force: true });
});

async function withClient<T>(use: (client: ReturnType<typeof clientOf>) => Promise<T>): Promise<T> {
  const client = clientOf(await cluster.access());
  try {
    return await use(client);
  } finally {
    client.close();
  }
}

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    const status = `/proc/${pid}/status`;
    return !existsSync(status) || !/^State:\s*Z/m.test(readFileSync(status, "utf8"));
  } catch {
    return false;
  }
};

test("a cluster outlives its command, a kill and a stale pid file, and is gone after delete", async () => {
  expect(await cluster.exists()).toBe(false);
  await expect(cluster.access()).rejects.toThrow("does not exist");
  await cluster.create(() => {});
  expect(await cluster.exists()).toBe(true);
  const first = readRunning(folder())!;
  const write = {
    method: "POST",
    path: "/api/v1/namespaces/default/configmaps",
    headers: { "content-type": "application/json" },
  };
  const acknowledged: string[] = [];
  await withClient(async (client) => {
    const bodies = Array.from({ length: 40 }, (_, i) => ({ metadata: { name: `kept-${i}` }, data: { i: String(i) } }));
    // Killed in the middle of the writes: what was acknowledged must be there afterwards.
    await Promise.allSettled(
      bodies.map(async (body, i) => {
        if (i === 30) process.kill(first.pid, "SIGKILL");
        const answer = await client.send({ ...write, body });
        if (answer.status === 201) acknowledged.push(body.metadata.name);
      }),
    );
  });
  await withClient(async (client) => {
    const { body } = await client.send({ path: "/api/v1/namespaces/default/configmaps" });
    const names = (body as { items: { metadata: { name: string } }[] }).items.map((item) => item.metadata.name);
    expect(names).toEqual(expect.arrayContaining([...acknowledged, "kube-root-ca.crt"]));
  });
  const second = readRunning(folder())!;
  expect(second.port).toBe(first.port);
  expect(second.pid).not.toBe(first.pid);
  // Files that hold keys or state are their owner's alone.
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  for (const file of readdirSync(folder()))
    expect([file, statSync(join(folder(), file)).mode & 0o777]).toEqual([file, 0o600]);

  await cluster.delete(() => {});
  expect(existsSync(folder())).toBe(false);
  expect(isAlive(second.pid)).toBe(false);
});

test("two commands at one moment share one server", async () => {
  const other = embeddedCluster("dev", { clock: systemClock, env: { K8SCTL_HOME: home } });
  await Promise.all([cluster.create(() => {}), other.create(() => {})]);
  expect((await cluster.access()).server).toBe((await other.access()).server);
});
