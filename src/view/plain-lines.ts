import type { RunEvent } from "../model/events.ts";
import type { ObjectId } from "../model/ids.ts";
import { describeId, objectKey } from "../model/ids.ts";
import type { PlanAction } from "../model/plan.ts";
import type { ObjectRow, RunState } from "../progress/state.ts";
import { formatClock, formatDuration } from "./duration.ts";
import type { Line, Span, Tone } from "./line.ts";
import { tone } from "./line.ts";
import { planLines } from "./plan-text.ts";
import type { Style } from "./style.ts";
import { symbolsOf } from "./style.ts";
import { summaryLines } from "./summary.ts";
import { verdictLines } from "./verdict-lines.ts";

interface Options {
  readonly style: Style;
  readonly columns: number;
  readonly now?: number;
  readonly plan?: { readonly showUnchanged?: boolean; readonly full?: boolean };
}

/**
 * What one event adds to the log. `printed` remembers the texts that were said of each object: a flapping pod is told
 * once per state, not once per flap.
 */
export function eventLines(
  before: RunState,
  state: RunState,
  event: RunEvent,
  options: Options,
  printed: Set<string>,
): Line[] {
  const symbols = symbolsOf(options.style);
  const text = { ...options.style, columns: options.columns };
  const at = (...spans: Span[]): Line => [tone("dim", `[${formatClock(event.t)}] `), ...spans];
  const once = (key: string, line: Line): Line[] => {
    if (printed.has(key)) return [];
    printed.add(key);
    return [line];
  };
  switch (event.type) {
    case "started":
      return [at(tone("strong", `k8sctl ${event.command}`), ` ${event.project} on ${event.cluster}`)];
    case "step-started":
      return once(`step ${event.step} ${event.label}`, at(event.label));
    case "step-progress":
      return once(`progress ${event.step} ${event.message}`, at(`  ${event.message}`));
    case "step-finished":
      return event.note === "" ? [] : [at(`  ${event.note}`, tone("dim", ` (${formatDuration(event.ms)})`))];
    case "planned":
      return planLines(event.plan, { ...text, ...options.plan, now: options.now });
    case "rejected":
    case "approval-requested":
    case "output":
    case "endpoint":
    case "error":
      // The question, and the summary at the end, say these.
      return [];
    case "approved":
      return event.by === "flag" ? [at("approved by --yes")] : [];
    case "object-started":
      return [at(`${startWords[event.action]} `, subject(event.stack, event.id))];
    case "object-applied":
    case "object-status":
    case "object-skipped": {
      const id = event.type === "object-status" ? event.status.id : event.id;
      const key = objectKey(id);
      return rowLine(before.objects.get(key), state.objects.get(key), at, symbols, printed);
    }
    case "object-failed":
    case "verdict": {
      const id = event.type === "verdict" ? event.verdict.id : event.id;
      const row = state.objects.get(objectKey(id));
      if (row === undefined) return [];
      const lines = verdictLines(row, { ...text, logLines: 10 });
      const key = `${row.key} ${JSON.stringify(lines)}`;
      if (printed.has(key)) return [];
      printed.add(key);
      return lines.map((line) => at(...line));
    }
    case "stack-ready":
      return [at(tone("good", `${symbols.done} ${event.stack}`), ` ready in ${formatDuration(event.ms)}`)];
    case "warning":
      return once(
        `warning ${event.message}`,
        at(tone("warn", "warning: "), event.id === undefined ? "" : `${describeId(event.id)}: `, event.message),
      );
    case "rolling-back":
      return [at(tone("warn", `going back to revision ${event.to} of ${event.stacks.join(", ")}`))];
    case "rolled-back":
      return [];
    case "canary":
      return [at(`${symbols.waiting} `, subject(event.stack, event.id), `: ${event.message}`)];
    case "value":
      return valueLines(event, at, symbols);
    case "kept":
      return [at("kept ", subject(event.stack, event.id), tone("dim", `  ${event.why}`))];
    case "interrupted":
      return [
        at(
          tone("warn", event.how === "drain" ? "interrupted: finishing what is under way" : "stopped at once"),
          event.how === "drain" ? "; press Ctrl-C again to stop now" : "",
        ),
      ];
    case "finished":
      return summaryLines(state, { ...text, withoutVerdicts: true });
    default: {
      const unknown: never = event;
      void unknown;
      return [];
    }
  }
}

function valueLines(
  { stack, address, state, message }: Extract<RunEvent, { type: "value" }>,
  at: (...spans: Span[]) => Line,
  symbols: ReturnType<typeof symbolsOf>,
): Line[] {
  const name = `${address} (${stack})`;
  switch (state) {
    case "started":
      return [];
    case "waiting":
      return [at(`${symbols.waiting} ${name}: ${message}`)];
    case "made":
      return [at(tone("good", `${symbols.done} ${name} made`))];
    case "failed":
      return [at(tone("bad", `${symbols.failed} ${name}: ${message}`))];
    case "skipped":
      return [at(tone("dim", `${symbols.skipped} ${name} skipped: ${message}`))];
  }
}

const startWords: Record<PlanAction, string> = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  delete: "deleting",
  adopt: "adopting",
  forget: "forgetting",
  unchanged: "checking",
  blocked: "blocked",
};

function subject(stack: string, id: ObjectId): string {
  return `${describeId(id)} (${stack})`;
}

function rowLine(
  before: ObjectRow | undefined,
  row: ObjectRow | undefined,
  at: (...spans: Span[]) => Line,
  symbols: ReturnType<typeof symbolsOf>,
  printed: Set<string>,
): Line[] {
  if (row === undefined) return [];
  const count = row.total === null ? "" : ` ${row.ready ?? 0}/${row.total}`;
  const say = (name: Tone | null, mark: string, words: string): Line[] => {
    const key = `${row.key} ${mark}${words}`;
    // Done and failed are told whenever they come anew; what lies between only once.
    if (row.state === before?.state && printed.has(key)) return [];
    if (row.state === "tracking" && printed.has(key)) return [];
    printed.add(key);
    const text = `${mark} ${subject(row.stack, row.id)}${words}`;
    return [at(name === null ? text : tone(name, text))];
  };
  switch (row.state) {
    case "waiting":
    case "applying":
      return [];
    case "done":
      if (before?.state === "done") return [];
      if (row.action === "delete") return say("good", symbols.done, " deleted");
      if (row.action === "forget") return say("good", symbols.done, ` forgotten${count}`);
      return say("good", symbols.done, [` ready${count}`, ...row.notes].join(": "));
    case "skipped":
      return say("dim", symbols.skipped, ` skipped: ${row.message}`);
    case "failed":
    case "tracking": {
      const why = row.message || row.reason;
      if (why === "" && count === "") return [];
      return say(
        row.state === "failed" ? "bad" : null,
        row.state === "failed" ? symbols.failed : symbols.waiting,
        `${count}${why === "" ? "" : `: ${why}`}`,
      );
    }
  }
}
