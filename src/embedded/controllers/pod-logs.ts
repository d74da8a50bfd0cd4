import { logLines } from "./pod-behaviour.ts";
import type { Pod } from "./shapes.ts";

/** A line of a simulated container. */
export interface LogEntry {
  /** RFC 3339 with nanoseconds, as a kubelet writes it. */
  readonly time: string;
  readonly text: string;
}

/** Lines of simulated containers, and when they were said: at the start, or when the pod's annotation was changed. */
export class PodLogs {
  readonly #now: () => number;
  /** By uid of the pod: how many lines were there before a change, and when it came. */
  readonly #changes = new Map<string, { readonly known: number; readonly at: number }[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Lines that an annotation got while the container ran are said at that moment. */
  changed(before: Pod, after: Pod): void {
    const [old, lines] = [logLines(before), logLines(after)];
    if (lines.length <= old.length) return;
    const uid = after.metadata.uid ?? "";
    this.#changes.set(uid, [...(this.#changes.get(uid) ?? []), { known: old.length, at: this.#now() }]);
  }

  forget(uid: string): void {
    this.#changes.delete(uid);
  }

  /** null before the container has started. */
  of(pod: Pod, container: string, previous: boolean): readonly LogEntry[] | null {
    const states = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    const status = states.find((each) => each.name === container);
    if (status === undefined) return null;
    const { state, lastState } = status;
    const run = previous ? lastState.terminated : (state.running ?? state.terminated ?? lastState.terminated);
    if (run === undefined) return null;
    const started = Date.parse(run.startedAt ?? "");
    const changes = this.#changes.get(pod.metadata.uid ?? "") ?? [];
    return logLines(pod).map((text, index) => {
      const change = changes.findLast(({ known }) => index >= known);
      return { time: nanoseconds(Math.max(started, change?.at ?? started), index), text };
    });
  }
}

/** Lines of one moment keep their order by it. */
function nanoseconds(ms: number, index: number): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${String(index % 1_000_000).padStart(6, "0")}Z`;
}
