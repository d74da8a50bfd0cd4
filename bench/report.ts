import type { Figure } from "./figures.ts";
import { type Target, withoutSynth } from "./targets.ts";

/** All figures as an aligned table, and the targets below it. */
export function renderReport(figures: readonly Figure[], targets: readonly Target[]): string {
  const head = ["case", "objects", "whole", "synth", "rest", "CPU", "peak RSS", "range", "runs"];
  const rows = figures.map((figure) => [
    figure.name,
    figure.objects === null ? "" : String(figure.objects),
    seconds(figure.ms),
    figure.synthMs === null ? "" : seconds(figure.synthMs),
    figure.synthMs === null ? "" : seconds(withoutSynth(figure)),
    figure.cpuMs === null ? "" : seconds(figure.cpuMs),
    figure.peakRssBytes === null ? "" : `${Math.round(figure.peakRssBytes / 1e6)} MB`,
    `${seconds(figure.minimumMs)} - ${seconds(figure.maximumMs)}`,
    String(figure.runs),
  ]);
  const verdicts = targets.map(({ name, value, limit, unit, met }) => [
    met ? "met" : "MISSED",
    name,
    `${amount(value, unit)} of ${amount(limit, unit)}`,
  ]);
  return `${aligned([head, ...rows], 1)}\n${aligned(verdicts, 3)}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}

function amount(value: number, unit: Target["unit"]): string {
  return unit === "ms" ? seconds(value) : unit === "x" ? `${value.toFixed(2)} x` : `${Math.round(value)} MB`;
}

/** Columns from `right` on are set flush right. */
function aligned(rows: readonly (readonly string[])[], right: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row.map((cell, i) => (i < right ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}
