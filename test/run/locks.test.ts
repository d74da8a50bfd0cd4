import { describe, expect, test } from "vitest";
import { UnreachableError } from "../../src/model/errors.ts";
import { acquireLocks, forceUnlock, type LockOptions } from "../../src/run/locks.ts";
import { ManualClock } from "./manual-clock.ts";
import { MemoryKube } from "./memory-kube.ts";

let ids = 0;

function options(kube: MemoryKube, clock: ManualClock, more: Partial<LockOptions> = {}): LockOptions {
  const id = ++ids;
  return {
    kube,
    clock,
    random: { bytes: (length) => new Uint8Array(length).fill(id) },
    identity: { host: `host-${id}`, pid: 100 + id, processAlive: () => true },
    command: "up",
    project: "shop",
    inventoryNamespace: "default",
    stacks: ["web"],
    ...more,
  };
}

function unreachable(): never {
  throw new UnreachableError("https://memory", "ECONNREFUSED", "connection refused");
}

describe("acquiring", () => {
  test("takes the stacks in sorted order, once each, with microseconds, and gives them back", async () => {
    const kube = new MemoryKube();
    const locks = await acquireLocks(options(kube, new ManualClock(), { stacks: ["web", "db", "web"] }));
    expect(kube.writes).toEqual(["create Lease default/k8sctl.shop.db", "create Lease default/k8sctl.shop.web"]);
    expect(kube.all()[0]?.["spec"]).toMatchObject({
      leaseDurationSeconds: 15,
      acquireTime: "2026-11-21T10:00:00.000000Z",
      renewTime: "2026-11-21T10:00:00.000000Z",
    });
    await locks.release();
    expect(kube.all()).toEqual([]);
  });

  test("a second run is told who holds the lock and since when, as soon as the holder has renewed it", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const first = options(kube, clock);
    await acquireLocks(first);
    const told: string[] = [];
    const second = acquireLocks(options(kube, clock, { onWait: (message) => told.push(message) }));
    const refused = expect(second).rejects.toMatchObject({
      problems: [
        {
          code: "locked",
          message: `stack web is locked by ${first.identity.host} (process ${first.identity.pid}, k8sctl up) since 2026-11-21T10:00:00.000000Z`,
          remedy: expect.stringContaining("k8sctl unlock --stack web"),
        },
      ],
    });
    await clock.advance(6_000);
    await refused;
    expect(told).toHaveLength(1);
  });

  test("what was taken before the refusal is given back", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    await acquireLocks(options(kube, clock, { stacks: ["web"] }));
    const second = expect(acquireLocks(options(kube, clock, { stacks: ["db", "web"] }))).rejects.toThrow(/locked/);
    await clock.advance(6_000);
    await second;
    expect(kube.all().map((o) => o.metadata.name)).toEqual(["k8sctl.shop.web"]);
  });

  test("a dead process of this host is taken over without waiting", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const identity = { host: "laptop", pid: 7, processAlive: (pid: number) => pid !== 7 };
    await acquireLocks(options(kube, new ManualClock(), { identity }));
    await acquireLocks(options(kube, clock, { identity: { ...identity, pid: 8 } }));
    expect(clock.monotonic()).toBe(0);
    expect(kube.all()[0]?.["spec"]).toMatchObject({ holderIdentity: expect.stringMatching(/^laptop\/8\//) });
  });

  test("a process of another container that bears this host's name is not taken for dead", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const identity = { host: "runner", machine: "boot 1", pid: 7, processAlive: () => false };
    await acquireLocks(options(kube, clock, { identity }));
    const second = acquireLocks(options(kube, clock, { identity: { ...identity, machine: "boot 2", pid: 8 } }));
    const refused = expect(second).rejects.toThrow(/locked by runner \(process 7/);
    await clock.advance(6_000);
    await refused;
  });

  test("what is held already is renewed while the next is waited for", async () => {
    const kube = new MemoryKube();
    const dead = new ManualClock();
    await acquireLocks(options(kube, dead, { stacks: ["web"] }));
    const clock = new ManualClock();
    const both = acquireLocks(options(kube, clock, { stacks: ["db", "web"] }));
    await clock.advance(16_000);
    expect(kube.writes.filter((line) => line === "replace Lease default/k8sctl.shop.db")).toHaveLength(3);
    const locks = await both;
    expect(locks.signal.aborted).toBe(false);
    locks.assertHeld();
    await locks.release();
  });

  test("a silent holder elsewhere is taken over after the whole duration on our clock, whatever its clock said", async () => {
    const kube = new MemoryKube();
    const stopped = new ManualClock();
    stopped.suspend(365 * 24 * 3600 * 1000);
    const first = await acquireLocks(options(kube, stopped));
    const clock = new ManualClock();
    let got = false;
    const second = acquireLocks(options(kube, clock)).then((locks) => {
      got = true;
      return locks;
    });
    await clock.advance(14_900);
    expect(got).toBe(false);
    await clock.advance(1_000);
    expect(got).toBe(true);
    await stopped.advance(5_000);
    expect(first.signal.reason).toMatchObject({ problems: [{ code: "lock-lost" }] });
    expect((await second).signal.aborted).toBe(false);
    await first.release();
    expect(kube.all()).toHaveLength(1);
  });

  test("a create whose answer was lost is recognized as ours", async () => {
    const kube = new MemoryKube();
    const create = kube.create.bind(kube);
    kube.create = async (object) => {
      await create(object);
      return create(object);
    };
    const locks = await acquireLocks(options(kube, new ManualClock()));
    await locks.release();
    expect(kube.all()).toEqual([]);
  });

  test("unlock removes the lease and names its holder, and the holder stops", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const locks = await acquireLocks(options(kube, clock));
    const removed = await forceUnlock(kube, "shop", ["web", "db"], "default");
    expect(removed.map((lease) => [lease.stack, lease.holder.command])).toEqual([["web", "up"]]);
    await clock.advance(5_000);
    expect(locks.signal.aborted).toBe(true);
    await expect(locks.ensureHeld()).rejects.toThrow(/lock of web was taken away/);
  });
});

describe("renewing", () => {
  test("renews every five seconds and survives an outage shorter than the lease", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const locks = await acquireLocks(options(kube, clock));
    await clock.advance(20_000);
    expect(kube.writes.filter((line) => line.startsWith("replace"))).toHaveLength(4);
    kube.intercept = unreachable;
    await clock.advance(9_000);
    kube.intercept = () => {};
    await clock.advance(10_000);
    expect(locks.signal.aborted).toBe(false);
  });

  test("a renewal whose answer was lost counts from when it was sent: another follows", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const replace = kube.replace.bind(kube);
    let lost = 0;
    kube.replace = async (object) => {
      const written = await replace(object);
      if (lost++ === 0) unreachable();
      return written;
    };
    await acquireLocks(options(kube, clock));
    await clock.advance(6_500);
    expect(kube.all()[0]?.["spec"]).toMatchObject({ renewTime: "2026-11-21T10:00:06.000000Z" });
  });

  test.each([
    ["fails", unreachable],
    ["hangs", () => new Promise<void>(() => {})],
  ])("stops before the lease expires when renewing %s", async (_, intercept) => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const locks = await acquireLocks(options(kube, clock));
    kube.intercept = intercept;
    await clock.advance(11_000);
    expect(locks.signal.aborted).toBe(false);
    await clock.advance(1_500);
    expect(locks.signal.reason).toMatchObject({ problems: [{ code: "lock-lost" }] });
    await expect(locks.ensureHeld()).rejects.toThrow(/could not be renewed in time/);
  });

  test("after a suspend the next write renews first", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const locks = await acquireLocks(options(kube, clock));
    await locks.ensureHeld();
    expect(kube.writes).toHaveLength(1);
    clock.suspend(3_600_000);
    await locks.ensureHeld();
    expect(kube.writes).toEqual(["create Lease default/k8sctl.shop.web", "replace Lease default/k8sctl.shop.web"]);
  });

  test("after a suspend in which somebody else took the lock, nothing is written", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const locks = await acquireLocks(options(kube, clock));
    await forceUnlock(kube, "shop", ["web"], "default");
    await acquireLocks(options(kube, new ManualClock()));
    clock.suspend(3_600_000);
    await expect(locks.ensureHeld()).rejects.toThrow(/taken away by host-/);
    await locks.release();
    expect(kube.all()).toHaveLength(1);
  });

  test("a renewal whose answer was lost does not lose the lock", async () => {
    const kube = new MemoryKube();
    const clock = new ManualClock();
    const locks = await acquireLocks(options(kube, clock));
    const replace = kube.replace.bind(kube);
    let cut = true;
    kube.replace = async (object) => {
      const answer = await replace(object);
      if (!cut) return answer;
      cut = false;
      return unreachable();
    };
    await clock.advance(10_000);
    expect(locks.signal.aborted).toBe(false);
    await locks.release();
    expect(kube.all()).toEqual([]);
  });
});
