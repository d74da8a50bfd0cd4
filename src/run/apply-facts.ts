import type { RunCounts } from "../model/events.ts";
import type { ObjectKey } from "../model/ids.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Fact, Marks } from "./inventory-changes.ts";

/** What a run has found out and done, in the terms of its result. */
export class ApplyFacts {
  readonly objects = new Map<ObjectKey, Fact>();
  readonly #done = new Set<PlanItem>();
  readonly #forgotten = new Set<ObjectKey>();
  readonly #failed = new Set<ObjectKey>();
  /** Applied, but not ready. */
  readonly notReady = new Set<ObjectKey>();

  sending(item: PlanItem): void {
    this.objects.set(item.key, { type: "unsure" });
  }

  applied(item: PlanItem, uid: string | null, marks: Marks): void {
    this.objects.set(item.key, { type: "live", uid, marks });
    this.#done.add(item);
  }

  unchanged(item: PlanItem): void {
    this.#done.add(item);
  }

  removed(item: PlanItem): void {
    this.objects.set(item.key, { type: "absent" });
    if (item.action === "delete") this.#done.add(item);
  }

  /** Still there, but no longer ours. */
  forgotten(item: PlanItem): void {
    this.objects.set(item.key, { type: "absent" });
    this.#forgotten.add(item.key);
  }

  isForgotten(item: PlanItem): boolean {
    return this.#forgotten.has(item.key);
  }

  /** The server said no: a create has made nothing, anything else left what was there. */
  refused(item: PlanItem): void {
    if (item.action === "create" || item.action === "replace") this.objects.set(item.key, { type: "absent" });
    else this.objects.delete(item.key);
  }

  failed(item: PlanItem): void {
    this.#failed.add(item.key);
  }

  hasFailed(key: ObjectKey): boolean {
    return this.#failed.has(key);
  }

  get anyFailed(): boolean {
    return this.#failed.size > 0;
  }

  /** An adoption counts as an update: both change an object that was there. */
  counts(): RunCounts {
    const count = (...actions: readonly string[]) => [...this.#done].filter((i) => actions.includes(i.action)).length;
    return {
      create: count("create"),
      update: count("update", "adopt"),
      replace: count("replace"),
      delete: count("delete"),
      unchanged: count("unchanged"),
      failed: this.#failed.size + this.notReady.size,
    };
  }
}
