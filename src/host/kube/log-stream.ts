import type { LogLine, LogStreamOptions } from "../../ports.ts";
import { LineSplitter } from "./lines.ts";
import { query } from "./paths.ts";
import type { Transport } from "./transport.ts";

/** A container may say nothing for hours; then its server still ends the connection by itself. */
const SILENCE_MS = 86_400_000;
/** Characters: what a line holds beyond is cut. */
const LONGEST_LINE = 1_048_576;

/**
 * Lines of a container's log, each with the time that the node gave it. Ends with the log, with the container when
 * following, or with the signal. Throws KubeError (400: the container has not started, or has no previous run).
 */
export async function* streamLog(
  transport: Transport,
  options: LogStreamOptions,
): AsyncGenerator<LogLine, void, undefined> {
  const { namespace, pod, container, previous, follow, tailLines, sinceSeconds, sinceTime, signal } = options;
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
  const asked = query({
    container,
    previous,
    follow,
    timestamps: true,
    tailLines: tailLines ?? undefined,
    sinceSeconds: sinceSeconds ?? undefined,
    sinceTime: sinceTime ?? undefined,
  });
  const call = { method: "GET", path: `${path}${asked}`, accept: "application/json, */*", signal } as const;
  const answer = await transport.stream(call, SILENCE_MS);
  const lines = new LineSplitter(LONGEST_LINE);
  try {
    for await (const chunk of answer) for (const line of lines.push(chunk as Buffer)) yield stamped(line);
    const last = lines.rest();
    if (last !== "") yield stamped(last);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    answer.destroy();
  }
}

/** `2026-11-21T04:00:00.123456789Z text`; a server that gives no time gives the text alone. */
function stamped(line: string): LogLine {
  const [, time, text] = /^(\d{4}-\d\d-\d\dT\S+Z) ?(.*)$/s.exec(line) ?? [];
  return time === undefined ? { time: "", text: line } : { time, text: text ?? "" };
}
