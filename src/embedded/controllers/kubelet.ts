import type { PodEvent } from "./container-start.ts";
import { delays } from "./delays.ts";
import type { Node } from "./nodes.ts";
import { stopsIn } from "./pod-behaviour.ts";
import { nextStep } from "./pod-life.ts";
import { stopped } from "./pod-states.ts";
import { cellsOf } from "./pod-status.ts";
import { missingEnvironment, missingVolume } from "./references.ts";
import { type ContainerStatus, isGoing, type Pod } from "./shapes.ts";
import type { World } from "./world.ts";

interface Waiting {
  readonly cancel: () => void;
  /** resourceVersion of the pod that the timer was set for. */
  readonly version: string | undefined;
}

/** Leads scheduled pods through their lives: one timer a pod, none for a pod at rest. */
export class Kubelet {
  readonly #world: World;
  readonly #timers = new Map<string, Waiting>();
  readonly #tries = new Map<string, number>();
  /** By uid and container: since when it is in its state. */
  readonly #since = new Map<string, Map<string, { readonly state: string; readonly at: number }>>();

  readonly #numbers = new Map<string, number>();
  #taken = 0;

  constructor(world: World) {
    this.#world = world;
  }

  forget(uid: string): void {
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    this.#tries.delete(uid);
    this.#since.delete(uid);
    this.#numbers.delete(uid);
  }

  stop(): void {
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Also called when something that the pod refers to appears: the step that is due may have become another. */
  sync(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    if (this.#isAway(pod)) {
      this.forget(uid);
      return;
    }
    if (isGoing(pod)) {
      this.#end(pod);
      return;
    }
    if (pod.spec.nodeName === undefined) return;
    const step = nextStep(pod, this.#surroundings(pod));
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    if (step === null) return;
    const { turn } = step;
    this.#arm(pod, step.afterMs, () => {
      if (step.retry) this.#tries.set(uid, (this.#tries.get(uid) ?? 0) + 1);
      const stamp = this.#world.stamp();
      const before = this.#world.fresh(pod);
      const changed =
        turn === null
          ? before
          : this.#world.update(pod, (draft) => {
              draft.status = turn(draft, stamp);
            });
      if (changed === null) return;
      for (const event of step.events) this.#tell(changed, event);
      // A changed pod comes back by its own event.
      if (changed.metadata.resourceVersion === before?.metadata.resourceVersion) this.sync(changed);
    });
  }

  /** A kubelet that does not answer does nothing to its pods, not even end them. */
  #isAway(pod: Pod): boolean {
    const node = pod.spec.nodeName === undefined ? null : this.#world.get<Node>("", "Node", "", pod.spec.nodeName);
    return (
      node?.status?.conditions?.some((each) => each.type === "Ready" && each.reason === "NodeStatusUnknown") === true
    );
  }

  #tell(pod: Pod, { kind, reason, message, container }: PodEvent): void {
    const list = pod.spec.containers.some(({ name }) => name === container) ? "containers" : "initContainers";
    const at = container === null ? {} : { fieldPath: `spec.${list}{${container}}` };
    this.#world.events.record(pod, kind, reason, message, "kubelet", { ...at, host: pod.spec.nodeName ?? "" });
  }

  #end(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    const waiting = this.#timers.get(uid);
    if (waiting?.version === "going") return;
    this.forget(uid);
    const atEnd = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    const ran = pod.spec.nodeName !== undefined && pod.status?.containerStatuses !== undefined && !atEnd;
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    const wanted = (stopsIn(pod) ?? delays.stop) + longestPreStop(pod);
    const killed = ran && wanted > grace;
    const cancel = this.#world.after(Math.min(wanted, grace), () => {
      const stamp = this.#world.stamp();
      const last = ran
        ? this.#world.update(pod, (draft) => {
            draft.status = stopped(draft, stamp, killed && grace > 0);
          })
        : this.#world.fresh(pod);
      this.#timers.delete(uid);
      // A finalizer of somebody else's holds even a pod that has ended.
      if (last !== null && (last.metadata.finalizers ?? []).length === 0) this.#world.remove(last);
    });
    this.#timers.set(uid, { cancel, version: "going" });
    if (!ran) return;
    for (const { spec, status } of cellsOf(pod)) {
      if (status.state.running === undefined) continue;
      this.#tell(pod, {
        kind: "Normal",
        reason: "Killing",
        message: `Stopping container ${spec.name}`,
        container: spec.name,
      });
    }
  }

  #arm(pod: Pod, afterMs: number, run: () => void): void {
    const uid = pod.metadata.uid ?? "";
    const cancel = this.#world.after(afterMs, () => {
      this.#timers.delete(uid);
      run();
    });
    this.#timers.set(uid, { cancel, version: pod.metadata.resourceVersion });
  }

  #surroundings(pod: Pod) {
    const world = this.#world;
    const uid = pod.metadata.uid ?? "";
    const read = (kind: "ConfigMap" | "Secret", name: string) =>
      world.get("", kind, pod.metadata.namespace ?? "", name);
    const since = this.#noted(pod, uid);
    return {
      volume: missingVolume(pod, read),
      environment: missingEnvironment(pod, read),
      tries: this.#tries.get(uid) ?? 0,
      number: this.#number(uid),
      elapsed: ({ name }: ContainerStatus) =>
        world.unscaled(world.options.now() - (since.get(name)?.at ?? world.options.now())),
      since: (stamp: string | undefined | null) => world.elapsed(stamp),
    };
  }

  #number(uid: string): number {
    const number = this.#numbers.get(uid) ?? this.#taken++;
    this.#numbers.set(uid, number);
    return number;
  }

  /** Since when containers are in their states: to the millisecond where it was seen, else by the stamps of the status. */
  #noted(pod: Pod, uid: string) {
    const known = this.#since.get(uid) ?? new Map<string, { state: string; at: number }>();
    this.#since.set(uid, known);
    const now = this.#world.options.now();
    for (const { status } of cellsOf(pod)) {
      const state = JSON.stringify([status.state, status.restartCount]);
      const before = known.get(status.name);
      if (before?.state === state) continue;
      const stamp = Date.parse(status.state.running?.startedAt ?? status.lastState.terminated?.finishedAt ?? "");
      const at = before !== undefined || Number.isNaN(stamp) || now - stamp < 1500 ? now : stamp;
      known.set(status.name, { state, at });
    }
    return known;
  }
}

/** A preStop hook that sleeps holds the container so long. */
function longestPreStop(pod: Pod): number {
  return Math.max(0, ...pod.spec.containers.map(({ lifecycle }) => (lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000));
}
