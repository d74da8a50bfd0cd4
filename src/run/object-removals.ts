import { describeId, type ObjectId, type ObjectKey } from "../model/ids.ts";
import type { InventoryEntry } from "../model/inventory.ts";
import { assertNever } from "../model/json.ts";
import { idOf } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import type { Clock, Kube } from "../ports.ts";
import type { ApplyFacts } from "./apply-facts.ts";
import { claimsOfSet, deleteClaims } from "./claims.ts";
import { awaitGone, giveBack, removeObject, removePart } from "./removal.ts";
import type { Locks } from "./renewal.ts";
import type { Telling } from "./telling.ts";

export interface RemovalOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly locks: Pick<Locks, "ensureHeld">;
  readonly facts: ApplyFacts;
  readonly telling: Telling;
  readonly fieldManager: string;
  readonly applySetOf: (stack: string) => string;
  readonly recorded: (key: ObjectKey) => InventoryEntry | null;
  /** Seconds an object may take to be gone. */
  readonly objectSeconds: number;
  /** `down`: claims and volumes stay unless `deleteVolumes`. */
  readonly destroying: boolean;
  readonly deleteVolumes: boolean;
  /** Ends waiting. */
  readonly cut: AbortSignal;
}

interface ClaimRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** Deletes what the plan deletes or replaces, and keeps what must outlive it: volumes, others' things, namespaces lent to us. */
export class ObjectRemovals {
  readonly #options: RemovalOptions;
  /** Claims that StatefulSets left behind, by stack. */
  readonly keptClaims = new Map<string, { readonly id: ObjectId; readonly uid: string }[]>();
  readonly #claimsToDelete = new Map<ObjectKey, readonly ClaimRef[]>();

  constructor(options: RemovalOptions) {
    this.#options = options;
  }

  async remove(item: PlanItem): Promise<void> {
    const { kube, locks, facts, telling, applySetOf, destroying, deleteVolumes, recorded } = this.#options;
    await locks.ensureHeld();
    if (item.givesBack) return this.#giveUp(item);
    if (item.id.part !== undefined) return this.#removePart(item);
    if (destroying && !deleteVolumes && isVolume(item.id)) {
      telling.keep(item.id, item.stack, "volumes are kept; --delete-volumes removes them");
      return;
    }
    const entry = recorded(item.key);
    if (item.action === "delete" && item.id.kind === "Namespace" && entry?.adopted) {
      await giveBack(kube, item, this.#options.fieldManager);
      facts.forgotten(item);
      telling.keep(item.id, item.stack, "it was there before this project");
      return;
    }
    telling.start(item);
    await this.#claims(item);
    const removal = await removeObject(kube, item, applySetOf(item.stack), { recordedUid: entry?.uid ?? null });
    switch (removal.type) {
      case "kept":
        telling.keep(item.id, item.stack, removal.why);
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

  async awaitGone(item: PlanItem): Promise<void> {
    const { facts, telling, cut, objectSeconds } = this.#options;
    const fact = facts.objects.get(item.key);
    // Kept: what it stands on must stay too, but that is for the objects themselves to say.
    if (fact === undefined || facts.isForgotten(item)) return;
    if (fact.type === "unsure") {
      const options = { seconds: objectSeconds, signal: cut, held: telling.held.bind(telling, item) };
      await this.#cuttable(awaitGone(this.#options, item, options));
    }
    facts.removed(item);
    const claims = this.#claimsToDelete.get(item.key);
    if (claims) await deleteClaims(this.#options.kube, claims);
    if (item.action === "delete") telling.applied(item);
  }

  /** It stays as it is; only our mark goes. The fields of a part bear none. */
  async #giveUp(item: PlanItem): Promise<void> {
    const { kube, facts, telling, fieldManager } = this.#options;
    telling.start(item);
    if (item.id.part === undefined) await giveBack(kube, item, fieldManager);
    facts.forgotten(item);
    telling.applied(item);
  }

  /** Its fields go; the object is somebody else's. */
  async #removePart(item: PlanItem): Promise<void> {
    const { kube, facts, telling, fieldManager } = this.#options;
    telling.start(item);
    await removePart(kube, item, fieldManager);
    facts.removed(item);
  }

  /** Claims go before their set, which would be forgotten otherwise if this run were killed in between. */
  async #claims(item: PlanItem): Promise<void> {
    const { kube, telling, deleteVolumes } = this.#options;
    if (item.action !== "delete") return;
    const claims = await claimsOfSet(kube, item);
    if (claims.length === 0) return;
    const refs = claims.map(({ metadata: { namespace = "", name, uid = "" } }) => ({ namespace, name, uid }));
    if (deleteVolumes) {
      this.#claimsToDelete.set(item.key, refs);
      await deleteClaims(kube, refs);
      return;
    }
    const kept = this.keptClaims.get(item.stack) ?? [];
    this.keptClaims.set(item.stack, [...kept, ...claims.map((c) => ({ id: idOf(c), uid: c.metadata.uid ?? "" }))]);
    const why = `made by ${describeId(item.id)}; down --delete-volumes removes it`;
    for (const claim of claims) telling.keep(idOf(claim), item.stack, why);
  }

  async #cuttable(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (error) {
      throw this.#options.cut.aborted ? this.#options.telling.stopped() : error;
    }
  }
}

function isVolume(id: ObjectId): boolean {
  return id.group === "" && (id.kind === "PersistentVolumeClaim" || id.kind === "PersistentVolume");
}
