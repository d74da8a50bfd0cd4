import type { Emit } from "../model/events.ts";
import { describeId, type ObjectKey, objectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { ObjectStatus, RootCause, Verdict } from "../model/status.ts";
import { plainText } from "../model/text.ts";
import type { Clock, Kube } from "../ports.ts";
import {
  bareVerdict,
  excusedRestarts,
  judge,
  objectStatus,
  type Related,
  timeoutVerdict,
  verdictOf,
} from "../status/index.ts";
import type { Blames } from "./blame.ts";
import { completeVerdict } from "./complete-verdict.ts";
import { logLines } from "./log-lines.ts";
import type { Surroundings } from "./surroundings.ts";
import type { Tracked, TrackTarget } from "./tracked.ts";
import type { TrackedObjects } from "./tracked-objects.ts";

interface JudgingOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly emit: Emit;
  /** Takes secrets out of texts that came from the cluster. */
  readonly scrub: (text: string) => string;
  readonly objects: TrackedObjects;
  readonly surroundings: Surroundings;
  readonly blames: Blames;
  /** See `Related.watchUnprobed`. */
  readonly watchUnprobed?: boolean;
}

/** Applies the rules of `status/` to what is followed, tells what comes of it, and ends the waiting. */
export class Judging {
  readonly #options: JudgingOptions;
  readonly #objects: TrackedObjects;
  readonly #surroundings: Surroundings;
  readonly #blames: Blames;

  constructor(options: JudgingOptions) {
    this.#options = options;
    this.#objects = options.objects;
    this.#surroundings = options.surroundings;
    this.#blames = options.blames;
  }

  /** Tells what the rules say of it now; settles it when it is ready, or when it has failed for good. */
  judge(tracked: Tracked): void {
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
      watchUnprobed: this.#options.watchUnprobed ?? false,
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
      const tracked = this.#objects.get(waiting);
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
    if (!this.#objects.has(tracked)) return;
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

  /** It was deleted; `last` is how it was seen last. */
  vanished(tracked: Tracked, last: KubeObject): void {
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
    if (settle) this.#objects.delete(tracked);
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
      const other = this.#objects.get(waiting);
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
