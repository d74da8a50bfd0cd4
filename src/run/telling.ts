import { type Problem, UnreachableError, UserError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Clock } from "../ports.ts";
import { objectStatus } from "../status/index.ts";
import type { ApplyFacts } from "./apply-facts.ts";
import { failureOf } from "./failure.ts";
import type { Scrubber } from "./scrub.ts";

export interface TellingOptions {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly facts: ApplyFacts;
  readonly scrubber: Scrubber;
  /** Pre- and postconditions of an item that do not hold. */
  readonly check: (item: PlanItem, when: "before" | "after") => readonly Problem[];
  /** Ended by the second Ctrl-C: what was cut off in the middle is told once, by whoever cut it. */
  readonly aborted: AbortSignal;
  /** Called when the server does not answer: nothing new is to be started. */
  readonly unreachable: (error: UnreachableError) => void;
  /** Called for what is no answer of the world but a bug of ours. */
  readonly broken: (error: unknown) => void;
}

/** Holds up dependents, and has been told already or will be by whoever stopped the run. */
export class AlreadyTold extends Error {}

/** Says what happens to objects, each thing once, without secrets. */
export class Telling {
  readonly #options: TellingOptions;
  readonly #started = new Set<ObjectKey>();
  readonly #skipped = new Set<ObjectKey>();
  /** Some waiting was cut short. */
  anyCut = false;

  constructor(options: TellingOptions) {
    this.#options = options;
  }

  get anySkipped(): boolean {
    return this.#skipped.size > 0;
  }

  isSkipped(key: ObjectKey): boolean {
    return this.#skipped.has(key);
  }

  start(item: PlanItem): void {
    if (this.#started.has(item.key)) return;
    this.#started.add(item.key);
    const { id, stack, action, origin } = item;
    const position = origin?.position === undefined ? {} : { position: origin.position };
    this.#options.emit({ type: "object-started", id, stack, action, ...position });
  }

  applied({ id, stack, action }: PlanItem, warnings: readonly string[] = []): void {
    const { emit } = this.#options;
    for (const message of warnings) emit({ type: "warning", message: this.#clean(message), id });
    emit({ type: "object-applied", id, stack, action });
  }

  keep(id: ObjectId, stack: string, why: string): void {
    this.#options.emit({ type: "kept", id, stack, why });
  }

  skip({ key, id, stack }: PlanItem, because: string): void {
    if (this.#skipped.has(key)) return;
    this.#skipped.add(key);
    this.#options.emit({ type: "object-skipped", id, stack, because });
  }

  /** A run that is cut short would otherwise end without a word on what it waited for. */
  held(item: PlanItem, live: KubeObject): void {
    const status = objectStatus(live, { pods: [], events: [] }, this.#options.clock.wall());
    const message = this.#clean(status.message);
    this.#options.emit({ type: "object-status", stack: item.stack, status: { ...status, message } });
  }

  /** Errors: the pre- or postconditions that do not hold. */
  check(item: PlanItem, when: "before" | "after"): void {
    const problems = this.#options.check(item, when);
    if (problems.length > 0) throw new UserError(problems);
  }

  stopped(): AlreadyTold {
    this.anyCut = true;
    return new AlreadyTold("stopped");
  }

  failed(item: PlanItem, error: unknown): void {
    const { facts, emit, aborted, unreachable, broken } = this.#options;
    if (error instanceof AlreadyTold || aborted.aborted) return;
    if (error instanceof UnreachableError) unreachable(error);
    const failure = failureOf(error, item);
    if (!failure) {
      broken(error);
      return;
    }
    facts.failed(item);
    const { id, stack, action, origin } = item;
    emit({
      type: "object-failed",
      id,
      stack,
      action,
      message: this.#clean(failure.message),
      remedy: failure.remedy,
      ...(origin?.position === undefined ? {} : { position: origin.position }),
    });
  }

  #clean(text: string): string {
    return this.#options.scrubber.scrub(text);
  }
}
