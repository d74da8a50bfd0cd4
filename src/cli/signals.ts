import type { CliIo } from "./io.ts";

/** Aborts at the first Ctrl-C: for commands that change nothing. */
export function interruptSignal(io: CliIo): AbortSignal {
  const controller = new AbortController();
  io.onInterrupt(() => controller.abort());
  return controller.signal;
}
