import { describeId } from "../../model/ids.ts";
import { plainLine } from "../../model/text.ts";
import type { ObjectRow, RunState } from "../../progress/state.ts";
import { rowsInOrder } from "../../progress/state.ts";
import { formatDuration } from "../duration.ts";
import { paintAll } from "../line.ts";
import { escapeMarkup } from "../markup.ts";
import { code, fenced, renderPlanMarkdown } from "../plan-markdown.ts";
import { headline } from "../summary.ts";
import { slowest } from "../timing.ts";
import { verdictLines } from "../verdict-lines.ts";

const text = { colour: false, unicode: true, columns: 120 };

/** What GitHub takes as a comment is 65,536 characters; a step summary takes 1 MiB. */
const PLAN_LIMIT = 40_000;
const MOST_VERDICTS = 20;

/** A run for a pull request: how it ended, a line per stack, each verdict as a paragraph, timings, and the plan. */
export function markdownReport(state: RunState): string {
  const ok = state.result?.ok === true;
  const title = `### ${ok ? "✅" : "❌"} k8sctl ${state.command ?? ""}: ${cell(headline(state))} in ${formatDuration(state.t)}\n`;
  const failed = rowsInOrder(state).filter((row) => row.state === "failed");
  const parts = [
    title,
    ...state.errors.map((e) => `> **${cell(e.message)}**  \n> → ${cell(e.remedy)}\n`),
    stackTable(state),
    ...failed.slice(0, MOST_VERDICTS).map(verdict),
    failed.length > MOST_VERDICTS ? `_and ${failed.length - MOST_VERDICTS} more that failed_\n` : "",
    timings(state),
    outputs(state),
    state.plan === null ? "" : renderPlanMarkdown(state.plan, { limit: PLAN_LIMIT }),
  ];
  return parts.filter((part) => part !== "").join("\n");
}

function stackTable(state: RunState): string {
  if (state.stacks.size === 0) return "";
  const rows = [...state.stacks.values()].map(({ name, counts, readyMs }) => {
    const bad = counts.failed > 0 ? `**${counts.failed} failed**` : "";
    const others = counts.skipped > 0 ? `${counts.skipped} not tried` : "";
    const time = readyMs === null ? "" : formatDuration(readyMs);
    return `| ${cell(name)} | ${counts.done}/${counts.all} | ${[bad, others].filter((w) => w !== "").join(", ")} | ${time} |\n`;
  });
  return `| stack | ready | | time |\n|---|---|---|---|\n${rows.join("")}`;
}

function verdict(row: ObjectRow): string {
  const [, ...lines] = verdictLines(row, { ...text, logLines: 10 });
  const body = paintAll(lines, text.columns, text).replace(/^ {4}/gm, "");
  return `**✖ \`${code(describeId(row.id))}\`**\n\n${fenced("", body)}`;
}

function timings(state: RunState): string {
  const rows = slowest(state).map(
    ({ row, ms }) => `| \`${code(describeId(row.id))}\` | ${cell(row.stack)} | ${formatDuration(ms)} |\n`,
  );
  if (rows.length === 0) return "";
  return `<details><summary>Slowest</summary>\n\n| object | stack | time |\n|---|---|---|\n${rows.join("")}\n</details>\n`;
}

function outputs(state: RunState): string {
  const rows = state.endpoints.map(({ url, stack }) => `| ${cell(stack)} | ${cell(url)} |\n`);
  return rows.length === 0 ? "" : `| stack | endpoint |\n|---|---|\n${rows.join("")}`;
}

function cell(value: string): string {
  return escapeMarkup(plainLine(value)).replace(/[|\\*_[\]]/g, (c) => `\\${c}`);
}
