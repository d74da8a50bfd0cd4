import type { ProcessRun } from "./run-process.ts";

/** The medians of several runs of one case. */
export interface Figure {
  readonly name: string;
  /** null: the case has no number of objects. */
  readonly objects: number | null;
  readonly runs: number;
  /** Whole process, wall clock. */
  readonly ms: number;
  readonly minimumMs: number;
  readonly maximumMs: number;
  /** Of that, the life of the synthesis; null where there is none. */
  readonly synthMs: number | null;
  readonly cpuMs: number | null;
  /** Parent and child together. */
  readonly peakRssBytes: number | null;
}

/** Collects runs of cases; a case keeps the place of its first run. */
export class Figures {
  readonly #cases = new Map<string, { name: string; objects: number | null; runs: Partial<ProcessRun>[] }>();

  add(name: string, objects: number | null, run: Partial<ProcessRun> & { readonly ms: number }): void {
    const key = `${name} ${objects}`;
    const found = this.#cases.get(key) ?? { name, objects, runs: [] };
    found.runs.push(run);
    this.#cases.set(key, found);
  }

  all(): Figure[] {
    return [...this.#cases.values()].map(({ name, objects, runs }) => {
      const times = runs.map((run) => run.ms ?? 0);
      return {
        name,
        objects,
        runs: runs.length,
        ms: median(times) ?? 0,
        minimumMs: Math.min(...times),
        maximumMs: Math.max(...times),
        synthMs: median(runs.map((run) => run.childMs)),
        cpuMs: median(runs.map((run) => run.cpuMs)),
        peakRssBytes: median(runs.map((run) => run.peakRssBytes || null)),
      };
    });
  }

  find(name: string, objects: number | null): Figure | null {
    return this.all().find((figure) => figure.name === name && figure.objects === objects) ?? null;
  }
}

function median(values: readonly (number | null | undefined)[]): number | null {
  const sorted = values.filter((value) => typeof value === "number").sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  if (sorted.length === 0) return null;
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}
