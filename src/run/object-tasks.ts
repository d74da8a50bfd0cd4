import { KubeError, type Problem, UnreachableError, UserError } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import { describeId, type ObjectId, type ObjectKey } from "../model/ids.ts";
import type { InventoryEntry } from "../model/inventory.ts";
import { assertNever, type JsonObject } from "../model/json.ts";
import { asJson, idOf, type KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Clock, Kube } from "../ports.ts";
import { objectStatus } from "../status/index.ts";
import type { ApplyFacts } from "./apply-facts.ts";
import { type SendOptions, sendObject } from "./apply-object.ts";
import { claimsOfSet, deleteClaims } from "./claims.ts";
import { failureOf } from "./failure.ts";
import { awaitGone, giveBack, removeObject, removePart } from "./removal.ts";
import type { Locks } from "./renewal.ts";
import type { Scrubber } from "./scrub.ts";
import { describeTask, type Task } from "./tasks.ts";
import type { Tracker } from "./track.ts";

export interface TaskOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly emit: Emit;
  readonly locks: Pick<Locks, "ensureHeld">;
  readonly tracker: Tracker;
  readonly facts: ApplyFacts;
  readonly scrubber: Scrubber;
  readonly send: SendOptions;
  readonly live: Map<ObjectKey, JsonObject>;
  /** Pre- and postconditions of an item that do not hold. */
  readonly check: (item: PlanItem, when: "before" | "after") => readonly Problem[];
  readonly applySetOf: (stack: string) => string;
  readonly recorded: (key: ObjectKey) => InventoryEntry | null;
  /** Seconds an object may take to become ready, and to be gone, unless it says otherwise. */
  readonly objectSeconds: number;
  /** `down`: claims and volumes stay unless `deleteVolumes`. */
  readonly destroying: boolean;
  readonly deleteVolumes: boolean;
  /** Ends waiting: the first Ctrl-C, a lost lock, a server that does not answer. */
  readonly cut: AbortSignal;
  /** Called when the server does not answer: nothing new is to be started. */
  readonly unreachable: (error: UnreachableError) => void;
  /** Called for what is no answer of the world but a bug of ours. */
  readonly broken: (error: unknown) => void;
}

/** Holds up dependents, and has been told already or will be by whoever stopped the run. */
class AlreadyTold extends Error {}

/** Does what one task of the graph says, and tells it. Rejects when its dependents must not run. */
export class ObjectTasks {
  readonly #options: TaskOptions;
  readonly #startedAt: number;
  readonly #started = new Set<ObjectKey>();
  readonly #skipped = new Set<ObjectKey>();
  /** Claims that StatefulSets left behind, by stack. */
  readonly keptClaims = new Map<string, { readonly id: ObjectId; readonly uid: string }[]>();
  readonly #claimsToDelete = new Map<ObjectKey, readonly { namespace: string; name: string; uid: string }[]>();

  constructor(options: TaskOptions) {
    this.#options = options;
    this.#startedAt = options.clock.monotonic();
  }

  /** Some waiting was cut short. */
  anyCut = false;

  get anySkipped(): boolean {
    return this.#skipped.size > 0;
  }

  async run(task: Task): Promise<void> {
    try {
      await this.#perform(task);
    } catch (error) {
      if ("item" in task.work && !(error instanceof AlreadyTold)) this.#report(task.work.item, error);
      throw error;
    }
  }

  skipped(task: Task, because: Task): void {
    const { work } = task;
    if (work.type !== "apply" && work.type !== "delete") return;
    const { key, id, stack, action } = work.item;
    if (action === "unchanged" || this.#skipped.has(key)) return;
    this.#skipped.add(key);
    this.#options.emit({ type: "object-skipped", id, stack, because: reasonToSkip(key, because) });
  }

  async #perform(task: Task): Promise<void> {
    const { work } = task;
    switch (work.type) {
      case "apply":
        if (work.item.action === "unchanged") this.#options.facts.unchanged(work.item);
        else await this.#apply(work.item);
        return;
      case "ready":
        await this.#awaitReady(work.item);
        return this.#check(work.item, "after");
      case "delete":
        return this.#remove(work.item);
      case "gone":
        return this.#awaitGone(work.item);
      case "stack-ready": {
        // Nothing of it is there any more: nobody wants to hear that it is ready.
        if (work.empty) return;
        const ms = Math.round(this.#options.clock.monotonic() - this.#startedAt);
        this.#options.emit({ type: "stack-ready", stack: work.stack, ms });
        return;
      }
      case "stack-applied":
      case "stack-removed":
        return;
      default:
        return assertNever(work);
    }
  }

  async #apply(item: PlanItem): Promise<void> {
    const { facts, locks, send, live, emit } = this.#options;
    this.#tellStart(item);
    this.#check(item, "before");
    await locks.ensureHeld();
    facts.sending(item);
    try {
      const { object, warnings } = await sendObject(send, item);
      facts.applied(item, object.metadata.uid ?? null);
      live.set(item.key, asJson(object));
      for (const message of warnings) emit({ type: "warning", message: this.#clean(message), id: item.id });
      emit({ type: "object-applied", id: item.id, stack: item.stack, action: item.action });
    } catch (error) {
      if (!(error instanceof UnreachableError) && !(error instanceof KubeError && error.status >= 500)) {
        facts.refused(item);
      }
      throw error;
    }
  }

  #check(item: PlanItem, when: "before" | "after"): void {
    const problems = this.#options.check(item, when);
    if (problems.length > 0) throw new UserError(problems);
  }

  async #awaitReady(item: PlanItem): Promise<void> {
    const { tracker, live, facts, cut } = this.#options;
    const state = (live.get(item.key) ?? null) as KubeObject | null;
    const { skip, timeoutSeconds } = item.wait;
    if (skip) return;
    const position = item.origin?.position;
    const target = {
      id: item.id,
      apiVersion: item.apiVersion,
      stack: item.stack,
      timeoutSeconds: timeoutSeconds ?? this.#options.objectSeconds,
      ...(position === undefined ? {} : { position }),
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
        throw this.#stopped();
      default:
        return assertNever(readiness);
    }
  }

  async #remove(item: PlanItem): Promise<void> {
    const { kube, locks, facts, applySetOf, destroying, deleteVolumes, recorded } = this.#options;
    await locks.ensureHeld();
    if (item.id.part !== undefined) return this.#removePart(item);
    if (destroying && !deleteVolumes && isVolume(item.id)) {
      this.#keep(item.id, item.stack, "volumes are kept; --delete-volumes removes them");
      return;
    }
    const entry = recorded(item.key);
    if (item.action === "delete" && item.id.kind === "Namespace" && entry?.adopted) {
      await giveBack(kube, item, this.#options.send.fieldManager);
      facts.forgotten(item);
      this.#keep(item.id, item.stack, "it was there before this project");
      return;
    }
    this.#tellStart(item);
    await this.#claims(item);
    const removal = await removeObject(kube, item, applySetOf(item.stack), { recordedUid: entry?.uid ?? null });
    switch (removal.type) {
      case "kept":
        this.#keep(item.id, item.stack, removal.why);
        return;
      case "absent":
        facts.removed(item);
        return;
      case "deleted":
        facts.sending(item);
        return;
      default:
        assertNever(removal);
    }
  }

  /** Its fields go; the object is somebody else's. */
  async #removePart(item: PlanItem): Promise<void> {
    this.#tellStart(item);
    await removePart(this.#options.kube, item, this.#options.send.fieldManager);
    this.#options.facts.removed(item);
  }

  async #awaitGone(item: PlanItem): Promise<void> {
    const { facts, emit, cut, objectSeconds } = this.#options;
    const fact = facts.objects.get(item.key);
    // Kept: what it stands on must stay too, but that is for the objects themselves to say.
    if (fact === undefined || facts.isForgotten(item)) return;
    if (fact.type === "unsure") {
      const held = (live: KubeObject) => this.#tellHeld(item, live);
      await this.#cuttable(awaitGone(this.#options, item, { seconds: objectSeconds, signal: cut, held }));
    }
    facts.removed(item);
    const claims = this.#claimsToDelete.get(item.key);
    if (claims) await deleteClaims(this.#options.kube, claims);
    if (item.action === "delete") {
      emit({ type: "object-applied", id: item.id, stack: item.stack, action: item.action });
    }
  }

  /** A run that is cut short would otherwise end without a word on what it waited for. */
  #tellHeld(item: PlanItem, live: KubeObject): void {
    const status = objectStatus(live, { pods: [], events: [] }, this.#options.clock.wall());
    const message = this.#clean(status.message);
    this.#options.emit({ type: "object-status", stack: item.stack, status: { ...status, message } });
  }

  /** Claims go before their set, which would be forgotten otherwise if this run were killed in between. */
  async #claims(item: PlanItem): Promise<void> {
    if (item.action !== "delete") return;
    const claims = await claimsOfSet(this.#options.kube, item);
    if (claims.length === 0) return;
    const refs = claims.map(({ metadata: { namespace = "", name, uid = "" } }) => ({ namespace, name, uid }));
    if (this.#options.deleteVolumes) {
      this.#claimsToDelete.set(item.key, refs);
      await deleteClaims(this.#options.kube, refs);
      return;
    }
    const kept = this.keptClaims.get(item.stack) ?? [];
    this.keptClaims.set(item.stack, [...kept, ...claims.map((c) => ({ id: idOf(c), uid: c.metadata.uid ?? "" }))]);
    const why = `made by ${describeId(item.id)}; down --delete-volumes removes it`;
    for (const claim of claims) this.#keep(idOf(claim), item.stack, why);
  }

  #keep(id: ObjectId, stack: string, why: string): void {
    this.#options.emit({ type: "kept", id, stack, why });
  }

  async #cuttable(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw this.#options.cut.aborted ? this.#stopped() : error;
    }
  }

  #stopped(): Error {
    this.anyCut = true;
    return new AlreadyTold("stopped");
  }

  #tellStart(item: PlanItem): void {
    if (this.#started.has(item.key)) return;
    this.#started.add(item.key);
    const { id, stack, action, origin } = item;
    const position = origin?.position === undefined ? {} : { position: origin.position };
    this.#options.emit({ type: "object-started", id, stack, action, ...position });
  }

  #report(item: PlanItem, error: unknown): void {
    const { facts, emit } = this.#options;
    // What was cut off in the middle is told once, by whoever cut it.
    if (this.#options.send.signal.aborted) return;
    if (error instanceof UnreachableError) this.#options.unreachable(error);
    const failure = failureOf(error, item);
    if (!failure) {
      this.#options.broken(error);
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

function reasonToSkip(key: ObjectKey, { work, ...task }: Task): string {
  if (!("item" in work)) return describeTask({ ...task, work });
  return work.item.key === key ? "what it replaces is not gone" : describeId(work.item.id);
}

function isVolume(id: ObjectId): boolean {
  return id.group === "" && (id.kind === "PersistentVolumeClaim" || id.kind === "PersistentVolume");
}
