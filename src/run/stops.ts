import { setMaxListeners } from "node:events";
import type { UnreachableError } from "../model/errors.ts";
import type { Clock } from "../ports.ts";

/** Why waiting ends when the run's own time is over: what is waited for can still say why it was not ready. */
export class TimeIsUp extends Error {}

/** Everything that can end a run before its graph is done, and what each of them ends. */
export class Stops {
  readonly #cut = new AbortController();
  readonly #kill = new AbortController();
  readonly #closed = new AbortController();
  #bug: { readonly error: unknown } | null = null;
  lostServer: UnreachableError | null = null;
  timedOut = false;

  constructor(
    signals: { readonly drain: AbortSignal; readonly abort: AbortSignal; readonly lost: AbortSignal },
    clock: Clock,
    overallSeconds: number | null,
  ) {
    // Every object that is waited for listens: thousands are no leak.
    setMaxListeners(0, this.#cut.signal, this.#kill.signal);
    forward(signals.drain, this.#closed.signal, (reason) => this.#cut.abort(reason));
    for (const signal of [signals.abort, signals.lost]) {
      forward(signal, this.#closed.signal, (reason) => {
        this.#cut.abort(reason);
        this.#kill.abort(reason);
      });
    }
    if (overallSeconds !== null) {
      clock.sleep(overallSeconds * 1000, this.#closed.signal).then(
        () => {
          this.timedOut = true;
          this.#cut.abort(new TimeIsUp(`${overallSeconds} s are over`));
        },
        () => {},
      );
    }
  }

  /** Nothing is started any more and waiting ends; requests under way are finished. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** Requests under way are given up too. */
  get kill(): AbortSignal {
    return this.#kill.signal;
  }

  unreachable(error: UnreachableError): void {
    this.lostServer ??= error;
    this.#cut.abort(error);
  }

  broken(error: unknown): void {
    this.#bug ??= { error };
    this.#cut.abort(error);
  }

  /** A bug of ours is thrown when all that was under way has ended. */
  rethrow(): void {
    if (this.#bug) throw this.#bug.error;
  }

  /** Ends with the work, or at once when killed. */
  orKilled(work: Promise<void>): Promise<void> {
    work.catch(() => {});
    return new Promise((resolve, reject) => {
      const killed = () => reject(this.#kill.signal.reason);
      if (this.#kill.signal.aborted) killed();
      this.#kill.signal.addEventListener("abort", killed, { once: true });
      work.then(resolve, reject).finally(() => this.#kill.signal.removeEventListener("abort", killed));
    });
  }

  close(): void {
    this.#closed.abort();
  }
}

function forward(from: AbortSignal, until: AbortSignal, to: (reason: unknown) => void): void {
  if (from.aborted) to(from.reason);
  else from.addEventListener("abort", () => to(from.reason), { once: true, signal: until });
}
