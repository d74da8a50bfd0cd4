import type { ObjectId, ObjectKey } from "../model/ids.ts";
import { describeId, objectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Project } from "../model/project.ts";
import type { ObjectStatus, Verdict } from "../model/status.ts";
import { type Meddling, meddlingWith } from "../plan/applied.ts";
import { applySetId } from "../plan/applyset.ts";
import type { Kube } from "../ports.ts";
import { nothingRelated, objectStatus, verdictOf } from "../status/index.ts";
import { isWorkload, readAround, restartsOf } from "./around.ts";
import { Blames } from "./blame.ts";
import { completeVerdict } from "./complete-verdict.ts";
import { logLines } from "./log-lines.ts";
import { mapLimit } from "./map-limit.ts";
import { observe } from "./observe.ts";
import { fieldManagerOf } from "./plan.ts";
import { inventoriesOf, readyWhenOf, scrubberOf } from "./recorded.ts";

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
  const inventories = await inventoriesOf(kube, project, options.stacks);
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
      .sort((a, b) => (describeId(a.id) < describeId(b.id) ? -1 : 1))
      .map((entry) => ({
        ...{ stack, id: entry.id, uid: entry.uid, owned: entry.owned },
        live: leftovers.get(objectKey(entry.id)) ?? null,
        own: readyWhenOf(entry),
      })),
  );
  const unready = members.filter(({ live, own }) => {
    if (live === null) return false;
    const { phase, notes } = objectStatus(live, { ...nothingRelated, ...own }, options.now);
    // Of an Ingress without an address events may say why.
    return phase !== "ready" || (live.kind === "Ingress" && notes.length > 0);
  });
  const running = members.filter(({ live }) => live !== null && isWorkload(live));
  const placesOf = (list: typeof members) => new Set(list.map(({ id }) => id.namespace).filter((name) => name !== ""));
  const namespaces = { running: placesOf(running), unready: placesOf(unready) };
  const surroundings = await readAround(kube, namespaces, options.parallelism);
  const clockAhead = kube.clockAhead?.() ?? 0;
  const manager = fieldManagerOf(project);
  const judged = members.map(({ stack, id, uid, owned, live, own }) => {
    if (live === null)
      return { stack, status: absent(id, uid), verdict: null, live, related: nothingRelated, drift: null };
    const related = { ...(surroundings.get(id.namespace) ?? nothingRelated), ...own, clockAhead };
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
  const scrubber = scrubberOf(
    inventories,
    members.map(({ live }) => live),
  );
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

/** An entry without a uid was promised by a run that did not come to settle it: killed, or still under way. */
function absent(id: ObjectId, uid: string | null): ObjectStatus {
  const nothing = { id, ready: null, total: null, generation: null, notes: [] };
  if (uid === null) {
    const message = "not made yet: the run that was to make it has not ended, or was cut off; `k8sctl up` goes on";
    return { ...nothing, phase: "pending", reason: "NotMade", message };
  }
  return { ...nothing, phase: "gone", reason: "NotFound", message: "it was made, and somebody has deleted it" };
}
