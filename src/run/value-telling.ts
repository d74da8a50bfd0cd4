import { describePosition, UnreachableError, UserError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { GeneratedItem } from "../model/plan.ts";
import { failureOf } from "./failure.ts";
import type { Scrubber } from "./scrub.ts";
import type { Stops } from "./stops.ts";
import { AlreadyTold, type Telling } from "./telling.ts";

interface ValueTellingOptions {
  readonly emit: Emit;
  readonly scrubber: Scrubber;
  readonly stops: Stops;
  /** Hears of waiting that was cut short. */
  readonly objects: Telling;
}

/** Says what happens to values that are made in the middle of the run. */
export class ValueTelling {
  readonly #options: ValueTellingOptions;
  /** How many could not be made. */
  failures = 0;
  anySkipped = false;

  constructor(options: ValueTellingOptions) {
    this.#options = options;
  }

  start(stack: string, { action, resource: { address } }: GeneratedItem): void {
    this.#options.emit({ type: "value", stack, address, action, state: "started", message: "" });
  }

  waits(stack: string, { action, resource: { address } }: GeneratedItem, message: string): void {
    this.#options.emit({ type: "value", stack, address, action, state: "waiting", message });
  }

  made(stack: string, { action, resource: { address } }: GeneratedItem): void {
    this.#options.emit({ type: "value", stack, address, action, state: "made", message: "" });
  }

  skip(stack: string, { action, resource: { address } }: GeneratedItem, because: string): void {
    this.anySkipped = true;
    this.#options.emit({ type: "value", stack, address, action, state: "skipped", message: because });
  }

  stopped(): AlreadyTold {
    return this.#options.objects.stopped();
  }

  failed(stack: string, { action, resource }: GeneratedItem, error: unknown): void {
    const { emit, scrubber, stops } = this.#options;
    const { address, origin } = resource;
    if (error instanceof AlreadyTold || stops.kill.aborted) return;
    if (error instanceof UnreachableError) stops.unreachable(error);
    const failure = failureOf(error, null);
    if (failure === null) {
      stops.broken(error);
      return;
    }
    this.failures += 1;
    const message = scrubber.scrub(failure.message);
    emit({ type: "value", stack, address, action, state: "failed", message });
    const { position } = origin;
    const place = position === undefined ? "" : `${describePosition(position)} `;
    const told = error instanceof UserError ? message : `${place}${address}: ${message}`;
    const code = error instanceof UserError ? (error.problems[0]?.code ?? "value-failed") : "value-failed";
    emit({
      type: "error",
      code,
      message: told,
      remedy: failure.remedy,
      ...(position === undefined ? {} : { position }),
    });
  }
}
