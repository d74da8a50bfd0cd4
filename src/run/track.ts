import { setMaxListeners } from "node:events";
import type { Emit } from "../model/events.ts";
import { type ObjectKey, objectKey, typeOf } from "../model/ids.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import type { ObjectStatus, Verdict } from "../model/status.ts";
import { plainText } from "../model/text.ts";
import type { Clock, Kube } from "../ports.ts";
import { bareVerdict, objectStatus, timeoutVerdict, verdictOf } from "../status/index.ts";
import { logLines, noLog } from "./log-lines.ts";
import { MemberFeeds } from "./member-feeds.ts";
import { Surroundings } from "./surroundings.ts";
import { type Readiness, Tracked, type TrackTarget } from "./tracked.ts";

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
  readonly #tracked = new Map<ObjectKey, Tracked>();
  #pulsing = false;
  #lookedAt = 0;

  constructor(options: TrackerOptions) {
    this.#options = options;
    const { signal } = this.#ended;
    setMaxListeners(0, signal);
    this.#feeds = new MemberFeeds({ ...options, signal }, (object, gone) => this.#see(object, gone));
    this.#surroundings = new Surroundings(options.kube, signal, (namespace) => {
      for (const each of this.#tracked.values()) if (each.target.id.namespace === namespace) each.dirty = true;
    });
  }

  /**
   * Resolves when the object is ready, will not become so, or its time is over; emits what happens meanwhile. `state`
   * is what our apply answered or what was seen when planning; null: look.
   */
  track(target: TrackTarget, state: KubeObject | null, signal: AbortSignal): Promise<Readiness> {
    return new Promise((resolve) => {
      const stop = () => settle({ type: "stopped" });
      const settle = (readiness: Readiness) => {
        if (this.#tracked.get(key) === tracked) this.#tracked.delete(key);
        signal.removeEventListener("abort", stop);
        resolve(readiness);
      };
      const tracked = new Tracked(target, state, this.#options.clock, settle);
      const { key } = tracked;
      if (signal.aborted) return resolve({ type: "stopped" });
      this.#tracked.set(key, tracked);
      signal.addEventListener("abort", stop);
      this.#judge(tracked);
      if (this.#tracked.get(key) === tracked) this.#watch(tracked);
    });
  }

  /** Emits what happens to an object until `close`. */
  follow(target: TrackTarget): void {
    const tracked = new Tracked(target, null, this.#options.clock, null);
    this.#tracked.set(tracked.key, tracked);
    this.#watch(tracked);
  }

  close(): void {
    this.#ended.abort();
    this.#tracked.clear();
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
    const tracked = object && this.#tracked.get(objectKey(idOf(object)));
    if (!object || !tracked?.concerns(object, gone)) return;
    if (gone) {
      this.#vanished(tracked);
      return;
    }
    const first = tracked.latest === null;
    tracked.latest = object;
    tracked.dirty = true;
    // Mostly an unchanged object that is ready: what waits for it should not wait for the pulse.
    if (first) this.#judge(tracked);
  }

  /** Runs only while something is tracked. */
  async #pulse(): Promise<void> {
    if (this.#pulsing) return;
    this.#pulsing = true;
    const { clock } = this.#options;
    this.#lookedAt = clock.monotonic();
    while (this.#tracked.size > 0 && !this.#ended.signal.aborted) {
      await clock.sleep(PULSE_MS);
      const look = clock.monotonic() - this.#lookedAt >= LOOK_AGAIN_MS;
      if (look) this.#lookedAt = clock.monotonic();
      for (const tracked of [...this.#tracked.values()]) {
        if (look) this.#readAlone(tracked);
        if (look || tracked.dirty) this.#judge(tracked);
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

  #judge(tracked: Tracked): void {
    tracked.dirty = false;
    const now = this.#options.clock.wall();
    const seconds = tracked.target.timeoutSeconds;
    const { late } = tracked;
    const object = tracked.latest;
    if (!object) {
      if (late) this.#fail(tracked, neverSeen(tracked.target, seconds), null);
      return;
    }
    const related = this.#surroundings.of(tracked.target.id, tracked.firstSeen);
    const status = objectStatus(object, related, now);
    this.#tell(tracked, status);
    if (status.phase === "ready") {
      tracked.settle?.({ type: "ready", object });
      return;
    }
    const verdict = verdictOf(object, related, now) ?? (late ? timeoutVerdict(object, related, now, seconds) : null);
    if (verdict) this.#fail(tracked, verdict, object);
  }

  #tell(tracked: Tracked, status: ObjectStatus): void {
    const clean = { ...status, message: this.#clean(status.message), notes: status.notes.map((n) => this.#clean(n)) };
    tracked.tell(clean, this.#options.emit);
  }

  #vanished(tracked: Tracked): void {
    const status = {
      ...(tracked.told ?? { id: tracked.target.id, ready: null, total: null, notes: [], generation: null }),
      phase: "gone" as const,
      reason: "",
      message: "",
    };
    this.#tell(tracked, status);
    const remedy = "see who deletes it, then run the command again";
    const message = "somebody deleted it while it was awaited";
    this.#fail(tracked, { ...bareVerdict(tracked.target.id), cause: "deleted", message, remedy }, null);
  }

  #fail(tracked: Tracked, verdict: Verdict, object: KubeObject | null): void {
    const { settle, target } = tracked;
    if (!settle) return;
    this.#tracked.delete(tracked.key);
    const now = this.#options.clock.wall();
    const related = this.#surroundings.of(target.id, tracked.firstSeen);
    const lines = object ? logLines(this.#options.kube, object, related, now) : Promise.resolve(noLog);
    lines.then(({ logOf, log }) => {
      const clean = {
        ...verdict,
        message: this.#clean(verdict.message),
        event: this.#clean(verdict.event),
        logOf,
        log: log.map((line) => this.#clean(line)),
      };
      const position = target.position === undefined ? {} : { position: target.position };
      this.#options.emit({ type: "verdict", stack: target.stack, verdict: clean, ...position });
      settle({ type: "failed", verdict: clean });
    });
  }

  #clean(text: string): string {
    return this.#options.scrub(plainText(text));
  }
}

function neverSeen(target: TrackTarget, seconds: number): Verdict {
  const message = `it did not appear within ${seconds} s`;
  return { ...bareVerdict(target.id), message, remedy: "see whether it exists, then run the command again" };
}
