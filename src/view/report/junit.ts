import { describeId } from "../../model/ids.ts";
import type { ObjectRow, RunState } from "../../progress/state.ts";
import { rowsInOrder } from "../../progress/state.ts";
import { paintAll } from "../line.ts";
import { escapeMarkup } from "../markup.ts";
import { verdictLines } from "../verdict-lines.ts";
import type { ReportFacts } from "./document.ts";

const text = { colour: false, unicode: true, columns: 120 };

/** JUnit's XML as CI systems read it: a suite per stack, a case per object, and what failed the run itself as errors. */
export function junitReport(state: RunState, facts: ReportFacts): string {
  const rows = rowsInOrder(state);
  const suites = [...state.stacks.values()].map((stack) => {
    const own = rows.filter((row) => row.stack === stack.name);
    const tests = own.map((row) => testcase(row, stack.file));
    const count = { tests: own.length, failures: countOf(own, "failed"), errors: 0, skipped: countOf(own, "skipped") };
    return suite(stack.name, count, stack.readyMs ?? state.t, facts, tests);
  });
  const errors = state.errors.map(
    (error) =>
      `    <testcase name="run" classname="${escapeMarkup(state.command ?? "run")}" time="${seconds(state.t)}">\n` +
      `      <error message="${escapeMarkup(error.message)}">${escapeMarkup(error.remedy)}</error>\n    </testcase>\n`,
  );
  if (errors.length > 0) {
    suites.push(
      suite("run", { tests: errors.length, failures: 0, errors: errors.length, skipped: 0 }, state.t, facts, errors),
    );
  }
  const name = escapeMarkup(`k8sctl ${state.command ?? ""} ${state.project} on ${state.cluster}`);
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${name}" time="${seconds(state.t)}">\n${suites.join("")}</testsuites>\n`;
}

interface Count {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

function suite(name: string, count: Count, ms: number, facts: ReportFacts, cases: readonly string[]): string {
  const counts = Object.entries(count).map(([key, value]) => ` ${key}="${value}"`);
  const head = `name="${escapeMarkup(name)}"${counts.join("")} time="${seconds(ms)}" timestamp="${facts.startedAt}"`;
  return `  <testsuite ${head}>\n${cases.join("")}  </testsuite>\n`;
}

function testcase(row: ObjectRow, file: string | null): string {
  const place = row.position?.file ?? file;
  const at = place === null ? "" : ` file="${escapeMarkup(place)}"`;
  const line = row.position === null ? "" : ` line="${row.position.line}"`;
  const took = row.startedAt === null ? 0 : (row.endedAt ?? row.startedAt) - row.startedAt;
  const head = `name="${escapeMarkup(describeId(row.id))}" classname="${escapeMarkup(row.stack)}"${at}${line} time="${seconds(took)}"`;
  const body = outcome(row);
  return body === "" ? `    <testcase ${head}/>\n` : `    <testcase ${head}>\n      ${body}\n    </testcase>\n`;
}

function outcome(row: ObjectRow): string {
  const message = escapeMarkup(row.message || row.reason || "failed");
  if (row.state === "skipped") return `<skipped message="${escapeMarkup(row.message)}"/>`;
  if (row.state !== "failed") return "";
  const type = escapeMarkup(row.verdict?.cause ?? "refused");
  const paragraph = paintAll(verdictLines(row, { ...text, logLines: 10 }), text.columns, text);
  return `<failure type="${type}" message="${message}">${escapeMarkup(paragraph.trimEnd())}</failure>`;
}

function countOf(rows: readonly ObjectRow[], state: ObjectRow["state"]): number {
  return rows.filter((row) => row.state === state).length;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
