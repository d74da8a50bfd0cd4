import { describePosition } from "../model/errors.ts";
import { describeId } from "../model/ids.ts";
import type { ObjectRow } from "../progress/state.ts";
import type { Line } from "./line.ts";
import { tone, wrap } from "./line.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";

/** Why an object failed, as one paragraph: what, the event, the last log lines, the line that asked for it, the remedy. */
export function verdictLines(row: ObjectRow, options: { columns: number; logLines: number } & Style): Line[] {
  const symbols = symbolsOf(options);
  const indent = "    ";
  const room = Math.min(options.columns, 120) - indent.length;
  const prose = (text: string): Line[] => wrap(text, room).map((part) => [indent, part]);
  const verdict = row.verdict;
  const count = row.total === null ? "" : `  ${row.ready ?? 0}/${row.total}`;
  const lines: Line[] = [[tone("bad", `${symbols.failed} `), tone("strong", describeId(row.id)), count]];
  const pod = verdict?.pod ?? null;
  const message = row.message || row.reason || "failed";
  lines.push(...prose(pod !== null && !message.includes(pod) ? `${pod}: ${message}` : message));
  if (verdict !== null && verdict.event !== "" && verdict.event !== message)
    lines.push(...prose(`event: ${verdict.event}`));
  for (const text of (verdict?.log ?? []).slice(-options.logLines)) {
    lines.push([indent, tone("dim", `${symbols.bar} ${text}`)]);
  }
  if (row.position !== null) lines.push([indent, tone("dim", describePosition(row.position))]);
  const remedy = row.remedy;
  if (remedy !== "") {
    const parts = wrap(remedy, room - 3);
    lines.push(...parts.map((part, i): Line => [indent, tone("accent", `${i === 0 ? symbols.remedy : " "} ${part}`)]));
  }
  return lines;
}
