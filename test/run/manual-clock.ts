import type { Clock } from "../../src/ports.ts";

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that moves only when told: sleepers wake in order, and what they set off runs before the next one wakes. */
export class ManualClock implements Clock {
  #monotonic = 0;
  #wall = Date.parse("2026-11-21T10:00:00Z");
  readonly #sleepers = new Set<Sleeper>();

  monotonic(): number {
    return this.#monotonic;
  }

  wall(): number {
    return this.#wall;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        this.#sleepers.delete(sleeper);
        reject(signal?.reason);
      };
      const wake = () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const sleeper = { until: this.#monotonic + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", stop);
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms;
    await settle();
    for (;;) {
      const next = [...this.#sleepers].sort((a, b) => a.until - b.until)[0];
      if (!next || next.until > end) break;
      this.#move(next.until);
      this.#sleepers.delete(next);
      next.wake();
      await settle();
    }
    this.#move(end);
    await settle();
  }

  /** The machine sleeps: the wall clock goes on, the monotonic one does not. */
  suspend(ms: number): void {
    this.#wall += ms;
  }

  #move(to: number): void {
    this.#wall += to - this.#monotonic;
    this.#monotonic = to;
  }
}

/** Lets everything that can run without time passing run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
}
