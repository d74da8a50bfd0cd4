import { UserError, userError } from "../model/errors.ts";
import type { Clock, Kube, WriteGuard } from "../ports.ts";
import { type HeldLease, readLease, removeLease, writeLease } from "./lease.ts";

/** How long `release` waits for a renewal that is under way. */
const FINISH_MS = 2_000;

/** Of a lease's duration, in milliseconds. */
function timesOf(seconds: number) {
  const whole = seconds * 1000;
  return {
    renew: whole / 3,
    retry: whole / 15,
    /** Age at which we stop writing: early enough that no request is under way when others may take over. */
    stop: whole * 0.8,
    /** For the one attempt after a suspend, when the lease is already older than `stop`. */
    wake: whole / 5,
  };
}

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
  /** How long the leases hold without renewal. */
  readonly leaseSeconds: number;
}

/** A moment on both clocks. */
interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

/** Locks that grow while they are taken: what is held already is kept while the next is waited for. */
export interface GrowingLocks extends Locks {
  /** `since`: a moment before the request that took the lease was sent. */
  add(lease: HeldLease, since: Moment): void;
}

export function momentOf(clock: Clock): Moment {
  return { monotonic: clock.monotonic(), wall: clock.wall() };
}

/**
 * Keeps leases renewed until `release`. Their age is the larger of what the monotonic and the wall clock say: the
 * monotonic one stands still while the machine sleeps, the wall clock may be set.
 */
export function renewing(options: RenewalOptions): GrowingLocks {
  const { kube, clock, project, inventoryNamespace } = options;
  const times = timesOf(options.leaseSeconds);
  const lost = new AbortController();
  const ended = new AbortController();
  const leases = new Map<string, { readonly lease: HeldLease; readonly renewedAt: Moment }>();
  let underWay: Promise<void> | null = null;
  let lastError: unknown = null;

  const ageOf = (since: Moment) => Math.max(clock.monotonic() - since.monotonic, clock.wall() - since.wall);
  const age = () => Math.max(0, ...[...leases.values()].map(({ renewedAt }) => ageOf(renewedAt)));
  const names = () => [...leases.keys()];

  async function renewAll(): Promise<void> {
    lastError = null;
    while (!lost.signal.aborted) {
      try {
        await Promise.all([...leases.values()].map(({ lease }) => renew(lease)));
        return;
      } catch (error) {
        if (error instanceof UserError) throw error;
        lastError = error;
        await clock.sleep(times.retry, ended.signal);
      }
    }
  }

  async function renew(lease: HeldLease): Promise<void> {
    const started = momentOf(clock);
    const written = await writeLease(kube, project, inventoryNamespace, lease, lease, started.wall);
    // Another object than the one that we held: it was gone in between, and others may have had their turn.
    if (written && written.uid !== lease.uid) throw takenAway(lease, null);
    if (written) return void leases.set(lease.stack, { lease: written, renewedAt: started });
    const held = await readLease(kube, project, lease.stack, inventoryNamespace);
    if (held?.holder.id !== lease.holder.id) throw takenAway(lease, held);
    // An earlier renewal of ours, whose answer was lost: it counts from then, so another is due.
    await renew(held);
  }

  /** One renewal at a time, given up in time even when a request hangs. */
  function renewOnce(): Promise<void> {
    underWay ??= withDeadline(renewAll(), Math.max(times.stop - age(), times.wake)).then(
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
    const tooLate = clock.sleep(ms, done.signal).then(() => Promise.reject(notRenewed(names(), lastError)));
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
      await clock.sleep(times.renew, ended.signal);
      await renewOnce();
    }
  }
  keep().catch(() => {});

  return {
    signal: lost.signal,
    add: (lease, since) => void leases.set(lease.stack, { lease, renewedAt: since }),
    async ensureHeld() {
      lost.signal.throwIfAborted();
      if (age() >= times.stop) await renewOnce();
    },
    assertHeld() {
      lost.signal.throwIfAborted();
      if (age() >= times.stop) throw notRenewed(names(), lastError);
    },
    async release() {
      ended.abort();
      if (underWay) await Promise.race([Promise.allSettled([underWay]), clock.sleep(FINISH_MS)]);
      const given = Promise.allSettled([...leases.values()].map(({ lease }) => giveBack(lease)));
      // A server that does not answer need not be waited for twice.
      await (lost.signal.aborted ? Promise.race([given, clock.sleep(FINISH_MS)]) : given);
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

function notRenewed(names: readonly string[], cause: unknown): UserError {
  const stacks = names.join(", ");
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
