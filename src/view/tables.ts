import type { Line, Span } from "./line.ts";
import { inLine, lineWidth, paintAll, tone, wrap } from "./line.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";

export interface TableOptions {
  /** Infinity where lines may be of any length. */
  readonly columns: number;
  readonly style: Style;
}

export type Cell = Span;

/** A head and rows as aligned lines; the last column takes what is left and is cut at the width. */
export function tableLines(head: readonly string[], rows: readonly (readonly Cell[])[]): Line[] {
  const all: (readonly Cell[])[] = [head.map((title) => tone("dim", title)), ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => lineWidth([row[i] ?? ""]))));
  return all.map((row) =>
    row.flatMap((cell, i): Span[] =>
      i === row.length - 1 ? [cell] : [cell, " ".repeat((widths[i] ?? 0) - lineWidth([cell]) + 2)],
    ),
  );
}

/** One cluster of k8sctl.yaml. */
export interface ClusterRow {
  /** Its key in k8sctl.yaml. */
  readonly key: string;
  readonly provider: string;
  /** `kind/dev` */
  readonly label: string;
  readonly isDefault: boolean;
  readonly exists: boolean;
  /** `v1.34.1`; null when it is not known. */
  readonly version: string | null;
}

export function renderClusters(rows: readonly ClusterRow[], options: TableOptions): string {
  const cells = rows.map((row): Cell[] => [
    `${inLine(row.key)}${row.isDefault ? " *" : ""}`,
    inLine(row.provider),
    inLine(row.label),
    row.exists ? tone("good", "exists") : tone("dim", "missing"),
    inLine(row.version ?? "-"),
  ]);
  return paintAll(
    tableLines(["NAME", "PROVIDER", "CLUSTER", "STATE", "VERSION"], cells),
    options.columns,
    options.style,
  );
}

/** One finding of `k8sctl doctor`: `fail` keeps a provider from working, `warn` does not. */
export interface DoctorRow {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  /** What was found: `docker 26.1.5`. */
  readonly detail: string;
  /** What to do; null when there is nothing to do. */
  readonly remedy: string | null;
}

export function renderDoctor(checks: readonly DoctorRow[], options: TableOptions): string {
  const symbols = symbolsOf(options.style);
  const marks = {
    ok: tone("good", symbols.done),
    warn: tone("warn", "!"),
    fail: tone("bad", symbols.failed),
  };
  const width = Math.max(0, ...checks.map((c) => lineWidth([c.name])));
  const lines = checks.flatMap((check): Line[] => [
    [marks[check.status], ` ${inLine(check.name)}${" ".repeat(width - lineWidth([check.name]))}  `, check.detail],
    ...(check.remedy === null
      ? []
      : wrap(check.remedy, Math.min(options.columns, 120) - 7).map(
          (part, i): Line => ["    ", tone("accent", `${i === 0 ? symbols.remedy : " "} ${part}`)],
        )),
  ]);
  return paintAll(lines, options.columns, options.style);
}
