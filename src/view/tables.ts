import { describeId } from "../model/ids.ts";
import type { ObjectStatus, Phase } from "../model/status.ts";
import { formatAge } from "./duration.ts";
import type { Line, Span, Tone } from "./line.ts";
import { inLine, lineWidth, paintAll, tone, wrap } from "./line.ts";
import { causeWords, plural } from "./plan-words.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";

export interface TableOptions {
  /** Infinity where lines may be of any length. */
  readonly columns: number;
  readonly style: Style;
}

type Cell = Span;

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

/** One object of `k8sctl status`. */
export interface StatusRow {
  readonly stack: string;
  readonly status: ObjectStatus;
  /** ms since its creation; null when it does not exist. */
  readonly ageMs: number | null;
  /** Who wrote over it since the last apply; empty: somebody took fields away. null or absent: nobody. */
  readonly drift?: readonly { readonly manager: string; readonly time: string | null }[] | null;
}

export const phaseTones: Record<Phase, Tone> = {
  pending: "warn",
  progressing: "warn",
  ready: "good",
  failed: "bad",
  terminating: "warn",
  gone: "bad",
};

/** Stack, object, phase, ready, age, reason; below it one line that counts. */
export function renderStatus(rows: readonly StatusRow[], options: TableOptions & { readonly now?: number }): string {
  if (rows.length === 0) return "Nothing is managed here yet.\n";
  const cells = rows.map(({ stack, status, ageMs, drift = null }): Cell[] => [
    inLine(stack),
    inLine(describeId(status.id)),
    tone(phaseTones[status.phase], status.phase),
    status.total === null ? "-" : `${status.ready ?? 0}/${status.total}`,
    ageMs === null ? "-" : formatAge(ageMs),
    inLine(
      [status.message || status.reason || status.notes.join("; "), driftWords(drift, options.now ?? null)]
        .filter((words) => words !== "")
        .join("; "),
    ),
  ]);
  const count = (phase: Phase) => rows.filter((r) => r.status.phase === phase).length;
  const others = (["failed", "gone", "progressing", "pending", "terminating"] as const)
    .filter((phase) => count(phase) > 0)
    .map((phase) => `${count(phase)} ${phase}`);
  const healthy = others.length === 0;
  const drifted = rows.filter(({ drift = null }) => drift !== null).length;
  const sum = healthy
    ? `${plural(rows.length, "object")}, all ready.`
    : `${count("ready")} of ${rows.length} ready; ${others.join(", ")}.`;
  const lines = [
    ...tableLines(["STACK", "OBJECT", "PHASE", "READY", "AGE", "REASON"], cells),
    [tone(healthy ? "good" : "bad", sum)],
    ...(drifted === 0
      ? []
      : [
          [
            tone(
              "warn",
              `${plural(drifted, "object")} changed by others; \`k8sctl plan\` shows what, \`k8sctl up\` sets it right.`,
            ),
          ],
        ]),
  ];
  return paintAll(lines, options.columns, options.style);
}

function driftWords(drift: StatusRow["drift"] | null, now: number | null): string {
  if (drift === null || drift === undefined) return "";
  const [last] = [...drift].sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1));
  return causeWords({ type: "drift", manager: last?.manager ?? "", time: last?.time ?? null }, now);
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
