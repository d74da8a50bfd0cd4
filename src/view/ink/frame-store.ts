/** The frame that is on the screen, as painted lines: React reads it, the view writes it a few times a second. */
export class FrameStore {
  #lines: readonly string[] = [];
  readonly #listeners = new Set<() => void>();

  show(lines: readonly string[]): void {
    const same = lines.length === this.#lines.length && lines.every((line, i) => line === this.#lines[i]);
    if (same) return;
    this.#lines = lines;
    for (const listener of this.#listeners) listener();
  }

  readonly lines = (): readonly string[] => this.#lines;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
