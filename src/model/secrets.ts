/**
 * Text that must never be printed by accident: printing, inspecting or serializing it gives `(sensitive)`.
 * Only `reveal()` hands the value out; grep for it to audit every use.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return SENSITIVE;
  }

  toJSON(): string {
    return SENSITIVE;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return SENSITIVE;
  }
}

/** What stands in place of a sensitive value on every screen, in every event and report. */
export const SENSITIVE = "(sensitive)";
