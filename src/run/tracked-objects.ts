import type { ObjectKey } from "../model/ids.ts";
import { nameOf } from "./surroundings.ts";
import type { Tracked } from "./tracked.ts";

/** What is followed at the moment, by key and by `Kind/namespace/name`, as Events and owner references name things. */
export class TrackedObjects {
  readonly #byKey = new Map<ObjectKey, Tracked>();
  readonly #byName = new Map<string, Tracked>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: ObjectKey): Tracked | undefined {
    return this.#byKey.get(key);
  }

  named(name: string): Tracked | undefined {
    return this.#byName.get(name);
  }

  /** Not so any more for one that was followed under the same key before. */
  has(tracked: Tracked): boolean {
    return this.#byKey.get(tracked.key) === tracked;
  }

  /** A copy: whoever walks it may take some out. */
  all(): readonly Tracked[] {
    return [...this.#byKey.values()];
  }

  add(tracked: Tracked): void {
    this.#byKey.set(tracked.key, tracked);
    this.#byName.set(named(tracked), tracked);
  }

  delete(tracked: Tracked): void {
    if (!this.has(tracked)) return;
    this.#byKey.delete(tracked.key);
    this.#byName.delete(named(tracked));
  }

  clear(): void {
    this.#byKey.clear();
    this.#byName.clear();
  }
}

function named({ target: { id } }: Tracked): string {
  return nameOf(id.kind, id.namespace, id.name);
}
