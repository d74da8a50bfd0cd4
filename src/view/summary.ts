import { describeId } from "../model/ids.ts";
import { SENSITIVE } from "../model/secrets.ts";
import type { RunState } from "../progress/state.ts";
import { rowsInOrder } from "../progress/state.ts";
import { formatDuration } from "./duration.ts";
import type { Line } from "./line.ts";
import { lineWidth, pad, tone, widthOf, wrap } from "./line.ts";
import { plural } from "./plan-words.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";
import { slowest } from "./timing.ts";
import { formatValue } from "./values.ts";
import { verdictLines } from "./verdict-lines.ts";

export interface SummaryOptions extends Style {
  readonly columns: number;
  /** Leaves out paragraphs that were already printed while the run went on. */
  readonly withoutVerdicts?: boolean;
}

/** What stays on the screen when a run is over. */
export function summaryLines(state: RunState, options: SummaryOptions): Line[] {
  return [
    ...(options.withoutVerdicts === true ? [] : failures(state, options)),
    ...section("Outputs", outputs(state)),
    ...section(
      "Endpoints",
      state.endpoints.map((e): Line => ["  ", tone("accent", e.url), tone("dim", `  ${e.stack}`)]),
    ),
    ...section(
      "Kept",
      state.kept.flatMap((k) => keptLines(describeId(k.id), k.why, Math.min(options.columns, 120))),
    ),
    ...timings(state),
    ...verdictOfRun(state, options),
  ];
}

/** The reason names what removes it: below, where it does not fit beside. */
function keptLines(name: string, why: string, width: number): Line[] {
  if (widthOf(name) + widthOf(why) + 4 <= width) return [["  ", name, tone("dim", `  ${why}`)]];
  return [["  ", name], ...wrap(why, width - 4).map((part): Line => ["    ", tone("dim", part)])];
}

function section(title: string, lines: readonly Line[]): Line[] {
  return lines.length === 0 ? [] : [[tone("strong", title)], ...lines];
}

function failures(state: RunState, options: SummaryOptions): Line[] {
  const now = rowsInOrder(state).filter((row) => row.state === "failed");
  // What made the run go back works again by now, and is what people want to hear of.
  const then = (state.rollback?.failures ?? []).filter(({ key }) => !now.some((row) => row.key === key));
  const failed = [...now, ...then];
  // The objects with a verdict tell the cause; of the rest a few are enough.
  failed.sort((a, b) => Number(a.verdict === null) - Number(b.verdict === null) || a.order - b.order);
  const shown = failed.slice(0, 20);
  const lines = shown.flatMap((row) => verdictLines(row, { ...options, logLines: 10 }));
  const skipped = rowsInOrder(state).filter((row) => row.state === "skipped");
  return [
    ...lines,
    ...(failed.length > shown.length ? [[`  and ${failed.length - shown.length} more that failed`]] : []),
    ...skippedLines(skipped.length, state.interrupted !== null),
  ];
}

function skippedLines(count: number, interrupted: boolean): Line[] {
  const why = interrupted ? "the run was stopped" : "of what failed before";
  return count === 0 ? [] : [[tone("dim", `  ${plural(count, "object")} not tried, because ${why}`)]];
}

function outputs(state: RunState): Line[] {
  const names = state.outputs.map((o) => `${o.stack}.${o.name}`);
  const column = Math.min(40, Math.max(0, ...names.map(widthOf)));
  return state.outputs.flatMap((output, i): Line[] => {
    const [first = "", ...rest] = (output.sensitive ? SENSITIVE : formatValue(output.value)).split("\n");
    const value = output.sensitive ? tone("dim", first) : first;
    return [["  ", `${pad(names[i] ?? "", column)} = `, value], ...rest.map((text): Line => ["    ", text])];
  });
}

/** A rollout that took less is not worth a word. */
const SLOW_MS = 3_000;

function timings(state: RunState): Line[] {
  const steps = state.steps.filter((s) => s.ms !== null && s.ms >= 50);
  if (steps.length === 0) return [];
  const slow = slowest(state).filter(({ ms }) => ms >= SLOW_MS);
  const times = steps.map((s) => `${s.step} ${formatDuration(s.ms ?? 0)}`).join(", ");
  const objects = slow.slice(0, 3).map(({ row, ms }) => `${describeId(row.id)} ${formatDuration(ms)}`);
  return [[tone("dim", times)], ...(objects.length === 0 ? [] : [[tone("dim", `slowest: ${objects.join(", ")}`)]])];
}

function verdictOfRun(state: RunState, options: SummaryOptions): Line[] {
  const symbols = symbolsOf(options);
  const result = state.result;
  const took = formatDuration(state.t);
  const width = Math.min(options.columns, 120);
  const lines: Line[] = state.errors.flatMap((error) => [
    ...wrap(error.message, width - 2).map(
      (part, i): Line => [tone("bad", i === 0 ? `${symbols.failed} ` : "  "), part],
    ),
    ...(error.remedy === ""
      ? []
      : wrap(error.remedy, width - 5).map(
          (part, i): Line => ["  ", tone("accent", `${i === 0 ? symbols.remedy : " "} ${part}`)],
        )),
  ]);
  if (state.interrupted !== null) {
    const untouched = !state.steps.some(({ step }) => step === "apply");
    const parts = wrap(
      untouched ? `no object was changed; \`k8sctl ${state.command}\` starts anew` : state.interrupted.resume,
      width - 5,
    );
    lines.push(...parts.map((part, i): Line => ["  ", tone("accent", `${i === 0 ? symbols.remedy : " "} ${part}`)]));
  }
  if (state.approval === "rejected") return [...lines, ["Nothing was changed."]];
  if (result === null || (state.command === "plan" && result.ok)) return lines;
  const c = result.counts;
  const numbers = [
    ...(c.create > 0 ? [`${c.create} added`] : []),
    ...(c.update > 0 ? [`${c.update} changed`] : []),
    ...(c.replace > 0 ? [`${c.replace} replaced`] : []),
    ...(c.delete > 0 ? [`${c.delete} deleted`] : []),
    ...(c.unchanged > 0 ? [`${c.unchanged} unchanged`] : []),
    ...(c.failed > 0 ? [`${c.failed} failed`] : []),
  ].join(", ");
  const mark = tone(result.ok ? "good" : "bad", `${result.ok ? symbols.done : symbols.failed} `);
  const first: Line = [mark, tone("strong", headline(state)), ` in ${took}`];
  const whole: Line = numbers === "" ? first : [...first, `: ${numbers}`];
  if (lineWidth(whole) <= width) lines.push(whole);
  else lines.push(first, ...wrap(numbers, width - 2).map((part): Line => ["  ", part]));
  const next = nextStep(state);
  return next === "" ? lines : [...lines, ["  ", tone("accent", `${symbols.remedy} ${next}`)]];
}

/** How the run ended, in some words. */
export function headline(state: RunState): string {
  const result = state.result;
  const place = state.cluster === "" ? "" : ` on ${state.cluster}`;
  const { rollback } = state;
  if (rollback?.ok === true) return `Failed${place}, and rolled back to revision ${rollback.to}`;
  if (rollback !== null) return `Failed${place}, and not rolled back to revision ${rollback.to}`;
  switch (result?.exitCode) {
    case 0:
    case 2:
      if (state.command === "down")
        return state.counts.all === 0 && !removedCluster(state) ? `Nothing to remove${place}` : `Removed${place}`;
      if (state.command === "plan") return "Planned";
      if (state.steps.some(({ label }) => label === "apply")) return `Applied${place}, not waited for`;
      return state.counts.tracking > 0
        ? `Applied${place}, ${plural(state.counts.tracking, "object")} not waited for`
        : `Ready${place}`;
    case 3:
      if (state.command === "status") return `Not everything is ready${place}`;
      return onlyCanariesFailed(state) ? `Canary failed${place}` : `Applied${place}, but not ready`;
    case 130:
      return "Interrupted";
    default:
      return `Failed${place}`;
  }
}

/** Then nothing that failed was sent: the Deployments are as they were. */
function onlyCanariesFailed(state: RunState): boolean {
  const failed = rowsInOrder(state).filter((row) => row.state === "failed");
  return failed.length > 0 && failed.every(({ verdict }) => verdict?.cause === "canary");
}

function removedCluster(state: RunState): boolean {
  return state.steps.some(({ step }) => step === "cluster");
}

function nextStep(state: RunState): string {
  const result = state.result;
  if (result === null || state.command === null) return "";
  if (state.command === "status") return "";
  if (state.rollback !== null) return "`k8sctl history` shows both runs; mend the above and run it again";
  if (result.exitCode === 3 && onlyCanariesFailed(state)) {
    return `mend the above and run \`k8sctl ${state.command}\` again; what ran before runs on`;
  }
  if (result.exitCode === 3) return "`k8sctl status` shows what is not ready; mend it and run `k8sctl up` again";
  if (result.exitCode === 1 && state.counts.failed > 0) {
    return `mend the above and run \`k8sctl ${state.command}\` again: it goes on from here`;
  }
  if (result.ok && (state.command === "up" || state.command === "apply") && state.endpoints.length === 0) {
    return "`k8sctl status` shows health, `k8sctl down` removes it all";
  }
  return "";
}
