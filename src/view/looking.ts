import type { PodFacts, WriterFacts } from "../model/description.ts";
import type { ObjectId } from "../model/ids.ts";
import { describeId } from "../model/ids.ts";
import type { ObjectStatus, Verdict } from "../model/status.ts";
import { initialRow } from "../progress/rows.ts";
import { formatAge } from "./duration.ts";
import type { Line } from "./line.ts";
import { inLine, paintAll, tone, wrap } from "./line.ts";
import { phaseTones } from "./status-page.ts";
import type { TableOptions } from "./tables.ts";
import { tableLines } from "./tables.ts";
import { verdictLines } from "./verdict-lines.ts";

/** What `events` prints of one Event. */
export interface EventRow {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly reason: string;
  readonly message: string;
  readonly warning: boolean;
  readonly count: number;
  /** RFC 3339; "" where the server gave none. */
  readonly last: string;
}

/** Oldest first, as the log of a system reads. */
export function renderEvents(rows: readonly EventRow[], now: number, options: TableOptions): string {
  if (rows.length === 0) return "No events.\n";
  return paintAll(eventLines(rows, now), options.columns, options.style);
}

function eventLines(rows: readonly EventRow[], now: number): Line[] {
  return tableLines(
    ["AGE", "REASON", "OBJECT", "MESSAGE"],
    rows.map((row) => [
      row.last === "" ? "-" : formatAge(now - Date.parse(row.last)),
      tone(row.warning ? "warn" : "dim", inLine(row.reason)),
      inLine(`${row.kind} ${row.name}`),
      inLine(row.count > 1 ? `${row.message} (${row.count} times)` : row.message),
    ]),
  );
}

/** What `describe` prints of one object. */
export interface DescriptionFacts {
  readonly stack: string;
  readonly address: string;
  readonly id: ObjectId;
  readonly ageMs: number | null;
  readonly status: ObjectStatus;
  readonly verdict: Verdict | null;
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly pods: readonly PodFacts[];
  readonly events: readonly EventRow[];
  readonly managers: readonly WriterFacts[];
}

export function renderDescription(facts: DescriptionFacts, now: number, options: TableOptions): string {
  const { id, stack, address, status, verdict, ageMs } = facts;
  const count = status.total === null ? "" : ` ${status.ready ?? 0}/${status.total}`;
  const age = ageMs === null ? "" : `, ${formatAge(ageMs)} old`;
  const room = Math.min(options.columns, 120) - 2;
  const lines: Line[] = [
    [tone("strong", describeId(id)), "  ", tone(phaseTones[status.phase], `${status.phase}${count}`), age],
    ["  ", tone("dim", `${stack}/${address}`)],
  ];
  const message = status.message || status.notes.join("; ");
  if (verdict !== null) {
    const row = { ...initialRow(id, stack), verdict, message: verdict.message, remedy: verdict.remedy };
    lines.push(...verdictLines(row, { ...options.style, columns: options.columns, logLines: 10 }).slice(1));
  } else if (message !== "") lines.push(...wrap(message, room).map((part): Line => ["  ", part]));
  const conditions = facts.conditions.map((c) => [
    inLine(c.type),
    tone(c.status === "True" ? "good" : "warn", inLine(c.status)),
    inLine([c.reason, c.message].filter((text) => text !== "").join(": ")),
  ]);
  const pods = facts.pods.map((pod) => [
    inLine(pod.name),
    inLine(pod.phase),
    `${pod.ready}/${pod.containers}`,
    String(pod.restarts),
    pod.ageMs === null ? "-" : formatAge(pod.ageMs),
    inLine(pod.node),
  ]);
  const managers = facts.managers.map(({ manager, operation, time }) => [
    inLine(manager),
    operation,
    time === null ? "-" : `${formatAge(now - Date.parse(time))} ago`,
  ]);
  lines.push(
    ...indented("Conditions", tableLines(["TYPE", "STATUS", "REASON"], conditions), conditions.length),
    ...indented("Pods", tableLines(["NAME", "PHASE", "READY", "RESTARTS", "AGE", "NODE"], pods), pods.length),
    ...indented("Events", eventLines(facts.events, now), facts.events.length),
    ...indented("Fields written by", tableLines(["MANAGER", "HOW", "LAST"], managers), managers.length),
  );
  return paintAll(lines, options.columns, options.style);
}

function indented(title: string, table: readonly Line[], rows: number): Line[] {
  return rows === 0 ? [] : [["  ", tone("strong", title)], ...table.map((line): Line => ["    ", ...line])];
}
