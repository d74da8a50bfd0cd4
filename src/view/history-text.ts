import type { Plan, PlanCounts, PlannedCluster } from "../model/plan.ts";
import type { Revision } from "../model/revision.ts";
import { plainText } from "../model/text.ts";
import { formatDuration } from "./duration.ts";
import type { PlanTextOptions } from "./field-lines.ts";
import { widthOf } from "./line.ts";
import { renderPlan } from "./plan-text.ts";

/** A revision, or the place of one that cannot be read. */
type Row = Revision | { readonly number: number; readonly stack: string; readonly unreadable: true };

const HEADINGS = ["RUN", "STARTED", "BY", "COMMAND", "STACKS", "CHANGES", "RESULT"];

/** A heading, then one line for each run, oldest first. */
export function historyRows(revisions: readonly Row[]): string[] {
  const runs = new Map<string, Row[]>();
  for (const each of revisions) {
    const key = `${each.number} ${"unreadable" in each ? "" : each.startedAt}`;
    runs.set(key, [...(runs.get(key) ?? []), each]);
  }
  const rows = [HEADINGS, ...[...runs.values()].map(cells)];
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => widthOf(row[at] ?? ""))));
  return rows.map((row) =>
    row
      .map((cell, at) => `${cell}${" ".repeat((widths[at] ?? 0) - widthOf(cell))}`)
      .join("  ")
      .trimEnd(),
  );
}

function cells(run: readonly Row[]): string[] {
  const stacks = run.map(({ stack }) => plainText(stack)).join(", ");
  const read = run.flatMap((each) => ("unreadable" in each ? [] : [each]));
  const [first] = read;
  if (first === undefined) return [String(run[0]?.number ?? 0), "?", "?", "?", stacks, "", "unreadable"];
  return [
    String(first.number),
    timeOf(first.startedAt),
    who(first),
    commandOf(first),
    stacks,
    summaryOf(read),
    worst(read),
  ];
}

/** `2026-11-21 04:50:12Z` */
function timeOf(iso: string): string {
  return plainText(iso.replace("T", " ").replace(/\.\d+Z$/, "Z"));
}

function who({ by }: Revision): string {
  return plainText(by.user === "" ? by.host : `${by.user}@${by.host}`);
}

function commandOf({ command, backTo }: Revision): string {
  return backTo === undefined ? command : `${command} to ${backTo}`;
}

function summaryOf(run: readonly Revision[]): string {
  const counts = sum(run);
  const values = run.flatMap(({ generated }) => generated).length;
  const words: readonly (readonly [string, number])[] = [
    ["added", counts.create],
    ["changed", counts.update],
    ["replaced", counts.replace],
    ["deleted", counts.delete],
    ["adopted", counts.adopt],
    [values === 1 ? "value" : "values", values],
  ];
  return words.flatMap(([word, count]) => (count === 0 ? [] : [`${count} ${word}`])).join(", ");
}

const order = ["failed", "not-ready", "interrupted", "running", "ok"];

function worst(run: readonly Revision[]): string {
  return order.find((result) => run.some((each) => each.result === result)) ?? "ok";
}

function sum(run: readonly Revision[]): PlanCounts {
  const total = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, adopt: 0, forget: 0, blocked: 0 };
  for (const { counts } of run) {
    for (const name of Object.keys(total) as (keyof PlanCounts)[]) total[name] += counts[name] ?? 0;
  }
  return total;
}

/** One run whole: who and when, then its plan as it was shown. */
export function renderRevision(run: readonly Revision[], cluster: PlannedCluster, options: PlanTextOptions): string {
  const [first] = run;
  if (first === undefined) return "";
  const took =
    first.finishedAt === null
      ? ""
      : `, took ${formatDuration(Date.parse(first.finishedAt) - Date.parse(first.startedAt))}`;
  const head = `revision ${first.number}  ${commandOf(first)} by ${who(first)} at ${timeOf(first.startedAt)}${took}: ${worst(run)}`;
  const plan: Plan = {
    project: first.project,
    cluster,
    stacks: run.map(({ stack, items, generated, content }) => ({
      name: stack,
      file: content === null ? null : "",
      after: [],
      items: items.map((item) => ({
        ...item,
        key: "",
        stack,
        origin: null,
        sent: null,
        sensitive: [],
        apiVersion: "",
        uid: null,
        prediction: null,
        refusal: null,
        warnings: [],
        dependsOn: [],
        lifecycle: { preventDestroy: false, createBeforeDestroy: false, ignoreChanges: [] },
        wait: { skip: true, timeoutSeconds: null },
        force: false,
      })),
      generated: generated.map(({ action, address }) => ({
        action,
        resource: { stack, address, type: "", arguments: {}, origin: { stack, address, constructPath: "" } },
      })),
    })),
    counts: sum(run),
  };
  return `${head}\n${renderPlan(plan, options)}`;
}
