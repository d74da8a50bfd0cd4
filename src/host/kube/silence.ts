import { UnreachableError } from "../../model/errors.ts";
import type { Clock } from "../../ports.ts";

/** So long a server may keep silent before somebody is told: slow webhooks answer sooner. */
const TOLD_AFTER_MS = 3_000;

/** Tells once that a server keeps silent, and once that it answers again. */
export class Silence {
  readonly #server: string;
  readonly #clock: Clock;
  readonly #tell: (message: string) => void;
  #waiting = 0;
  /** Of the first request that was not answered since the last answer. */
  #since: number | null = null;
  #told = false;
  #watching = false;

  constructor(server: string, clock: Clock, tell: (message: string) => void) {
    this.#server = server;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Follows one request to its end. An answer of any status is an answer. */
  async during<T>(request: Promise<T>): Promise<T> {
    this.#waiting += 1;
    this.#since ??= this.#clock.monotonic();
    this.#watch();
    try {
      const answer = await request;
      this.#answered();
      return answer;
    } catch (error) {
      if (error instanceof UnreachableError) this.#look(error.message);
      else this.#answered();
      throw error;
    } finally {
      this.#waiting -= 1;
    }
  }

  #answered(): void {
    const since = this.#since;
    this.#since = null;
    if (!this.#told || since === null) return;
    this.#told = false;
    this.#tell(`${this.#server} answers again after ${Math.round((this.#clock.monotonic() - since) / 1000)} s`);
  }

  #look(why: string): void {
    if (this.#told || this.#since === null || this.#clock.monotonic() - this.#since < TOLD_AFTER_MS) return;
    this.#told = true;
    this.#tell(`${this.#server} has given no answer for ${TOLD_AFTER_MS / 1000} s (${why}); trying on`);
  }

  /** A request that hangs fails late or never: the clock is what tells of it. */
  #watch(): void {
    if (this.#watching) return;
    this.#watching = true;
    const timer = setInterval(() => {
      if (this.#waiting > 0) {
        this.#since ??= this.#clock.monotonic();
        this.#look("requests are waiting");
        return;
      }
      clearInterval(timer);
      this.#watching = false;
    }, TOLD_AFTER_MS / 3);
    timer.unref();
  }
}
