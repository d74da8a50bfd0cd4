import { KubeError } from "../../model/errors.ts";
import type { KubeObject } from "../../model/objects.ts";
import { delays, doubled } from "./delays.ts";
import { isReady, type Pod } from "./shapes.ts";
import type { World } from "./world.ts";

/** Milliseconds until a ready pod counts as available; 0 when it does; null when it is not ready. */
function availableIn(world: World, pod: Pod, minReadySeconds: number): number | null {
  if (!isReady(pod)) return null;
  const since = pod.status?.conditions?.find((each) => each.type === "Ready")?.lastTransitionTime;
  return Math.max(0, minReadySeconds * 1000 - world.elapsed(since));
}

/** Counts of pods, and when they are to be counted again because minReadySeconds passes for one. */
export function countPods(world: World, pods: readonly Pod[], minReadySeconds: number) {
  let ready = 0;
  let available = 0;
  let again: number | null = null;
  for (const pod of pods) {
    const wait = availableIn(world, pod, minReadySeconds);
    if (wait === null) continue;
    ready++;
    if (wait === 0) available++;
    else again = Math.min(again ?? wait, wait);
  }
  return { ready, available, again };
}

/** Makes a pod, or returns the API server's no: a service account that is missing, a quota, a policy. */
export function createPod(world: World, pod: Pod, askedName: string): Pod | string {
  const refused = refusalOf(world, pod, askedName);
  if (refused !== null) return refused;
  try {
    return world.create(pod);
  } catch (error) {
    // Each try has another random name: the refusal must not look new each time.
    if (error instanceof KubeError) return error.message.replaceAll(pod.metadata.name, askedName);
    throw error;
  }
}

function refusalOf(world: World, pod: Pod, generateName: string): string | null {
  const account = pod.spec.serviceAccountName ?? "default";
  const namespace = pod.metadata.namespace ?? "";
  if (account === "default" || world.get("", "ServiceAccount", namespace, account) !== null) return null;
  return `pods "${generateName}" is forbidden: error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
}

/** Tries again what was refused, later and later. */
export class Retries {
  readonly #world: World;
  readonly #entries = new Map<string, { tries: number; cancel: () => void }>();

  constructor(world: World) {
    this.#world = world;
  }

  again(owner: KubeObject, run: () => void): void {
    const uid = owner.metadata.uid ?? "";
    const before = this.#entries.get(uid);
    before?.cancel();
    const tries = before?.tries ?? 0;
    const cancel = this.#world.after(doubled(delays.createRetry, tries, delays.createRetryMost), run);
    this.#entries.set(uid, { tries: tries + 1, cancel });
  }

  done(owner: KubeObject): void {
    const uid = owner.metadata.uid ?? "";
    this.#entries.get(uid)?.cancel();
    this.#entries.delete(uid);
  }

  stop(): void {
    for (const { cancel } of this.#entries.values()) cancel();
    this.#entries.clear();
  }
}

/** Whom to let go first: those that are not ready, then the youngest. */
export function lessWanted(a: Pod, b: Pod): number {
  const rank = (pod: Pod) => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  return rank(a) - rank(b) || (b.metadata.creationTimestamp ?? "").localeCompare(a.metadata.creationTimestamp ?? "");
}
