/**
 * Keys to work on, each at most once until it is taken. Runs when something is added and stops when nothing is left:
 * no timer, no work while idle. `defer` calls back soon, after the caller's own work is done.
 */
export class WorkQueue {
  readonly #keys = new Set<string>();
  readonly #work: (key: string) => void;
  readonly #defer: (run: () => void) => void;
  #scheduled = false;
  #stopped = false;

  constructor(work: (key: string) => void, defer: (run: () => void) => void) {
    this.#work = work;
    this.#defer = defer;
  }

  add(key: string): void {
    if (this.#stopped) return;
    this.#keys.add(key);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#defer(() => this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#keys.clear();
  }

  /** A slice at a time: requests are served between slices. Work that throws costs only its own key. */
  #run(): void {
    let left = 64;
    try {
      for (const key of this.#keys) {
        if (left-- === 0) break;
        this.#keys.delete(key);
        this.#work(key);
      }
    } finally {
      this.#scheduled = this.#keys.size > 0 && !this.#stopped;
      if (this.#scheduled) this.#defer(() => this.#run());
    }
  }
}
