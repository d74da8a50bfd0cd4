import { systemClock } from "../../src/host/clock.ts";
import { systemExec } from "../../src/host/exec.ts";
import { diskFiles } from "../../src/host/files.ts";
import { openKube } from "../../src/host/kube/kube.ts";
import { readAccess, readKubeconfig } from "../../src/host/kubeconfig.ts";
import { systemRandomness } from "../../src/host/random.ts";
import { acquireLocks } from "../../src/run/locks.ts";

/** A process that takes a lock, writes who it is some times, gives the lock back, and so on until it is killed. */
const [, , kubeconfig = "", context = "", leaseSeconds = ""] = process.argv;
const access = await readAccess(await readKubeconfig([kubeconfig], diskFiles), context, diskFiles);
const kube = openKube(access, { exec: systemExec, clock: systemClock });
// A host of its own: nobody may look whether the process lives.
const identity = { host: `host-${process.pid}`, pid: process.pid, processAlive: () => true };

for (let round = 0; ; round++) {
  try {
    await hold(round);
  } catch (error) {
    console.log(`${process.pid} ${error instanceof Error ? error.message : String(error)}`);
    await systemClock.sleep(50);
  }
}

async function hold(round: number): Promise<void> {
  const locks = await acquireLocks({
    kube,
    clock: systemClock,
    random: systemRandomness,
    identity,
    command: "test",
    project: "shop",
    inventoryNamespace: "default",
    stacks: ["web"],
    leaseSeconds: Number(leaseSeconds),
  });
  const writing = kube.guarded(locks);
  try {
    for (let n = 0; n < 40; n++) {
      await locks.ensureHeld();
      const metadata = { name: "ledger", namespace: "default" };
      const data = { by: `host-${process.pid}`, entry: `${round} ${n}` };
      const options = { fieldManager: `host-${process.pid}`, force: true, dryRun: false, signal: locks.signal };
      await writing.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data }, options);
    }
  } finally {
    await locks.release();
  }
}
