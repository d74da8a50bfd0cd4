import { KubeError, userError } from "../model/errors.ts";
import { describeId, typeOf } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { PlanItem } from "../model/plan.ts";
import { PART_OF_LABEL } from "../plan/applyset.ts";
import { emptyPart, managerOf } from "../plan/parts.ts";
import type { Clock, Kube, ObjectRef } from "../ports.ts";
import { reasonToKeep } from "./spare.ts";

export type Removal =
  | { readonly type: "deleted" }
  | { readonly type: "absent" }
  | { readonly type: "kept"; readonly why: string };

/** Their pods must be gone before what they use is deleted. */
const workloads = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"]);

const FIRST_POLL_MS = 20;
const SLOWEST_POLL_MS = 1_000;

/** Asks the server to delete exactly the object that was planned, unless it holds others' things. */
export async function removeObject(
  kube: Kube,
  item: PlanItem,
  applySet: string,
  known: { readonly recordedUid: string | null },
): Promise<Removal> {
  if (item.action === "delete") {
    // Promised by an earlier run that was killed: only the label tells whether that run came to make it.
    if (known.recordedUid === null) {
      const live = await read(kube, item);
      if (!live) return { type: "absent" };
      if (live.metadata.labels?.[PART_OF_LABEL] !== applySet) return { type: "kept", why: "it is not of this stack" };
    }
    const why = await reasonToKeep(kube, item);
    if (why) return { type: "kept", why };
  }
  const propagation = item.orphanPods ? "Orphan" : workloads.has(item.id.kind) ? "Foreground" : "Background";
  try {
    const there = await kube.delete(refOf(item), { ...(item.uid === null ? {} : { uid: item.uid }), propagation });
    return { type: there ? "deleted" : "absent" };
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 409)) throw error;
    const live = await read(kube, item);
    if (!live) return { type: "absent" };
    if (live.metadata.uid === item.uid) throw error;
    return { type: "kept", why: "another object has taken its name since the plan was made" };
  }
}

/** Takes the stack's mark off an object that stays: no later run may think it is ours. */
export async function giveBack(kube: Kube, item: PlanItem, fieldManager: string): Promise<void> {
  try {
    await kube.patch(refOf(item), { metadata: { labels: { [PART_OF_LABEL]: null } } }, fieldManager);
  } catch (error) {
    if (!(error instanceof KubeError && error.status === 404)) throw error;
  }
}

/** Takes the fields of a part from its object: an apply of nothing by their manager. */
export async function removePart(kube: Kube, item: PlanItem, fieldManager: string): Promise<void> {
  const live = await read(kube, item);
  if (live === null) return;
  const manager = managerOf(fieldManager, item.id);
  await kube.apply(emptyPart(live), { fieldManager: manager, force: false, dryRun: false });
}

interface AwaitGoneOptions {
  readonly seconds: number;
  readonly signal: AbortSignal;
  readonly held: (live: KubeObject) => void;
}

/**
 * Resolves when the object is gone for good. Throws UserError `not-gone`, which names what holds it. `held` hears of an
 * object that is still there after a second or so, and again at each look at it.
 */
export async function awaitGone(
  { kube, clock }: { readonly kube: Kube; readonly clock: Clock },
  item: PlanItem,
  { seconds, signal, held }: AwaitGoneOptions,
): Promise<void> {
  const deadline = clock.monotonic() + seconds * 1000;
  for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, SLOWEST_POLL_MS)) {
    const live = await read(kube, item);
    if (!live || (item.uid !== null && live.metadata.uid !== item.uid)) return;
    if (clock.monotonic() >= deadline) throw notGone(item, live, seconds);
    if (pause === SLOWEST_POLL_MS) held(live);
    await clock.sleep(pause, signal);
  }
}

async function read(kube: Kube, item: PlanItem): Promise<KubeObject | null> {
  try {
    return await kube.get(refOf(item));
  } catch (error) {
    // Its type went away with its CRD.
    if (error instanceof KubeError && error.status === 404) return null;
    throw error;
  }
}

function refOf(item: PlanItem): ObjectRef {
  return { ...typeOf(item.apiVersion, item.id.kind), namespace: item.id.namespace, name: item.id.name };
}

function notGone(item: PlanItem, live: KubeObject, seconds: number): Error {
  const finalizers = live.metadata.finalizers ?? [];
  const reasons = [...conditions(live), ...(finalizers.length === 0 ? [] : [`finalizers ${finalizers.join(", ")}`])];
  const held = reasons.length === 0 ? "" : `: held by ${reasons.join("; ")}`;
  return userError("not-gone", `${describeId(item.id)} is still there ${seconds} s after its deletion${held}`, {
    id: item.id,
    remedy: "see that the controller of the finalizer runs, then run the command again",
  });
}

/** What a namespace says of its own end (`NamespaceContentRemaining`, `NamespaceFinalizersRemaining`, ...). */
function conditions(live: KubeObject): string[] {
  const status = live["status"];
  const all = isJsonObject(status) && Array.isArray(status["conditions"]) ? status["conditions"] : [];
  return all.flatMap((condition) =>
    isJsonObject(condition) && String(condition["type"]).startsWith("Namespace") && condition["status"] === "True"
      ? [String(condition["message"])]
      : [],
  );
}
