import type { Emit, RunResult } from "../model/events.ts";
import { apiVersionOf, type ObjectId, type ObjectKey, objectKey } from "../model/ids.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Project } from "../model/project.ts";
import type { Phase } from "../model/status.ts";
import { applySetId } from "../plan/applyset.ts";
import type { Clock, Kube } from "../ports.ts";
import { mapLimit } from "./map-limit.ts";
import { inventoriesOf, readyWhenOf, scrubberOf } from "./recorded.ts";
import { Tracker } from "./track.ts";

const PARALLELISM = 16;

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
  const inventories = await inventoriesOf(kube, project, options.stacks);
  // Fields of an object have no health: the object has.
  const members = inventories.flatMap(({ stack, entries }) =>
    entries.filter(({ id }) => id.part === undefined).map((entry) => ({ stack, ...entry })),
  );
  const scrubber = scrubberOf(inventories, await secretsAmong(kube, members));
  const phases = new Map<ObjectKey, Phase>(members.map(({ id }) => [objectKey(id), "pending"]));
  const tracker: Tracker = new Tracker({
    kube,
    clock: options.clock,
    emit: (event) => {
      if (event.type === "object-status") phases.set(objectKey(event.status.id), event.status.phase);
      emit(event);
    },
    scrub: (text) => scrubber.scrub(text),
    applySets: inventories.map(({ stack }) => applySetId(project.name, stack, project.inventoryNamespace)),
    namespacesOf: (group, kind) =>
      new Set(members.filter(({ id }) => id.group === group && id.kind === kind).map(({ id }) => id.namespace)),
    members: () =>
      members.map(({ id, dependsOn }) => {
        const key = objectKey(id);
        return { key, id, dependsOn, object: tracker.latest(key) };
      }),
  });
  for (const member of members) {
    const { stack, id, version } = member;
    const apiVersion = apiVersionOf({ group: id.group, version });
    tracker.follow({ id, apiVersion, stack, timeoutSeconds: Number.POSITIVE_INFINITY, ...readyWhenOf(member) });
  }
  if (!options.stop.aborted) await new Promise((resolve) => options.stop.addEventListener("abort", resolve));
  tracker.close();
  const ok = [...phases.values()].every((phase) => phase === "ready");
  const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: members.length, failed: 0 };
  return { ok, exitCode: ok ? 0 : 3, counts };
}

/** A log may quote what they hold; the watches keep none of it. */
async function secretsAmong(kube: Kube, members: readonly { readonly id: ObjectId }[]): Promise<(KubeObject | null)[]> {
  const secrets = members.filter(({ id }) => id.group === "" && id.kind === "Secret");
  const live: (KubeObject | null)[] = [];
  await mapLimit(secrets, PARALLELISM, async ({ id }) => {
    live.push(await kube.get({ ...id, version: "v1" }));
  });
  return live;
}
