import type { ResourceType } from "../model/objects.ts";
import { Refusal } from "./failures.ts";
import { serialized } from "./serialized.ts";
import { type Store, type StoreEvent, storageOf } from "./store.ts";

/** Enough for a client that reconnects after some minutes, small enough to forget. */
const maximumEvents = 20_000;
/** Of their objects as JSON: twenty thousand versions of an object of a megabyte would be no memory, but an end. */
const maximumLength = 64 * 1024 * 1024;

/** Returns whether it wants to hear more. */
type Listener = (event: StoreEvent) => boolean;

/** The last commits, in order, so that a watch can go on from a resourceVersion that a list gave it. */
export class History {
  readonly #events: StoreEvent[] = [];
  readonly #watchers = new Map<string, Set<Listener>>();
  readonly #unsubscribe: () => void;
  /** A watch from this version or a later one misses nothing. */
  #complete: number;
  #length = 0;

  constructor(store: Store) {
    this.#complete = store.resourceVersion();
    this.#unsubscribe = store.subscribe((event) => this.#record(event));
  }

  /**
   * Events of one type after `version`, then each as it is committed. Throws Refusal 410 when the past is forgotten.
   * The caller gets the past at once, synchronously, so that nothing can slip between. A listener that has had enough hears
   * nothing more, and may come again with the version that it saw last.
   */
  follow(type: ResourceType, version: number, listener: Listener): () => void {
    if (version < this.#complete)
      throw new Refusal(410, "Expired", `too old resource version: ${version} (${this.#complete})`);
    const key = storageOf(type);
    for (let i = this.#firstAfter(version); i < this.#events.length; i++) {
      const event = this.#events[i]!;
      if (storageOf(event.resource) === key && !listener(event)) return () => {};
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
    this.#length += lengthOf(event);
    if (this.#events.length > maximumEvents || this.#length > maximumLength) {
      const forgotten = this.#events.splice(0, Math.ceil(this.#events.length / 4));
      for (const each of forgotten) this.#length -= lengthOf(each);
      this.#complete = versionOf(forgotten.at(-1)!);
    }
    const watchers = this.#watchers.get(storageOf(event.resource));
    if (watchers !== undefined) for (const watcher of [...watchers]) if (!watcher(event)) watchers.delete(watcher);
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

/** What was removed was stored before, and counted then. */
const lengthOf = ({ type, object }: StoreEvent): number => (type === "DELETED" ? 0 : serialized(object).length);

function versionOf(event: StoreEvent): number {
  return Number(event.object.metadata.resourceVersion);
}
