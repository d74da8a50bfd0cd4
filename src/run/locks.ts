import { KubeError, type UserError, userError } from "../model/errors.ts";
import type { Clock, Kube, Ports, Randomness } from "../ports.ts";
import { ensureNamespace } from "./inventory.ts";
import { type HeldLease, type Holder, LEASE_SECONDS, microTime, readLease, removeLease, writeLease } from "./lease.ts";
import { type GrowingLocks, type Locks, momentOf, renewing } from "./renewal.ts";

const POLL_MS = 500;

export interface LockOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly identity: Ports["identity"];
  /** `up`, for whoever is kept out. */
  readonly command: string;
  readonly project: string;
  readonly inventoryNamespace: string;
  readonly stacks: readonly string[];
  /** Seconds that our leases hold without renewal; `LEASE_SECONDS` unless given. */
  readonly leaseSeconds?: number;
  /** Told once per stack that somebody holds, while we look whether the holder is alive (at most its lease's duration). */
  readonly onWait?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes the leases of several stacks in sorted order (no two runs wait for each other) and keeps them renewed. A dead
 * process on this host is taken over at once, any other holder after its lease went unrenewed for its whole duration
 * on our own monotonic clock; clocks are never compared. Throws UserError `locked`.
 */
export async function acquireLocks(options: LockOptions): Promise<Locks> {
  const { identity } = options;
  const holder: Holder = {
    host: identity.host,
    machine: identity.machine ?? "",
    pid: identity.pid,
    id: Buffer.from(options.random.bytes(8)).toString("hex"),
    command: options.command,
  };
  const leaseSeconds = options.leaseSeconds ?? LEASE_SECONDS;
  const locks = renewing({ ...options, leaseSeconds });
  try {
    for (const stack of [...new Set(options.stacks)].sort()) await acquire(options, locks, holder, stack);
  } catch (error) {
    await locks.release();
    throw error;
  }
  return locks;
}

async function acquire(options: LockOptions, locks: GrowingLocks, holder: Holder, stack: string): Promise<void> {
  const { kube, clock, project, inventoryNamespace, leaseSeconds = LEASE_SECONDS } = options;
  let since = momentOf(clock);
  const take = (over: HeldLease | null) => {
    since = momentOf(clock);
    const lease = { stack, holder, since: microTime(since.wall), seconds: leaseSeconds };
    return writeLease(kube, project, inventoryNamespace, lease, over, since.wall);
  };
  let lease = await take(null).catch(async (error) => {
    // A lease to create is a 404 only when its namespace is missing.
    if (!(error instanceof KubeError && error.status === 404)) throw error;
    await ensureNamespace(kube, project, inventoryNamespace);
    return take(null);
  });
  let first: { readonly lease: HeldLease; readonly at: number } | null = null;
  while (!lease) {
    options.signal?.throwIfAborted();
    // What we hold already may be lost while we wait for this one.
    locks.signal.throwIfAborted();
    const held = await readLease(kube, project, stack, inventoryNamespace);
    if (held?.holder.id === holder.id) {
      // Our own write, whose answer was lost.
      lease = held;
    } else if (!held || isFree(held, options.identity)) {
      lease = await take(held);
    } else if (!first) {
      first = { lease: held, at: clock.monotonic() };
      options.onWait?.(`${describeHolder(held)}: looking whether it is alive`);
    } else if (held.resourceVersion !== first.lease.resourceVersion) {
      throw locked(held);
    } else if (clock.monotonic() - first.at >= held.seconds * 1000) {
      lease = await take(held);
      first = null;
    }
    if (!lease && first) await clock.sleep(POLL_MS, options.signal);
  }
  locks.add(lease, since);
}

/** Given back, or held by a process of this host that is no more. */
function isFree(held: HeldLease, identity: Ports["identity"]): boolean {
  const { host, machine, pid } = held.holder;
  if (host === "") return true;
  const here = host === identity.host && machine === (identity.machine ?? "");
  return here && pid > 0 && !identity.processAlive(pid);
}

function locked(held: HeldLease): UserError {
  return userError("locked", describeHolder(held), {
    remedy: `wait until it is done; if that process is gone for good: k8sctl unlock --stack ${held.stack}`,
  });
}

/** `stack web is locked by ci-7 (process 4711, k8sctl up) since 2026-11-21T01:22:20.000000Z` */
export function describeHolder(held: HeldLease): string {
  const { host, pid, command } = held.holder;
  const what = command === "" ? "" : `, k8sctl ${command}`;
  return `stack ${held.stack} is locked by ${host} (process ${pid}${what})${held.since === "" ? "" : ` since ${held.since}`}`;
}

/** Removes the leases whoever holds them; gives back what it removed. */
export async function forceUnlock(
  kube: Kube,
  project: string,
  stacks: readonly string[],
  inventoryNamespace: string,
): Promise<readonly HeldLease[]> {
  const removed: HeldLease[] = [];
  for (const stack of stacks) {
    const held = await readLease(kube, project, stack, inventoryNamespace);
    if (!held) continue;
    await removeLease(kube, project, inventoryNamespace, held);
    removed.push(held);
  }
  return removed;
}
