import { UserError, userError } from "../model/errors.ts";
import type { Clock, Kube, WriteGuard } from "../ports.ts";
import { type HeldLease, LEASE_SECONDS, readLease, removeLease, writeLease } from "./lease.ts";

const RENEW_MS = 5_000;
const RETRY_MS = 1_000;
/** Age at which we stop writing: early enough that no request is under way when others may take over. */
const STOP_MS = (LEASE_SECONDS - 3) * 1000;
/** How long `release` waits for a renewal that is under way. */
const FINISH_MS = 2_000;
/** For the one attempt after a suspend, when the lease is already older than `STOP_MS`. */
const WAKE_MS = 3_000;

export interface Locks extends WriteGuard {
  /** Aborts with UserError `lock-lost` when a lease could not be renewed in time or was taken. */
  readonly signal: AbortSignal;
  /**
   * Call before every write. Resolves at once while the leases are fresh; after a suspend it renews first; rejects
   * with UserError `lock-lost`.
   */
  ensureHeld(): Promise<void>;
  /** Throws UserError `lock-lost` when the leases are lost or too old to write under. */
  assertHeld(): void;
  release(): Promise<void>;
}

interface RenewalOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly project: string;
  readonly inventoryNamespace: string;
}

/**
 * Keeps the leases renewed until `release`. Their age is the larger of what the monotonic and the wall clock say: the
 * monotonic one stands still while the machine sleeps, the wall clock may be set.
 */
export function renewing(taken: readonly HeldLease[], options: RenewalOptions): Locks {
  const { kube, clock, project, inventoryNamespace } = options;
  const lost = new AbortController();
  const ended = new AbortController();
  let leases = taken;
  let renewedAt = { monotonic: clock.monotonic(), wall: clock.wall() };
  let underWay: Promise<void> | null = null;
  let lastError: unknown = null;

  const age = () => Math.max(clock.monotonic() - renewedAt.monotonic, clock.wall() - renewedAt.wall);

  async function renewAll(): Promise<void> {
    lastError = null;
    while (!lost.signal.aborted) {
      const started = { monotonic: clock.monotonic(), wall: clock.wall() };
      try {
        leases = await Promise.all(leases.map((lease) => renew(lease, started.wall)));
        renewedAt = started;
        return;
      } catch (error) {
        if (error instanceof UserError) throw error;
        lastError = error;
        await clock.sleep(RETRY_MS, ended.signal);
      }
    }
  }

  async function renew(lease: HeldLease, now: number): Promise<HeldLease> {
    const written = await writeLease(kube, project, inventoryNamespace, lease, lease, now);
    if (written) return written;
    const held = await readLease(kube, project, lease.stack, inventoryNamespace);
    // Our own renewal, whose answer was lost.
    if (held?.holder.id === lease.holder.id) return held;
    throw takenAway(lease, held);
  }

  /** One renewal at a time, given up in time even when a request hangs. */
  function renewOnce(): Promise<void> {
    underWay ??= withDeadline(renewAll(), Math.max(STOP_MS - age(), WAKE_MS)).then(
      () => {
        underWay = null;
      },
      (error) => {
        if (!ended.signal.aborted) lost.abort(error);
        throw error;
      },
    );
    return underWay;
  }

  async function withDeadline(work: Promise<void>, ms: number): Promise<void> {
    const done = new AbortController();
    const tooLate = clock.sleep(ms, done.signal).then(() => Promise.reject(notRenewed(leases, lastError)));
    tooLate.catch(() => {});
    work.catch(() => {});
    try {
      await Promise.race([work, tooLate]);
    } finally {
      done.abort();
    }
  }

  async function keep(): Promise<void> {
    while (!ended.signal.aborted && !lost.signal.aborted) {
      await clock.sleep(RENEW_MS, ended.signal);
      await renewOnce();
    }
  }
  keep().catch(() => {});

  return {
    signal: lost.signal,
    async ensureHeld() {
      lost.signal.throwIfAborted();
      if (age() >= STOP_MS) await renewOnce();
    },
    assertHeld() {
      lost.signal.throwIfAborted();
      if (age() >= STOP_MS) throw notRenewed(leases, lastError);
    },
    async release() {
      ended.abort();
      if (underWay) await Promise.race([Promise.allSettled([underWay]), clock.sleep(FINISH_MS)]);
      if (lost.signal.aborted) return;
      await Promise.allSettled(leases.map(giveBack));
    },
  };

  /** Best effort: what stays behind is taken over at once on this host, elsewhere by its age. */
  async function giveBack(lease: HeldLease): Promise<void> {
    if (await removeLease(kube, project, inventoryNamespace, lease)) return;
    const held = await readLease(kube, project, lease.stack, inventoryNamespace);
    if (held?.holder.id === lease.holder.id) await removeLease(kube, project, inventoryNamespace, held);
  }
}

const AGAIN = "run the command again: it continues from what is there";

function notRenewed(leases: readonly HeldLease[], cause: unknown): UserError {
  const stacks = leases.map((lease) => lease.stack).join(", ");
  const why = cause instanceof Error ? cause.message : "the server gave no answer";
  return userError("lock-lost", `the lock of ${stacks} could not be renewed in time, so writing stopped: ${why}`, {
    cause,
    remedy: AGAIN,
  });
}

function takenAway(lease: HeldLease, by: HeldLease | null): UserError {
  const who = by ? ` by ${by.holder.host} (process ${by.holder.pid})` : "";
  return userError("lock-lost", `the lock of ${lease.stack} was taken away${who}, so writing stopped`, {
    remedy: AGAIN,
  });
}
