import { KubeError, type UserError, userError } from "../model/errors.ts";
import type { Clock, Kube, Ports, Randomness } from "../ports.ts";
import { ensureNamespace } from "./inventory.ts";
import { type HeldLease, type Holder, LEASE_SECONDS, microTime, readLease, removeLease, writeLease } from "./lease.ts";
import { type Locks, renewing } from "./renewal.ts";

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
  /** Told once per stack that somebody holds, while we look whether the holder is alive (at most `LEASE_SECONDS`). */
  readonly onWait?: (message: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Takes the leases of several stacks in sorted order (no two runs wait for each other) and keeps them renewed. A dead
 * process on this host is taken over at once, any other holder after its lease went unrenewed for its whole duration
 * on our own monotonic clock; clocks are never compared. Throws UserError `locked`.
 */
export async function acquireLocks(options: LockOptions): Promise<Locks> {
  const { kube, project, inventoryNamespace, identity } = options;
  const holder: Holder = {
    host: identity.host,
    pid: identity.pid,
    id: Buffer.from(options.random.bytes(8)).toString("hex"),
    command: options.command,
  };
  const taken: HeldLease[] = [];
  try {
    for (const stack of [...new Set(options.stacks)].sort()) taken.push(await acquire(options, holder, stack));
  } catch (error) {
    await Promise.allSettled(taken.map((lease) => removeLease(kube, project, inventoryNamespace, lease)));
    throw error;
  }
  return renewing(taken, options);
}

async function acquire(options: LockOptions, holder: Holder, stack: string): Promise<HeldLease> {
  const { kube, clock, project, inventoryNamespace } = options;
  const take = (over: HeldLease | null) => {
    const now = clock.wall();
    return writeLease(kube, project, inventoryNamespace, { stack, holder, since: microTime(now) }, over, now);
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
    const held = await readLease(kube, project, stack, inventoryNamespace);
    // Our own create, whose answer was lost.
    if (held?.holder.id === holder.id) return held;
    if (!held || isFree(held, options.identity)) {
      lease = await take(held);
    } else if (!first) {
      first = { lease: held, at: clock.monotonic() };
      options.onWait?.(`${describeHolder(held)}: looking whether it is alive`);
    } else if (held.resourceVersion !== first.lease.resourceVersion) {
      throw locked(held);
    } else if (clock.monotonic() - first.at >= LEASE_SECONDS * 1000) {
      lease = await take(held);
      first = null;
    }
    if (!lease && first) await clock.sleep(POLL_MS, options.signal);
  }
  return lease;
}

/** Given back, or held by a process of this host that is no more. */
function isFree(held: HeldLease, identity: Ports["identity"]): boolean {
  const { host, pid } = held.holder;
  return host === "" || (host === identity.host && pid > 0 && !identity.processAlive(pid));
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
