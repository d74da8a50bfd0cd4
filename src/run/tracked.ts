import type { SourcePosition } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { type ObjectId, type ObjectKey, objectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { ReadyCondition } from "../model/ready-condition.ts";
import type { ObjectStatus, RootCause, Verdict } from "../model/status.ts";
import type { Clock } from "../ports.ts";

export interface TrackTarget {
  readonly id: ObjectId;
  readonly apiVersion: string;
  readonly stack: string;
  readonly position?: SourcePosition;
  /** What its code says must hold, in place of its kind's own rule. */
  readonly readyWhen?: ReadyCondition;
  /** Infinity: never give up. */
  readonly timeoutSeconds: number;
}

/** How waiting ended. `object` is the newest state seen. */
export type Readiness =
  | { readonly type: "ready"; readonly object: KubeObject }
  | { readonly type: "failed"; readonly verdict: Verdict }
  | { readonly type: "stopped" };

/** Messages change more often than anybody reads; phases and counts are told at once. */
const MESSAGE_MS = 300;

/** One object that is followed: what was seen of it last, and what was told of it. */
export class Tracked {
  readonly target: TrackTarget;
  readonly key: ObjectKey;
  readonly firstSeen: number;
  readonly settle: ((readiness: Readiness) => void) | null;
  /** What our apply answered: older states are not judged. null for what was not applied. */
  readonly #answer: KubeObject | null;
  readonly #clock: Clock;
  readonly #startedAt: number;
  latest: KubeObject | null;
  dirty = true;
  /** Its verdict is being made: log and nodes are asked for. */
  investigated = false;
  /** Who its trouble is put down to while that one is not ready yet. */
  waitsFor: RootCause | null = null;
  /** Restarts that were not its own fault. */
  excused: ReadonlyMap<string, number> | null = null;
  /** Verdicts since it was last ready, for what is followed on: each is told once. */
  readonly toldVerdicts = new Set<string>();
  told: ObjectStatus | null = null;
  #toldText = "";
  #toldAt = 0;

  constructor(target: TrackTarget, answer: KubeObject | null, clock: Clock, settle: Tracked["settle"]) {
    this.target = target;
    this.key = objectKey(target.id);
    this.#clock = clock;
    this.#startedAt = clock.monotonic();
    this.firstSeen = clock.wall();
    this.#answer = answer;
    this.latest = answer;
    this.settle = settle;
  }

  /** The run's time is over, whatever is left of its own. */
  timeIsUp = false;

  get late(): boolean {
    return this.timeIsUp || this.#waitedMs >= this.target.timeoutSeconds * 1000;
  }

  /** How long it was given. */
  get seconds(): number {
    return this.timeIsUp ? Math.round(this.#waitedMs / 1000) : this.target.timeoutSeconds;
  }

  get #waitedMs(): number {
    return this.#clock.monotonic() - this.#startedAt;
  }

  /** Not so for states from before our apply and of an object of the same name that was made anew. */
  concerns(object: KubeObject, gone: boolean): boolean {
    const { uid, generation = 0 } = this.#answer?.metadata ?? {};
    if (uid !== undefined && object.metadata.uid !== uid) return false;
    return gone || (object.metadata.generation ?? 0) >= generation;
  }

  /** Emits a status that differs from the last one told. */
  tell(status: ObjectStatus, emit: Emit): void {
    const text = JSON.stringify(status);
    if (text === this.#toldText) return;
    const urgent = this.told === null || summary(status) !== summary(this.told);
    if (!urgent && this.#clock.monotonic() - this.#toldAt < MESSAGE_MS) {
      this.dirty = true;
      return;
    }
    this.told = status;
    this.#toldText = text;
    this.#toldAt = this.#clock.monotonic();
    emit({ type: "object-status", stack: this.target.stack, status });
  }
}

function summary(status: ObjectStatus): string {
  return `${status.phase} ${status.ready} ${status.total}`;
}
