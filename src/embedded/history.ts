import type { ResourceType } from "../model/objects.ts";
import { Refusal } from "./failures.ts";
import type { Store, StoreEvent } from "./store.ts";

/** Enough for a client that reconnects after some minutes, small enough to forget. */
const maximumEvents = 20_000;

/** The last commits, in order, so that a watch can go on from a resourceVersion that a list gave it. */
export class History {
  readonly #events: StoreEvent[] = [];
  readonly #watchers = new Map<string, Set<(event: StoreEvent) => void>>();
  readonly #unsubscribe: () => void;
  /** A watch from this version or a later one misses nothing. */
  #complete: number;

  constructor(store: Store) {
    this.#complete = store.resourceVersion();
    this.#unsubscribe = store.subscribe((event) => this.#record(event));
  }

  /**
   * Events of one type after `version`, then each as it is committed. Throws Refusal 410 when the past is forgotten.
   * The caller gets the past at once, synchronously, so that nothing can slip between.
   */
  follow(type: ResourceType, version: number, listener: (event: StoreEvent) => void): () => void {
    if (version < this.#complete)
      throw new Refusal(410, "Expired", `too old resource version: ${version} (${this.#complete})`);
    const key = `${type.group}/${type.kind}`;
    for (let i = this.#firstAfter(version); i < this.#events.length; i++) {
      const event = this.#events[i]!;
      if (`${event.resource.group}/${event.resource.kind}` === key) listener(event);
    }
    const watchers = this.#watchers.get(key) ?? new Set();
    this.#watchers.set(key, watchers);
    watchers.add(listener);
    return () => watchers.delete(listener);
  }

  close(): void {
    this.#unsubscribe();
    this.#watchers.clear();
  }

  #record(event: StoreEvent): void {
    this.#events.push(event);
    if (this.#events.length > maximumEvents) {
      const forgotten = this.#events.splice(0, maximumEvents / 4);
      this.#complete = versionOf(forgotten.at(-1)!);
    }
    const watchers = this.#watchers.get(`${event.resource.group}/${event.resource.kind}`);
    if (watchers !== undefined) for (const watcher of [...watchers]) watcher(event);
  }

  #firstAfter(version: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (versionOf(this.#events[middle]!) <= version) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function versionOf(event: StoreEvent): number {
  return Number(event.object.metadata.resourceVersion);
}
