import { describeId } from "../../model/ids.ts";
import type { ObjectRow, RunState } from "../../progress/state.ts";
import { rowsInOrder } from "../../progress/state.ts";
import { formatDuration } from "../duration.ts";
import type { Line } from "../line.ts";
import { inLine } from "../line.ts";
import { escapeMarkup } from "../markup.ts";
import { planLines } from "../plan-text.ts";
import { headline, summaryLines } from "../summary.ts";
import { verdictLines } from "../verdict-lines.ts";
import type { ReportFacts } from "./document.ts";
import { STYLE } from "./page-style.ts";

const text = { colour: false, unicode: true, columns: 120 };

/**
 * One self-contained page: how the run ended, each verdict, the timeline, and the plan. No script, no request to
 * anywhere: the page's own policy forbids both, so that text from a cluster can do nothing.
 */
export function pageReport(state: RunState, facts: ReportFacts): string {
  const title = `k8sctl ${state.command ?? ""} ${state.project}`;
  const failed = rowsInOrder(state).filter((row) => row.state === "failed");
  const outcome = state.result?.ok === true ? "ok" : "bad";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<header class="${outcome}">
<h1>${escapeMarkup(headline(state))}</h1>
<p>${escapeMarkup(title)} on ${escapeMarkup(state.cluster)} · <time datetime="${facts.startedAt}">${facts.startedAt}</time> · ${formatDuration(state.t)}</p>
</header>
${section("Verdicts", failed.map(verdict).join(""))}
${section("Summary", block(summaryLines(state, { ...text, withoutVerdicts: true })))}
${section("Timeline", timeline(state))}
${section("Plan", state.plan === null ? "" : block(planLines(state.plan, { ...text, now: Date.parse(facts.startedAt) })))}
</body>
</html>
`;
}

function section(title: string, body: string): string {
  return body === "" ? "" : `<section>\n<h2>${title}</h2>\n${body}</section>`;
}

function verdict(row: ObjectRow): string {
  // Without its head, which is the heading here, and its indentation.
  const lines = verdictLines(row, { ...text, logLines: 10 })
    .slice(1)
    .map((line) => line.slice(1));
  return `<article><h3>${escapeMarkup(describeId(row.id))}</h3>${block(lines)}</article>\n`;
}

/** Lines as they stand on a screen, their tones as classes. */
function block(lines: readonly Line[]): string {
  if (lines.length === 0) return "";
  const html = lines.map((line) =>
    line
      .map((span) =>
        typeof span === "string"
          ? escapeMarkup(inLine(span))
          : `<span class="${span.tone}">${escapeMarkup(inLine(span.text))}</span>`,
      )
      .join(""),
  );
  return `<pre>${html.join("\n")}</pre>\n`;
}

/** A bar per step and per object that was sent, on the run's own axis. */
function timeline(state: RunState): string {
  const whole = Math.max(1, state.t);
  const bar = (name: string, kind: string, from: number, to: number): string => {
    const left = ((from / whole) * 100).toFixed(2);
    const width = Math.max(0.3, ((to - from) / whole) * 100).toFixed(2);
    const length = formatDuration(to - from);
    const label = escapeMarkup(name);
    return `<tr><th scope="row" title="${label}">${label}</th><td><i class="${kind}" style="margin-left:${left}%;width:${width}%"></i></td><td>${length}</td></tr>\n`;
  };
  const steps = state.steps.map((s) => bar(s.step, "step", s.startedAt, s.startedAt + (s.ms ?? whole - s.startedAt)));
  const objects = rowsInOrder(state).flatMap((row) =>
    row.startedAt === null ? [] : [bar(describeId(row.id), row.state, row.startedAt, row.endedAt ?? state.t)],
  );
  const rows = [...steps, ...objects];
  return rows.length === 0 ? "" : `<table class="timeline">\n${rows.join("")}</table>\n`;
}
