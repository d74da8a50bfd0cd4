import { setMaxListeners } from "node:events";
import type { Emit } from "../model/events.ts";
import { type ObjectKey, objectKey, typeOf } from "../model/ids.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import type { Clock, Kube } from "../ports.ts";
import type { Member } from "../status/index.ts";
import { Blames } from "./blame.ts";
import { Judging } from "./judging.ts";
import { MemberFeeds } from "./member-feeds.ts";
import { TimeIsUp } from "./stops.ts";
import { Surroundings } from "./surroundings.ts";
import { type Readiness, Tracked, type TrackTarget } from "./tracked.ts";
import { TrackedObjects } from "./tracked-objects.ts";

export interface TrackerOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Takes secrets out of texts that came from the cluster. */
  readonly scrub: (text: string) => string;
  /** ApplySet ids of the tracked stacks: watches see only their members. */
  readonly applySets: readonly string[];
  /** Namespaces of all objects of a kind that may be tracked: one namespace gets a watch of its own. */
  readonly namespacesOf: (group: string, kind: string) => ReadonlySet<string>;
  /** All objects of the project, among which the cause of a failure is looked for. */
  readonly members?: () => readonly Member[];
  /** Whether the run waits until an object is ready; absent: it waits for none, and holds no verdict back. */
  readonly awaited?: (key: ObjectKey) => boolean;
  /** See `Related.watchUnprobed`. */
  readonly watchUnprobed?: boolean;
}

const PULSE_MS = 50;
/** Rules depend on time too, and objects that no watch shows are read one by one. */
const LOOK_AGAIN_MS = 1_000;

/**
 * Follows objects until they are ready. One watch per kind, and per namespace with a rollout one for pods and one for
 * events; the rules of `status/` judge. Watches start with the first object of their kind that is not ready at once.
 */
export class Tracker {
  readonly #options: TrackerOptions;
  readonly #ended = new AbortController();
  readonly #feeds: MemberFeeds;
  readonly #surroundings: Surroundings;
  readonly #judging: Judging;
  readonly #objects = new TrackedObjects();
  #pulsing = false;
  #lookedAt = 0;

  constructor(options: TrackerOptions) {
    this.#options = options;
    const { signal } = this.#ended;
    setMaxListeners(0, signal);
    this.#feeds = new MemberFeeds({ ...options, signal }, (object, gone) => this.#see(object, gone));
    this.#surroundings = new Surroundings(options.kube, signal, (name) => {
      const tracked = this.#objects.named(name);
      if (tracked) tracked.dirty = true;
    });
    this.#judging = new Judging({
      ...options,
      objects: this.#objects,
      surroundings: this.#surroundings,
      blames: new Blames(options.members ?? (() => []), options.awaited ?? (() => false)),
    });
  }

  /**
   * Resolves when the object is ready, will not become so, or its time is over; emits what happens meanwhile. `state`
   * is what our apply answered or what was seen when planning; null: look.
   */
  track(target: TrackTarget, state: KubeObject | null, signal: AbortSignal): Promise<Readiness> {
    return new Promise((resolve) => {
      const stop = () => {
        if (!(signal.reason instanceof TimeIsUp)) return settle({ type: "stopped" });
        tracked.timeIsUp = true;
        this.#judging.judge(tracked);
      };
      const settle = (readiness: Readiness) => {
        this.#objects.delete(tracked);
        signal.removeEventListener("abort", stop);
        resolve(readiness);
      };
      const tracked = new Tracked(target, state, this.#options.clock, settle);
      if (signal.aborted) return resolve({ type: "stopped" });
      this.#objects.add(tracked);
      signal.addEventListener("abort", stop);
      this.#judging.judge(tracked);
      if (this.#objects.has(tracked)) this.#watch(tracked);
    });
  }

  /** Emits what happens to an object until `close`. */
  follow(target: TrackTarget): void {
    const tracked = new Tracked(target, null, this.#options.clock, null);
    this.#objects.add(tracked);
    this.#watch(tracked);
  }

  /** The newest state seen of what is followed; null where none was. */
  latest(key: ObjectKey): KubeObject | null {
    return this.#objects.get(key)?.latest ?? null;
  }

  close(): void {
    this.#ended.abort();
    this.#objects.clear();
  }

  #watch(tracked: Tracked): void {
    const { id, apiVersion } = tracked.target;
    this.#surroundings.watch(id);
    const seen = this.#feeds.open(id, apiVersion);
    if (seen) this.#see(seen, false);
    this.#pulse();
  }

  /** A state from a watch or a read. Those from before our apply and of an object of the same name are passed over. */
  #see(object: KubeObject | null, gone: boolean): void {
    const tracked = object && this.#objects.get(objectKey(idOf(object)));
    if (!object || !tracked?.concerns(object, gone)) return;
    if (gone) {
      this.#judging.vanished(tracked, object);
      return;
    }
    const first = tracked.latest === null;
    tracked.latest = object;
    tracked.dirty = true;
    // Mostly an unchanged object that is ready: what waits for it should not wait for the pulse.
    if (first) this.#judging.judge(tracked);
  }

  /** Runs only while something is tracked. */
  async #pulse(): Promise<void> {
    if (this.#pulsing) return;
    this.#pulsing = true;
    const { clock } = this.#options;
    this.#lookedAt = clock.monotonic();
    while (this.#objects.size > 0 && !this.#ended.signal.aborted) {
      await clock.sleep(PULSE_MS);
      const look = clock.monotonic() - this.#lookedAt >= LOOK_AGAIN_MS;
      if (look) this.#lookedAt = clock.monotonic();
      for (const tracked of this.#objects.all()) {
        if (look) this.#readAlone(tracked);
        if (look || tracked.dirty) this.#judging.judge(tracked);
      }
    }
    this.#pulsing = false;
  }

  #readAlone(tracked: Tracked): void {
    const { id, apiVersion } = tracked.target;
    if (this.#feeds.shows(id, apiVersion, tracked.latest !== null)) return;
    const ref = { ...typeOf(apiVersion, id.kind), namespace: id.namespace, name: id.name };
    this.#options.kube.get(ref).then(
      (object) => this.#see(object, false),
      () => {
        // No answer now: the next look or the time-out decides.
      },
    );
  }
}
