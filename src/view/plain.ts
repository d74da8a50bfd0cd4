import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { RunEvent } from "../model/events.ts";
import { reduce } from "../progress/reduce.ts";
import { initialRunState } from "../progress/state.ts";
import { paintAll } from "./line.ts";
import { approvalNeeded } from "./ndjson.ts";
import { eventLines } from "./plain-lines.ts";
import type { RunView } from "./run-view.ts";
import { sinkOf } from "./sink.ts";
import type { Style } from "./style.ts";

export interface PlainViewOptions {
  readonly stdout: Writable;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly style: Style;
  /** Infinity where the output is no terminal. */
  readonly columns: number;
  /** ms since 1970, for ages in the plan. */
  readonly now?: number;
  /** What the plan shows beyond its changes (`--verbose`). */
  readonly plan?: { readonly showUnchanged?: boolean; readonly full?: boolean };
}

/** Lines for pipes, CI and screen readers: one per change that means something, never the same twice. */
export function createPlainView(options: PlainViewOptions): RunView {
  const sink = sinkOf(options.stdout);
  let state = initialRunState();
  const printed = new Set<string>();
  return {
    event(event: RunEvent) {
      const before = state;
      state = reduce(state, event);
      const lines = eventLines(before, state, event, options, printed);
      if (lines.length > 0) sink.write(paintAll(lines, options.columns, options.style));
    },
    approve: (_plan, signal) => askByLine(options, signal),
    close: () => sink.flush(),
  };
}

/** Asks on one line; anything but y or yes, also the end of input, is a no. */
function askByLine(options: PlainViewOptions, signal?: AbortSignal): Promise<"approved" | "rejected"> {
  if (options.stdin.isTTY !== true) return Promise.reject(approvalNeeded());
  const lines = createInterface({ input: options.stdin, output: options.stdout, terminal: false });
  return new Promise((resolve, reject) => {
    const stop = () => {
      reject(signal?.reason);
      lines.close();
    };
    signal?.addEventListener("abort", stop, { once: true });
    lines.once("close", () => {
      signal?.removeEventListener("abort", stop);
      resolve("rejected");
    });
    lines.question("Apply these changes? [y/N] ", (answer) => {
      resolve(isYes(answer) ? "approved" : "rejected");
      lines.close();
    });
    if (signal?.aborted === true) stop();
  });
}

export function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer.trim());
}
