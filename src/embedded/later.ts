/** Runs jobs one after another, each outside the commit that caused it; a job that is queued already is not queued twice. */
export class LaterQueue {
  readonly #jobs = new Map<string, () => void>();
  readonly #failed: (error: unknown) => void;
  #scheduled: NodeJS.Immediate | null = null;

  constructor(failed: (error: unknown) => void) {
    this.#failed = failed;
  }

  add(key: string, job: () => void): void {
    this.#jobs.set(key, job);
    this.#scheduled ??= setImmediate(() => this.#run());
  }

  stop(): void {
    if (this.#scheduled !== null) clearImmediate(this.#scheduled);
    this.#jobs.clear();
  }

  #run(): void {
    this.#scheduled = null;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) {
      try {
        job();
      } catch (error) {
        this.#failed(error);
      }
    }
  }
}
