import type { ViewName } from "./choose.ts";
import type { LogReader } from "./log-reader.ts";
import { createNdjsonView } from "./ndjson.ts";
import { createPlainView } from "./plain.ts";
import type { RunView } from "./run-view.ts";
import type { Style } from "./style.ts";

export interface OpenViewOptions {
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly style: Style;
  /** Called at each Ctrl-C that the live view reads; "now" from the second on. Other views leave it to SIGINT. */
  readonly onInterrupt: (how: "drain" | "now") => void;
  readonly plan?: { readonly showUnchanged?: boolean; readonly full?: boolean };
  /** ms since 1970, for ages in the plan. */
  readonly now?: number;
  /** For the live view: the logs of an object's pods. */
  readonly logs?: LogReader;
}

/** Opens the view that was chosen. Ink and React are loaded only for the live view. */
export async function openView(name: ViewName, options: OpenViewOptions): Promise<RunView> {
  if (name === "ndjson") return createNdjsonView(options);
  if (name === "ink") return (await import("./ink/live-view.tsx")).createInkView(options);
  const columns = options.stdout.isTTY === true ? options.stdout.columns || 80 : Number.POSITIVE_INFINITY;
  return createPlainView({ ...options, columns });
}
