import { setMaxListeners } from "node:events";
import type { Emit } from "../model/events.ts";
import { describeId, type ObjectKey, objectKey, typeOf } from "../model/ids.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import type { ObjectStatus, RootCause, Verdict } from "../model/status.ts";
import { plainText } from "../model/text.ts";
import type { Clock, Kube } from "../ports.ts";
import {
  bareVerdict,
  excusedRestarts,
  judge,
  type Member,
  objectStatus,
  type Related,
  timeoutVerdict,
  verdictOf,
} from "../status/index.ts";
import { Blames } from "./blame.ts";
import { completeVerdict } from "./complete-verdict.ts";
import { logLines } from "./log-lines.ts";
import { MemberFeeds } from "./member-feeds.ts";
import { TimeIsUp } from "./stops.ts";
import { nameOf, Surroundings } from "./surroundings.ts";
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
  /** All objects of the project, among which the cause of a failure is looked for. */
  readonly members?: () => readonly Member[];
  /** Whether the run waits until an object is ready; absent: it waits for none, and holds no verdict back. */
  readonly awaited?: (key: ObjectKey) => boolean;
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
  readonly #blames: Blames;
  readonly #tracked = new Map<ObjectKey, Tracked>();
  /** The same by `Kind/namespace/name`, as Events and owner references name things. */
  readonly #named = new Map<string, Tracked>();
  #pulsing = false;
  #lookedAt = 0;

  constructor(options: TrackerOptions) {
    this.#options = options;
    const { signal } = this.#ended;
    setMaxListeners(0, signal);
    this.#feeds = new MemberFeeds({ ...options, signal }, (object, gone) => this.#see(object, gone));
    this.#surroundings = new Surroundings(options.kube, signal, (name) => {
      const tracked = this.#named.get(name);
      if (tracked) tracked.dirty = true;
    });
    this.#blames = new Blames(options.members ?? (() => []), options.awaited ?? (() => false));
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
        this.#judge(tracked);
      };
      const settle = (readiness: Readiness) => {
        this.#forget(tracked);
        signal.removeEventListener("abort", stop);
        resolve(readiness);
      };
      const tracked = new Tracked(target, state, this.#options.clock, settle);
      const { key } = tracked;
      if (signal.aborted) return resolve({ type: "stopped" });
      this.#remember(tracked);
      signal.addEventListener("abort", stop);
      this.#judge(tracked);
      if (this.#tracked.get(key) === tracked) this.#watch(tracked);
    });
  }

  /** Emits what happens to an object until `close`. */
  follow(target: TrackTarget): void {
    const tracked = new Tracked(target, null, this.#options.clock, null);
    this.#remember(tracked);
    this.#watch(tracked);
  }

  /** The newest state seen of what is followed; null where none was. */
  latest(key: ObjectKey): KubeObject | null {
    return this.#tracked.get(key)?.latest ?? null;
  }

  close(): void {
    this.#ended.abort();
    this.#tracked.clear();
    this.#named.clear();
  }

  #remember(tracked: Tracked): void {
    const { kind, namespace, name } = tracked.target.id;
    this.#tracked.set(tracked.key, tracked);
    this.#named.set(nameOf(kind, namespace, name), tracked);
  }

  #forget(tracked: Tracked): void {
    const { kind, namespace, name } = tracked.target.id;
    if (this.#tracked.get(tracked.key) !== tracked) return;
    this.#tracked.delete(tracked.key);
    this.#named.delete(nameOf(kind, namespace, name));
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
      this.#vanished(tracked, object);
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
    const { late, seconds } = tracked;
    const object = tracked.latest;
    if (tracked.investigated) return;
    if (!object) {
      if (late) this.#fail(tracked, neverSeen(tracked.target, seconds));
      return;
    }
    const related = this.#relatedOf(tracked);
    const { status, verdict: known } = judge(object, related, now);
    if (status.phase === "ready") {
      this.#tell(tracked, status);
      this.#succeed(tracked, object);
      return;
    }
    const verdict = known ?? (late ? timeoutVerdict(object, related, now, seconds) : null);
    if (verdict === null || this.#isHeld(tracked)) this.#tell(tracked, held(status, tracked.waitsFor));
    else this.#investigate(tracked, { object, related, status, verdict });
  }

  /** Waiting for another one has an end when its own time is over. */
  #isHeld(tracked: Tracked): boolean {
    if (tracked.late) this.#blames.release(tracked.key);
    return this.#blames.isHeld(tracked.key);
  }

  #relatedOf(tracked: Tracked): Related {
    const { id, readyWhen } = tracked.target;
    return {
      ...this.#surroundings.of(id, tracked.firstSeen),
      ...(tracked.excused === null ? {} : { excused: tracked.excused }),
      ...(readyWhen === undefined ? {} : { readyWhen }),
    };
  }

  #succeed(tracked: Tracked, object: KubeObject): void {
    this.#blames.ready(tracked.key);
    tracked.toldVerdicts.clear();
    this.#release(tracked.key);
    tracked.settle?.({ type: "ready", object });
  }

  /** Those that waited for this one begin anew: what they suffered until now was not their fault. */
  #release(key: ObjectKey): void {
    for (const waiting of this.#blames.waitingFor(key)) {
      this.#blames.release(waiting);
      const tracked = this.#tracked.get(waiting);
      if (!tracked) continue;
      tracked.waitsFor = null;
      const { pods } = this.#surroundings.of(tracked.target.id, tracked.firstSeen);
      if (tracked.latest) tracked.excused = excusedRestarts(tracked.latest, pods);
      tracked.dirty = true;
    }
  }

  /** Asks for what the verdict still lacks, and whether somebody else is behind it. */
  async #investigate(tracked: Tracked, { object, related, status, verdict }: Failure): Promise<void> {
    if (!tracked.settle && tracked.toldVerdicts.has(digest(verdict))) {
      this.#tell(tracked, status);
      return;
    }
    tracked.investigated = true;
    const { kube, clock } = this.#options;
    const now = clock.wall();
    const fits = verdict.cause === "insufficient-resources";
    const [excerpt, nodes] = await Promise.all([
      logLines(kube, object, related, now),
      fits ? this.#surroundings.nodes() : [],
    ]);
    tracked.investigated = false;
    if (this.#ended.signal.aborted || this.#tracked.get(tracked.key) !== tracked) return;
    const log = excerpt.log.map((line) => this.#clean(line));
    const blame = this.#blames.behind(tracked.key, verdict, log);
    if (blame?.type === "pending" && tracked.settle && !tracked.late) {
      tracked.waitsFor = blame.rootCause;
      this.#blames.hold(tracked.key, blame.key);
      this.#tell(tracked, held(status, blame.rootCause));
      return;
    }
    this.#tell(tracked, status);
    const informed = { ...related, nodes };
    const complete = fits
      ? (verdictOf(object, informed, now) ?? timeoutVerdict(object, informed, now, tracked.seconds))
      : verdict;
    this.#fail(tracked, completeVerdict(complete, { logOf: excerpt.logOf, log }, blame?.rootCause ?? null));
  }

  #tell(tracked: Tracked, status: ObjectStatus): void {
    const clean = { ...status, message: this.#clean(status.message), notes: status.notes.map((n) => this.#clean(n)) };
    tracked.tell(clean, this.#options.emit);
  }

  #vanished(tracked: Tracked, last: KubeObject): void {
    const { id } = tracked.target;
    const related = this.#relatedOf(tracked);
    // A Job with ttlSecondsAfterFinished may be gone before anybody has seen that it was done.
    const { deletionTimestamp: __, ...metadata } = last.metadata;
    const status = objectStatus({ ...last, metadata }, related, this.#options.clock.wall());
    if (id.kind === "Job" && status.phase === "ready" && tracked.settle) {
      this.#tell(tracked, status);
      this.#succeed(tracked, last);
      return;
    }
    this.#tell(tracked, { ...status, phase: "gone", reason: "", message: "", notes: [] });
    const remedy = "see who deletes it, then run the command again";
    const message = "somebody deleted it while it was awaited";
    this.#fail(tracked, { ...bareVerdict(id), cause: "deleted", message, remedy });
  }

  /** Tells a verdict, once, and ends the waiting of those that were waiting for this one. */
  #fail(tracked: Tracked, verdict: Verdict): void {
    const { settle, target } = tracked;
    if (settle) this.#forget(tracked);
    tracked.toldVerdicts.add(digest(verdict));
    const first = this.#blames.alike(verdict);
    const told = {
      ...verdict,
      message: this.#clean(verdict.message),
      event: this.#clean(verdict.event),
      sameAs: first?.id ?? null,
    };
    this.#blames.failed(tracked.key, told);
    for (const waiting of this.#blames.waitingFor(tracked.key)) {
      this.#blames.release(waiting);
      const other = this.#tracked.get(waiting);
      if (other) other.dirty = true;
    }
    const position = target.position === undefined ? {} : { position: target.position };
    this.#options.emit({ type: "verdict", stack: target.stack, verdict: told, ...position });
    settle?.({ type: "failed", verdict: told });
  }

  #clean(text: string): string {
    return this.#options.scrub(plainText(text));
  }
}

interface Failure {
  readonly object: KubeObject;
  readonly related: Related;
  readonly status: ObjectStatus;
  readonly verdict: Verdict;
}

/** What makes a verdict another one: a pod that has another name, or one crash more, does not. */
function digest({ cause, id }: Verdict): string {
  return `${cause} ${objectKey(id)}`;
}

/** While another one is to blame and not ready yet, nothing has failed. */
function held(status: ObjectStatus, by: RootCause | null): ObjectStatus {
  if (by === null || status.phase === "ready") return status;
  return { ...status, phase: "progressing", message: `waits for ${describeId(by.id)}: ${status.message}` };
}

function neverSeen(target: TrackTarget, seconds: number): Verdict {
  const message = `it did not appear within ${seconds} s`;
  return { ...bareVerdict(target.id), message, remedy: "see whether it exists, then run the command again" };
}
