import type { ObjectStatus, Verdict } from "../../src/model/status.ts";
import type { LogTarget } from "../../src/status/index.ts";
import { paint } from "../../src/view/line.ts";
import { verdictLines } from "../../src/view/verdict-lines.ts";

const style = { colour: false, unicode: true };

/** A verdict as it is printed at 100 columns, with the log lines that belong to it. */
export function paragraph(
  verdict: Verdict,
  status: ObjectStatus,
  target: LogTarget | null,
  log: readonly string[],
): string {
  const logOf = target === null || log.length === 0 ? "" : `${target.pod} (${target.container})`;
  const row = {
    ...status,
    message: verdict.message,
    remedy: verdict.remedy,
    position: { file: "stacks/shop.ts", line: 12 },
    verdict: { ...verdict, logOf, log },
  };
  const lines = verdictLines(row, { columns: 100, logLines: 10, ...style });
  return `${lines.map((line) => paint(line, 100, style).trimEnd()).join("\n")}\n`;
}
