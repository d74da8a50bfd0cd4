import { describePosition } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import type { Verdict } from "../model/status.ts";
import type { ObjectRow } from "../progress/state.ts";
import { formatDuration } from "./duration.ts";
import type { Line } from "./line.ts";
import { tone, wrap } from "./line.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";

type VerdictRow = Pick<ObjectRow, "id" | "ready" | "total" | "reason" | "message" | "remedy" | "position" | "verdict">;

/** Events of the container runtime repeat themselves: both ends tell, the middle does not. */
const EVENT_LENGTH = 240;

/**
 * Why an object failed, as one paragraph: what and since when, what lies behind it, the event, the last log lines, the
 * line that asked for it, the remedy.
 */
export function verdictLines(row: VerdictRow, options: { columns: number; logLines: number } & Style): Line[] {
  const symbols = symbolsOf(options);
  const indent = "    ";
  const room = Math.min(options.columns, 120) - indent.length;
  const prose = (text: string): Line[] => wrap(text, room).map((part) => [indent, part]);
  const { verdict } = row;
  const lines: Line[] = [
    [tone("bad", `${symbols.failed} `), tone("strong", describeId(row.id)), tone("dim", countAndTime(row))],
  ];
  const message = row.message || row.reason || "failed";
  lines.push(...prose(message));
  if (verdict !== null) {
    for (const text of behind(verdict)) lines.push(...prose(text));
    if (verdict.sameAs === null) {
      lines.push(...eventLines(verdict.event, message).flatMap(prose));
      lines.push(...logLines(verdict, options.logLines).map((text): Line => [indent, tone("dim", text(symbols.bar))]));
    }
  }
  if (row.position !== null) lines.push([indent, tone("dim", `asked for at ${describePosition(row.position)}`)]);
  if (row.remedy !== "" && (verdict?.sameAs ?? null) === null) {
    const parts = wrap(row.remedy, room - 3);
    lines.push(...parts.map((part, i): Line => [indent, tone("accent", `${i === 0 ? symbols.remedy : " "} ${part}`)]));
  }
  return lines;
}

function countAndTime(row: VerdictRow): string {
  const count = row.total === null ? "" : `  ${row.ready ?? 0}/${row.total} ready`;
  const lasted = row.verdict?.lastedMs ?? null;
  return lasted === null || lasted < 1000
    ? count
    : `${count === "" ? "  " : `${count}, `}for ${formatDuration(lasted)}`;
}

/** Another object whose trouble this one only shows. */
function behind({ rootCause, sameAs }: Verdict): string[] {
  const lines: string[] = [];
  if (sameAs !== null) lines.push(`the same as ${describeId(sameAs)} above`);
  if (rootCause !== null) {
    const { id, message, how } = rootCause;
    const known = how === "" ? "" : ` (${how})`;
    lines.push(`because of ${describeId(id)}${known}${message === "" ? ", which is not ready" : `: ${message}`}`);
  }
  return lines;
}

function eventLines(event: string, message: string): string[] {
  const text = event
    .replace(/ in pod \S+\(\S+\)$/, "")
    .replace(/\.? *(no new claims to deallocate, )?preemption: .*$/, "")
    .trim();
  if (text === "" || message.includes(text)) return [];
  return [`event: ${text.length <= EVENT_LENGTH ? text : `${text.slice(0, 100)} … ${text.slice(100 - EVENT_LENGTH)}`}`];
}

function logLines({ log, logOf }: Verdict, count: number): ((bar: string) => string)[] {
  if (log.length === 0) return [];
  const title = logOf === "" ? [] : [() => `log of ${logOf}:`];
  return [...title, ...log.slice(-count).map((text) => (bar: string) => `${bar} ${text}`)];
}
