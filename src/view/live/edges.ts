import { ownTime, type RunState } from "../../progress/state.ts";
import { formatClock, formatDuration } from "../duration.ts";
import type { Line, Span } from "../line.ts";
import { cut, lineWidth, spread, tone } from "../line.ts";
import type { Style, Symbols } from "../style.ts";

export interface FrameOptions {
  readonly columns: number;
  readonly rows: number;
  readonly style: Style;
  /** ms since the run began, now: later than the last event. */
  readonly elapsed: number;
  /** Counts frames; turns the spinner. */
  readonly tick: number;
  /** The question that waits for an answer. */
  readonly question: string | null;
}

export function header(state: RunState, symbols: Symbols, options: FrameOptions): Line {
  const { all, done, failed } = state.counts;
  const left: Line = [tone("strong", state.cluster || "k8sctl"), `  ${formatClock(ownTime(state, options.elapsed))}`];
  if (all === 0) return left;
  const number: Line = [...(failed > 0 ? [tone("bad", `${failed} failed  `)] : []), tone("strong", `${done}/${all}`)];
  const free = options.columns - lineWidth(left) - lineWidth(number) - 4;
  const size = Math.min(40, Math.floor(options.columns / 3), free);
  if (size < 4) return spread(left, number, options.columns);
  const full = done === all ? size : Math.min(size - 1, Math.floor((size * done) / all));
  const bad = failed > 0 ? Math.max(1, Math.floor((size * failed) / all)) : 0;
  const bar: Span[] = [
    tone("good", symbols.full.repeat(full)),
    tone("bad", symbols.full.repeat(Math.min(bad, size - full))),
    tone("dim", symbols.empty.repeat(Math.max(0, size - full - bad))),
  ];
  return spread(left, [...bar, "  ", ...number], options.columns);
}

/**
 * What runs before and beside the objects: synth, the cluster's creation, the plan. Below each what is done of it, the
 * newest that `room` lines hold.
 */
export function stepLines(state: RunState, symbols: Symbols, options: FrameOptions, room: number): Line[] {
  const running = state.steps.filter(
    (s) => s.ms === null && s.step !== "apply" && s.step !== "track" && s.step !== "approve",
  );
  const shown = running.slice(-3);
  let left = room - shown.length;
  return shown.flatMap((step) => {
    const done = left <= 0 ? [] : step.done.slice(-left);
    left -= done.length;
    return [
      [
        tone("accent", spinner(symbols, options)),
        ` ${step.label}`,
        step.message === "" ? "" : tone("dim", `  ${step.message}`),
        tone("dim", `  ${formatDuration(options.elapsed - step.startedAt)}`),
      ],
      ...done.map((message): Line => ["  ", tone("good", symbols.done), tone("dim", ` ${message}`)]),
    ];
  });
}

/** Values that are being made: what waits for them shows nothing yet. */
export function valueLines(state: RunState, symbols: Symbols, options: FrameOptions, room: number): Line[] {
  return state.values
    .slice(0, Math.max(0, Math.min(3, room)))
    .map(
      ({ address, message, startedAt }): Line => [
        tone("accent", spinner(symbols, options)),
        ` ${address}`,
        message === "" ? "" : tone("dim", `  ${message}`),
        tone("dim", `  ${formatDuration(options.elapsed - startedAt)}`),
      ],
    );
}

export function spinner(symbols: Symbols, options: FrameOptions): string {
  return symbols.spinner[options.tick % symbols.spinner.length] ?? "";
}

export function footer(state: RunState, symbols: Symbols, options: FrameOptions): Line[] {
  if (options.question !== null) return [[tone("strong", options.question)]];
  if (state.interrupted !== null) {
    const words =
      state.interrupted.how === "drain" ? "finishing what is under way; Ctrl-C again stops now" : "stopping";
    return [[tone("warn", `interrupted: ${words}`)]];
  }
  const last = state.warnings.at(-1);
  if (last === undefined) return [];
  const more = state.warnings.length > 1 ? ` (${state.warnings.length} warnings)` : "";
  return [[tone("warn", cut(`warning: ${last.message}`, options.columns - more.length, symbols.ellipsis)), more]];
}
