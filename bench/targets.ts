import type { Figure, Figures } from "./figures.ts";

/** One promise of docs/performance.md against what was measured. Told, never asserted: machines differ. */
export interface Target {
  readonly name: string;
  readonly limit: number;
  readonly value: number;
  readonly unit: "x" | "ms" | "MB";
  readonly met: boolean;
}

/** Those for which there are figures. */
export function compareTargets(figures: Figures, projectName: string): Target[] {
  const decode = figures.find("decode", 5000);
  const bare = figures.find("node -e 0", null);
  const help = figures.find("k8sctl --help", null);
  const noop = figures.find(`up, nothing to do: ${projectName}`, null);
  const plan = figures.find("plan, nothing to do", 1000);
  const many = figures.find("plan, nothing to do", 5000);
  const apply = figures.find("up, all new", 1000);
  const floor = figures.find("raw apply", 1000);
  const plain = (target: Omit<Target, "met">): Target => ({ ...target, met: target.value <= target.limit });
  return [
    ...(bare && help ? [{ name: "--help / bare node", limit: 2.5, value: help.ms / bare.ms, unit: "x" } as const] : []),
    ...(decode ? [{ name: "decode of 5000", limit: 500, value: decode.ms, unit: "ms" } as const] : []),
    ...(noop ? [{ name: "no-op up of the project's stacks", limit: 1500, value: noop.ms, unit: "ms" } as const] : []),
    ...(plan
      ? [
          { name: "no-op plan of 1000, synth apart", limit: 2500, value: withoutSynth(plan), unit: "ms" } as const,
          { name: "its peak memory", limit: 250, value: (plan.peakRssBytes ?? 0) / 1e6, unit: "MB" } as const,
        ]
      : []),
    ...(many
      ? [
          { name: "no-op plan of 5000, whole process", limit: 6000, value: many.ms, unit: "ms" } as const,
          { name: "its peak memory", limit: 400, value: (many.peakRssBytes ?? 0) / 1e6, unit: "MB" } as const,
        ]
      : []),
    ...(apply && floor
      ? [
          {
            name: "up of 1000 new, synth apart / raw",
            limit: 1.5,
            value: withoutSynth(apply) / floor.ms,
            unit: "x",
          } as const,
        ]
      : []),
  ].map(plain);
}

export function withoutSynth(figure: Figure): number {
  return figure.ms - (figure.synthMs ?? 0);
}
