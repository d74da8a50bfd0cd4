import { delays } from "./delays.ts";
import { nextStep } from "./pod-life.ts";
import { stopped } from "./pod-states.ts";
import { missingEnvironment, missingVolume } from "./references.ts";
import { isGoing, type Pod } from "./shapes.ts";
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

  constructor(world: World) {
    this.#world = world;
  }

  forget(uid: string): void {
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    this.#tries.delete(uid);
  }

  stop(): void {
    for (const { cancel } of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  /** Also called when something that the pod refers to appears: the step that is due may have become another. */
  sync(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    if (isGoing(pod)) {
      this.#end(pod);
      return;
    }
    if (pod.spec.nodeName === undefined) return;
    const step = nextStep(pod, this.#surroundings(pod));
    this.#timers.get(uid)?.cancel();
    this.#timers.delete(uid);
    if (step === null) return;
    const { status } = step;
    this.#arm(pod, step.afterMs, () => {
      if (step.retry) this.#tries.set(uid, (this.#tries.get(uid) ?? 0) + 1);
      const stamp = this.#world.stamp();
      const changed =
        status === null
          ? this.#world.fresh(pod)
          : this.#world.update(pod, (draft) => {
              draft.status = status(draft, stamp);
            });
      if (changed === null) return;
      for (const { kind, reason, message } of step.events) {
        this.#world.events.record(changed, kind, reason, message, "kubelet");
      }
      // A changed pod comes back by its own event.
      if (status === null || changed === pod) this.sync(changed);
    });
  }

  #end(pod: Pod): void {
    const uid = pod.metadata.uid ?? "";
    const waiting = this.#timers.get(uid);
    if (waiting?.version === "going") return;
    this.forget(uid);
    const atEnd = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed";
    const ran = pod.spec.nodeName !== undefined && pod.status?.containerStatuses !== undefined && !atEnd;
    const grace = (pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    const cancel = this.#world.after(Math.min(delays.stop, grace), () => {
      const stamp = this.#world.stamp();
      const last = ran
        ? this.#world.update(pod, (draft) => {
            draft.status = stopped(draft, stamp);
          })
        : this.#world.fresh(pod);
      this.#timers.delete(uid);
      // A finalizer of somebody else's holds even a pod that has ended.
      if (last !== null && (last.metadata.finalizers ?? []).length === 0) this.#world.remove(last);
    });
    this.#timers.set(uid, { cancel, version: "going" });
    if (ran) {
      for (const container of pod.spec.containers)
        this.#world.events.record(pod, "Normal", "Killing", `Stopping container ${container.name}`, "kubelet");
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
    const exists = (kind: "ConfigMap" | "Secret", name: string) =>
      this.#world.get("", kind, pod.metadata.namespace ?? "", name) !== null;
    return {
      volume: missingVolume(pod, exists),
      environment: missingEnvironment(pod, exists),
      tries: this.#tries.get(pod.metadata.uid ?? "") ?? 0,
    };
  }
}
