import { KubeError, UnreachableError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { describeId, type ObjectKey } from "../model/ids.ts";
import { assertNever, type JsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import { appliedDigest, ownedDigest } from "../plan/applied.ts";
import { managerOf } from "../plan/parts.ts";
import type { Clock, HttpGet } from "../ports.ts";
import type { ApplyFacts } from "./apply-facts.ts";
import { bodyToSend, rehearseReplace, type SendOptions, sendObject } from "./apply-object.ts";
import { tryCanary } from "./canary.ts";
import type { Marks } from "./inventory-changes.ts";
import type { LateValues } from "./late-values.ts";
import { leanObject } from "./lean.ts";
import type { ObjectRemovals } from "./object-removals.ts";
import type { Locks } from "./renewal.ts";
import { describeTask, type Task } from "./tasks.ts";
import { AlreadyTold, type Telling } from "./telling.ts";
import type { Tracker } from "./track.ts";
import type { ValueTelling } from "./value-telling.ts";

export interface TaskOptions {
  readonly clock: Clock;
  readonly emit: Emit;
  readonly locks: Pick<Locks, "ensureHeld">;
  readonly tracker: Tracker;
  readonly facts: ApplyFacts;
  readonly telling: Telling;
  readonly removals: ObjectRemovals;
  readonly values: LateValues;
  readonly valueTelling: ValueTelling;
  readonly send: SendOptions;
  readonly live: Map<ObjectKey, JsonObject>;
  /** Seconds an object may take to become ready, unless it says otherwise. */
  readonly objectSeconds: number;
  /** Whether to wait for what this task is about, or to tell of it: with --no-wait only where something needs it. */
  readonly waits: (task: Task) => boolean;
  readonly httpGet: HttpGet;
  /** Ends waiting: the first Ctrl-C, a lost lock, a server that does not answer. */
  readonly cut: AbortSignal;
}

/** Does what one task of the graph says, and tells it. Rejects when its dependents must not run. */
export class ObjectTasks {
  readonly #options: TaskOptions;
  readonly #startedAt: number;

  constructor(options: TaskOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
  }

  async run(task: Task): Promise<void> {
    try {
      await this.#perform(task);
    } catch (error) {
      const { work } = task;
      if ("item" in work) this.#options.telling.failed(work.item, error);
      if (work.type === "value") this.#options.valueTelling.failed(work.stack, work.value, error);
      throw error;
    }
  }

  skipped(task: Task, because: Task): void {
    const { work } = task;
    if (work.type === "value" && work.value.action !== "unchanged") {
      this.#options.valueTelling.skip(work.stack, work.value, reasonToSkip("", because));
    }
    if (work.type !== "apply" && work.type !== "delete") return;
    if (work.item.action === "unchanged") return;
    this.#options.telling.skip(work.item, reasonToSkip(work.item.key, because));
  }

  async #perform(task: Task): Promise<void> {
    const { work } = task;
    const { telling, removals, waits } = this.#options;
    switch (work.type) {
      case "apply":
        if (work.item.action === "unchanged") await this.#confirm(work.item);
        else await this.#apply(work.item);
        return;
      case "ready":
        if (!waits(task)) return;
        await this.#awaitReady(work.item);
        return telling.check(work.item, "after");
      case "delete":
        if (work.item.action === "replace") await rehearseReplace(this.#options.send, work.item);
        return removals.remove(work.item);
      case "gone":
        return removals.awaitGone(work.item);
      case "stack-ready": {
        // Nothing of it is there any more: nobody wants to hear that it is ready.
        if (work.empty || !waits(task)) return;
        const ms = Math.round(this.#options.clock.monotonic() - this.#startedAt);
        this.#options.emit({ type: "stack-ready", stack: work.stack, ms });
        return;
      }
      case "value":
        return this.#options.values.make(work.stack, work.value);
      case "stack-applied":
      case "stack-removed":
        return;
      default:
        return assertNever(work);
    }
  }

  #marks(item: PlanItem, sent: NonNullable<PlanItem["sent"]>, object: KubeObject): Marks {
    const applied = appliedDigest(sent, item.sensitive);
    const owned = ownedDigest(object, managerOf(this.#options.send.fieldManager, item.id));
    return { ...(applied === null ? {} : { applied }), ...(owned === null ? {} : { owned }) };
  }

  /** Nothing of the object changes; what another has changed or claimed since the plan is left for the next one. */
  async #confirm(item: PlanItem): Promise<void> {
    const { facts, locks, send, live } = this.#options;
    facts.unchanged(item);
    const there = live.get(item.key) as KubeObject | undefined;
    // What a run that was cut off has applied is recorded by the next one.
    if (there !== undefined && item.sent !== null) facts.applied(item, item.uid, this.#marks(item, item.sent, there));
    if (item.claims !== true) return;
    await locks.ensureHeld();
    try {
      const { object, sent } = await sendObject(send, item);
      facts.applied(item, object.metadata.uid ?? null, this.#marks(item, asJson(sent), object));
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
    }
  }

  async #apply(item: PlanItem): Promise<void> {
    const { facts, locks, send, live, telling } = this.#options;
    telling.start(item);
    telling.check(item, "before");
    await locks.ensureHeld();
    if (item.canary !== undefined) {
      const { kube, fieldManager } = send;
      const options = { ...this.#options, kube, fieldManager, get: this.#options.httpGet };
      await tryCanary(options, item, item.canary, await bodyToSend(send, item));
    }
    facts.sending(item);
    try {
      const { object, warnings, sent, item: real } = await sendObject(send, item);
      facts.applied(real, object.metadata.uid ?? null, this.#marks(real, asJson(sent), object));
      live.set(item.key, asJson(leanObject(object)));
      telling.applied(real, warnings);
    } catch (error) {
      if (!(error instanceof UnreachableError) && !(error instanceof KubeError && error.status >= 500)) {
        facts.refused(item);
      }
      throw error;
    }
  }

  async #awaitReady(item: PlanItem): Promise<void> {
    const { tracker, live, facts, telling, cut } = this.#options;
    const state = (live.get(item.key) ?? null) as KubeObject | null;
    const { skip, timeoutSeconds, readyWhen } = item.wait;
    if (skip) return;
    const position = item.origin?.position;
    const target = {
      id: item.id,
      apiVersion: item.apiVersion,
      stack: item.stack,
      timeoutSeconds: timeoutSeconds ?? this.#options.objectSeconds,
      ...(position === undefined ? {} : { position }),
      ...(readyWhen === undefined ? {} : { readyWhen }),
    };
    const readiness = await tracker.track(target, state, cut);
    switch (readiness.type) {
      case "ready":
        live.set(item.key, asJson(readiness.object));
        return;
      case "failed":
        facts.notReady.add(item.key);
        throw new AlreadyTold(readiness.verdict.message);
      case "stopped":
        throw telling.stopped();
      default:
        return assertNever(readiness);
    }
  }
}

function reasonToSkip(key: ObjectKey, { work, ...task }: Task): string {
  if (!("item" in work)) return describeTask({ ...task, work });
  return work.item.key === key ? "what it replaces is not gone" : describeId(work.item.id);
}
