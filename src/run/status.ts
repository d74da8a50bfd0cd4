import type { Emit, RunResult } from "../model/events.ts";
import type { ObjectId, ObjectKey } from "../model/ids.ts";
import { apiVersionOf, objectKey } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Project } from "../model/project.ts";
import type { ObjectStatus, Phase, Verdict } from "../model/status.ts";
import { type Meddling, meddlingWith } from "../plan/applied.ts";
import { applySetId } from "../plan/applyset.ts";
import type { Clock, Kube } from "../ports.ts";
import { nothingRelated, objectStatus, verdictOf } from "../status/index.ts";
import { isWorkload, readAround, restartsOf } from "./around.ts";
import { Blames } from "./blame.ts";
import { completeVerdict } from "./complete-verdict.ts";
import { readInventories } from "./inventory.ts";
import { logLines } from "./log-lines.ts";
import { mapLimit } from "./map-limit.ts";
import { observe } from "./observe.ts";
import { fieldManagerOf } from "./plan.ts";
import { Scrubber } from "./scrub.ts";
import { Tracker } from "./track.ts";

/** One managed object as it is now. */
export interface ManagedStatus {
  readonly stack: string;
  readonly status: ObjectStatus;
  readonly verdict: Verdict | null;
  /** null when it does not exist. */
  readonly live: KubeObject | null;
  /** null: nobody has written over what this project owns of it. */
  readonly drift: Meddling | null;
  /** Of containers; null for what runs none. */
  readonly restarts: number | null;
}

/** Health of everything in the inventories: one list per kind, and what surrounds only what is not ready. */
export async function readStatus(
  kube: Kube,
  project: Project,
  options: { readonly stacks: readonly string[] | null; readonly parallelism: number; readonly now: number },
): Promise<ManagedStatus[]> {
  const stored = await readInventories(kube, project.name, project.inventoryNamespace);
  const inventories = [...stored.values()]
    .map((each) => each.inventory)
    .filter(({ stack }) => options.stacks === null || options.stacks.includes(stack));
  const applySets = new Map(
    inventories.map(({ stack }) => [stack, applySetId(project.name, stack, project.inventoryNamespace)] as const),
  );
  const { leftovers } = await observe(kube, {
    desired: [],
    inventories,
    applySets,
    fieldManager: fieldManagerOf(project),
    force: false,
    parallelism: options.parallelism,
  });
  const members = inventories.flatMap(({ stack, entries }) =>
    entries
      // Fields of an object have no health: the object has.
      .filter(({ id }) => id.part === undefined)
      .map(({ id, uid, owned }) => ({ stack, id, uid, owned, live: leftovers.get(objectKey(id)) ?? null })),
  );
  const unready = members.filter(
    ({ live }) => live !== null && objectStatus(live, nothingRelated, options.now).phase !== "ready",
  );
  const running = members.filter(({ live }) => live !== null && isWorkload(live));
  const placesOf = (list: typeof members) => new Set(list.map(({ id }) => id.namespace).filter((name) => name !== ""));
  const namespaces = { running: placesOf(running), unready: placesOf(unready) };
  const surroundings = await readAround(kube, namespaces, options.parallelism);
  const clockAhead = kube.clockAhead?.() ?? 0;
  const manager = fieldManagerOf(project);
  const judged = members.map(({ stack, id, uid, owned, live }) => {
    if (live === null)
      return { stack, status: absent(id, uid), verdict: null, live, related: nothingRelated, drift: null };
    const related = { ...(surroundings.get(id.namespace) ?? nothingRelated), clockAhead };
    const status = objectStatus(live, related, options.now);
    const drift = meddlingWith(live, manager, owned);
    return { stack, status, verdict: verdictOf(live, related, options.now), live, related, drift };
  });
  const edges = new Map(
    inventories.flatMap(({ entries }) => entries.map((e) => [objectKey(e.id), e.dependsOn] as const)),
  );
  const blames = new Blames(
    () =>
      members.map(({ id, live }) => {
        const key = objectKey(id);
        return { key, id, object: live, dependsOn: edges.get(key) ?? [] };
      }),
    () => false,
  );
  for (const { verdict } of judged) if (verdict) blames.failed(objectKey(verdict.id), verdict);
  const scrubber = scrubberOf(inventories, members);
  const verdicts = new Map<ObjectKey, Verdict>();
  await mapLimit(judged, options.parallelism, async ({ related, verdict, live }) => {
    if (verdict === null || live === null) return;
    const key = objectKey(verdict.id);
    const excerpt = await logLines(kube, live, related, options.now);
    const log = excerpt.log.map((line) => scrubber.scrub(line));
    const rootCause = blames.behind(key, verdict, log)?.rootCause ?? null;
    verdicts.set(key, completeVerdict(verdict, { ...excerpt, log }, rootCause));
  });
  return judged.map(({ stack, status, live, related, drift }) => {
    const verdict = verdicts.get(objectKey(status.id)) ?? null;
    return {
      stack,
      status,
      live,
      drift,
      restarts: live === null ? null : restartsOf(live, related),
      verdict: verdict && { ...verdict, sameAs: blames.alike(verdict)?.id ?? null },
    };
  });
}

/** Knows the secrets that this project made or keeps in Secrets: a log may quote one. */
function scrubberOf(
  inventories: readonly Inventory[],
  members: readonly { readonly live: KubeObject | null }[],
): Scrubber {
  const scrubber = new Scrubber();
  for (const { generated } of inventories) for (const value of Object.values(generated)) scrubber.add(value.attributes);
  for (const { live } of members) if (live !== null) scrubber.addSecret(live);
  return scrubber;
}

/** An entry without a uid was promised by a run that did not come to settle it: killed, or still under way. */
function absent(id: ObjectId, uid: string | null): ObjectStatus {
  const nothing = { id, ready: null, total: null, generation: null, notes: [] };
  if (uid === null) {
    const message = "not made yet: the run that was to make it has not ended, or was cut off; `k8sctl up` goes on";
    return { ...nothing, phase: "pending", reason: "NotMade", message };
  }
  return { ...nothing, phase: "gone", reason: "NotFound", message: "it was made, and somebody has deleted it" };
}

/**
 * Tells every change of health as `object-status` events until `stop`. Exit code 3 when something was not ready at the
 * end. What joins the inventories later is not seen.
 */
export async function watchStatus(
  kube: Kube,
  project: Project,
  options: { readonly stacks: readonly string[] | null; readonly clock: Clock; readonly stop: AbortSignal },
  emit: Emit,
): Promise<RunResult> {
  const stored = await readInventories(kube, project.name, project.inventoryNamespace);
  const inventories = [...stored.values()]
    .map((each) => each.inventory)
    .filter(({ stack }) => options.stacks === null || options.stacks.includes(stack));
  // Fields of an object have no health: the object has.
  const members = inventories.flatMap(({ stack, entries }) =>
    entries.filter(({ id }) => id.part === undefined).map((entry) => ({ stack, ...entry })),
  );
  const phases = new Map<ObjectKey, Phase>(members.map(({ id }) => [objectKey(id), "pending"]));
  const tracker: Tracker = new Tracker({
    kube,
    clock: options.clock,
    emit: (event) => {
      if (event.type === "object-status") phases.set(objectKey(event.status.id), event.status.phase);
      emit(event);
    },
    scrub: (text) => text,
    applySets: inventories.map(({ stack }) => applySetId(project.name, stack, project.inventoryNamespace)),
    namespacesOf: (group, kind) =>
      new Set(members.filter(({ id }) => id.group === group && id.kind === kind).map(({ id }) => id.namespace)),
    members: () =>
      members.map(({ id, dependsOn }) => {
        const key = objectKey(id);
        return { key, id, dependsOn, object: tracker.latest(key) };
      }),
  });
  for (const { stack, id, version } of members) {
    const apiVersion = apiVersionOf({ group: id.group, version });
    tracker.follow({ id, apiVersion, stack, timeoutSeconds: Number.POSITIVE_INFINITY });
  }
  if (!options.stop.aborted) await new Promise((resolve) => options.stop.addEventListener("abort", resolve));
  tracker.close();
  const ok = [...phases.values()].every((phase) => phase === "ready");
  const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: members.length, failed: 0 };
  return { ok, exitCode: ok ? 0 : 3, counts };
}
