import { describeId, type ObjectId } from "../model/ids.ts";
import type { ObjectStatus, Phase, Verdict } from "../model/status.ts";
import { initialRow } from "../progress/rows.ts";
import { formatAge } from "./duration.ts";
import type { Line, Tone } from "./line.ts";
import { inLine, paintAll, tone } from "./line.ts";
import { causeWords, plural } from "./plan-words.ts";
import { type Cell, type TableOptions, tableLines } from "./tables.ts";
import { verdictLines } from "./verdict-lines.ts";

/** One object of `k8sctl status`. */
export interface StatusRow {
  readonly stack: string;
  readonly status: ObjectStatus;
  /** ms since its creation; null when it does not exist. */
  readonly ageMs: number | null;
  /** Who wrote over it since the last apply; empty: somebody took fields away. null: nobody. */
  readonly drift: readonly { readonly manager: string; readonly time: string | null }[] | null;
  readonly verdict: Verdict | null;
  /** Of containers; null for what runs none. */
  readonly restarts: number | null;
  /** RFC 3339; null for what holds no certificate. */
  readonly certificateExpires: string | null;
}

export interface StatusPage {
  readonly rows: readonly StatusRow[];
  readonly endpoints: readonly { readonly stack: string; readonly url: string; readonly of: ObjectId }[];
}

interface PageOptions extends TableOptions {
  /** ms since 1970. */
  readonly now: number;
}

export const phaseTones: Record<Phase, Tone> = {
  pending: "warn",
  progressing: "warn",
  ready: "good",
  failed: "bad",
  terminating: "warn",
  gone: "bad",
};

const DAY_MS = 86_400_000;
/** cert-manager renews at a third of a certificate's life, which mostly is 90 days: later than this nobody has. */
const SOON_MS = 30 * DAY_MS;
/** One failure often takes many along: a screen of paragraphs says less than a few. */
const MOST_VERDICTS = 10;

/** Whether the system is all right, and if not, why: a line per object, a paragraph per failure, one line that counts. */
export function renderStatus({ rows, endpoints }: StatusPage, options: PageOptions): string {
  if (rows.length === 0) return "Nothing is managed here yet.\n";
  const cells = rows.map((row): Cell[] => [
    inLine(row.stack),
    inLine(describeId(row.status.id)),
    tone(phaseTones[row.status.phase], row.status.phase),
    row.status.total === null ? "-" : `${row.status.ready ?? 0}/${row.status.total}`,
    row.restarts === null ? "-" : String(row.restarts),
    row.ageMs === null ? "-" : formatAge(row.ageMs),
    inLine(reasonOf(row, options.now)),
  ]);
  const lines: Line[] = [
    ...tableLines(["STACK", "OBJECT", "PHASE", "READY", "RESTARTS", "AGE", "REASON"], cells),
    ...verdicts(rows, options),
    ...(endpoints.length === 0 ? [] : [[tone("strong", "Endpoints")]]),
    ...endpoints.map(({ stack, url }): Line => ["  ", tone("accent", inLine(url)), tone("dim", `  ${stack}`)]),
    ...sums(rows),
  ];
  return paintAll(lines, options.columns, options.style);
}

function reasonOf({ status, drift, certificateExpires }: StatusRow, now: number): string {
  return [
    status.message || status.reason || status.notes.join("; "),
    driftWords(drift, now),
    expiryWords(certificateExpires, now),
  ]
    .filter((words) => words !== "")
    .join("; ");
}

/** "" for a certificate that has its time. */
function expiryWords(expires: string | null, now: number): string {
  if (expires === null) return "";
  const left = Date.parse(expires) - now;
  if (left < 0) return `its certificate expired ${formatAge(-left)} ago`;
  return left < SOON_MS ? `its certificate expires in ${formatAge(left)}` : "";
}

function verdicts(rows: readonly StatusRow[], options: PageOptions): Line[] {
  const told = rows.filter(({ verdict }) => verdict !== null && verdict.sameAs === null);
  const lines = told.slice(0, MOST_VERDICTS).flatMap(({ stack, status, verdict }): Line[] => {
    if (verdict === null) return [];
    const { ready, total } = status;
    const row = {
      ...initialRow(status.id, stack),
      ready,
      total,
      verdict,
      message: verdict.message,
      remedy: verdict.remedy,
    };
    return verdictLines(row, { ...options.style, columns: options.columns, logLines: 10 });
  });
  const more = told.length - MOST_VERDICTS;
  return more > 0 ? [...lines, [`  and ${more} more that failed`]] : lines;
}

function sums(rows: readonly StatusRow[]): Line[] {
  const count = (phase: Phase) => rows.filter((row) => row.status.phase === phase).length;
  const others = (["failed", "gone", "progressing", "pending", "terminating"] as const)
    .filter((phase) => count(phase) > 0)
    .map((phase) => `${count(phase)} ${phase}`);
  const healthy = others.length === 0;
  const drifted = rows.filter(({ drift }) => drift !== null).length;
  const sum = healthy
    ? `${plural(rows.length, "object")}, all ready.`
    : `${count("ready")} of ${rows.length} ready; ${others.join(", ")}.`;
  const drift = `${plural(drifted, "object")} changed by others; \`k8sctl plan\` shows what, \`k8sctl up\` sets it right.`;
  return [[tone(healthy ? "good" : "bad", sum)], ...(drifted === 0 ? [] : [[tone("warn", drift)]])];
}

function driftWords(drift: StatusRow["drift"], now: number): string {
  if (drift === null) return "";
  const [last] = [...drift].sort((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1));
  return causeWords({ type: "drift", manager: last?.manager ?? "", time: last?.time ?? null }, now);
}
