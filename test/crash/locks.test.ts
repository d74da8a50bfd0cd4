import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { renderCredentials } from "../../src/access/render.ts";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { pick, seeded } from "./seeded.ts";

/**
 * Three real processes want one lock; whoever holds it is stopped (SIGSTOP) past its lease again and again, and goes on
 * (SIGCONT) when another may have taken over. The order in which the server commits decides: nobody goes on writing who
 * does not hold the lease at that moment. `npm run crash-test` does many rounds, `npm test` a few.
 */
const ROUNDS = process.env["K8SCTL_CRASH"] === "all" ? 40 : 4;
const LEASE_SECONDS = 2;
const program = fileURLToPath(new URL("./lock-writer.ts", import.meta.url));
const jiti = fileURLToPath(new URL("../../node_modules/jiti/lib/jiti-cli.mjs", import.meta.url));

interface Entry {
  readonly by: string;
  /** Who held the lease when this was committed; null: nobody. */
  readonly holder: string | null;
}

test(`a stopped holder writes nothing once another has taken over, ${ROUNDS} times`, async () => {
  const cluster = await startEmbedded({ credentials: await makeCredentials("locks", Date.now()), timeScale: 0.01 });
  const root = mkdtempSync(join(tmpdir(), "k8sctl-locks-"));
  const children: ChildProcess[] = [];
  onTestFinished(async () => {
    for (const child of children) child.kill("SIGKILL");
    await cluster.close();
    rmSync(root, { recursive: true, force: true });
  });
  const entries: Entry[] = [];
  let holder: string | null = null;
  let takeovers = 0;
  cluster.store.subscribe(({ type, resource, object, previous }) => {
    if (resource.kind === "Lease" && object.metadata.name === "k8sctl.shop.web") {
      const [before, now] = [hostOf(previous), type === "DELETED" ? null : hostOf(object)];
      if (before !== null && now !== null && before !== now) takeovers += 1;
      holder = now;
    }
    if (resource.kind === "ConfigMap" && object.metadata.name === "ledger") {
      entries.push({ by: (object["data"] as { by: string }).by, holder });
    }
  });
  const kubeconfig = join(root, "kubeconfig");
  writeFileSync(kubeconfig, renderCredentials(cluster.access, "kubeconfig").reveal(), { mode: 0o600 });
  const printed: string[] = [];
  for (let i = 0; i < 3; i++) {
    const argv = [jiti, program, kubeconfig, cluster.access.name, String(LEASE_SECONDS)];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout.setEncoding("utf8").on("data", (text: string) => printed.push(text));
    children.push(child);
  }
  await until(() => entries.length > 10);
  const random = seeded(8);
  for (let round = 0; round < ROUNDS; round++) {
    const written = entries.length;
    const stopped = await heldBy(children, () => holder);
    stopped.kill("SIGSTOP");
    // Some stops end within the lease, most after somebody else has it.
    await wait(pick([300, LEASE_SECONDS * 1000 * 0.9, LEASE_SECONDS * 1000 * 1.6, LEASE_SECONDS * 1000 * 2], random));
    stopped.kill("SIGCONT");
    await until(() => entries.length > written + 5);
  }
  for (const child of children) child.kill("SIGKILL");
  // A signal can strike between the last look at the lock and the system call that sends: that one request is late.
  const late = entries.filter(({ by, holder: held }) => by !== held);
  expect(late.length).toBeLessThanOrEqual(Math.ceil(ROUNDS / 20));
  expect(new Set(entries.map(({ by }) => by)).size, printed.join("")).toBeGreaterThan(1);
  expect(takeovers, printed.join("")).toBeGreaterThan(0);
  expect(printed.join("")).toMatch(/could not be renewed in time|was taken away/);
  if (ROUNDS > 4)
    console.log(`${ROUNDS} stops, ${takeovers} takeovers, ${entries.length} entries, ${late.length} late`);
}, 600_000);

function hostOf(lease: { [field: string]: unknown } | null): string | null {
  const { holderIdentity } = (lease?.["spec"] ?? {}) as { holderIdentity?: string };
  return holderIdentity?.split("/")[0] ?? null;
}

/** The process that holds the lock now; between two holders it is waited for the next. */
async function heldBy(children: readonly ChildProcess[], holder: () => string | null): Promise<ChildProcess> {
  let found: ChildProcess | undefined;
  await until(() => {
    const now = holder();
    found = children.find((child) => now === `host-${child.pid}`);
    return found !== undefined;
  });
  return found!;
}

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!done()) {
    if (performance.now() > end) throw new Error("waited in vain");
    await wait(5);
  }
}
