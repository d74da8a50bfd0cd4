import type { EdgeKind } from "../model/desired.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";

/** What an expression touched: `stack/address` -> how far along that must be for the value to exist. */
export type Touched = Map<string, EdgeKind>;

/** Values that are evaluated once, with what each touched: who reads a kept value touches that too. */
export class KeptValues {
  readonly #kept = new Map<string, { value: Value; touched: Touched }>();
  readonly #running: string[] = [];
  #touched: Touched = new Map();

  /** Runs `body` and returns what it touched beside its result. */
  collecting<T>(body: () => T): { value: T; touched: Touched } {
    const outer = this.#touched;
    this.#touched = new Map();
    try {
      return { value: body(), touched: this.#touched };
    } finally {
      this.#touched = outer;
    }
  }

  /** The value of this key, evaluated when it is first asked for. */
  keep(key: string, evaluate: () => Value): Value {
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = this.guard(key, () => this.collecting(evaluate));
      this.#kept.set(key, kept);
    }
    for (const [address, kind] of kept.touched) this.touch(address, kind);
    return kept.value;
  }

  touch(address: string, kind: EdgeKind): void {
    if (this.#touched.get(address) !== "ready") this.#touched.set(address, kind);
  }

  /** Refuses to evaluate what is being evaluated already. */
  guard<T>(key: string, evaluate: () => T): T {
    const start = this.#running.indexOf(key);
    if (start >= 0) {
      const circle = [...this.#running.slice(start), key].map((k) => k.slice(k.indexOf("/") + 1));
      throw new ExpressionError("cycle", `values depend on each other: ${circle.join(" -> ")}`);
    }
    this.#running.push(key);
    try {
      return evaluate();
    } finally {
      this.#running.pop();
    }
  }
}
