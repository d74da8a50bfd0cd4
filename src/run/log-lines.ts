import type { KubeObject } from "../model/objects.ts";
import { plainText } from "../model/text.ts";
import type { Kube } from "../ports.ts";
import { type LogTarget, logTarget, type Related } from "../status/index.ts";

const LINES = 10;
/** Asked for: some lines are blank. */
const TAIL = 20;
const LONGEST = 500;

/** The end of the log that explains a failure; `logOf` says whose it is. Both empty where there is no such log. */
export interface LogExcerpt {
  readonly logOf: string;
  readonly log: readonly string[];
}

const noLog: LogExcerpt = { logOf: "", log: [] };

/** Harmless for a terminal. A verdict without its log is better than none: what cannot be read is left out. */
export async function logLines(kube: Kube, object: KubeObject, related: Related, now: number): Promise<LogExcerpt> {
  const target = logTarget(object, related, now);
  if (!target) return noLog;
  const wanted = await read(kube, target);
  if (wanted.length > 0) return { logOf: describe(target), log: wanted };
  // It was restarted between the state that was judged and now: the other run has the words.
  const other = { ...target, previous: !target.previous };
  const lines = await read(kube, other);
  return lines.length === 0 ? noLog : { logOf: describe(other), log: lines };
}

function describe({ pod, container, previous }: LogTarget): string {
  return `${pod} (${container})${previous ? ", its run before the last restart" : ""}`;
}

async function read(kube: Kube, target: LogTarget): Promise<readonly string[]> {
  try {
    return lastLines((await kube.logs({ ...target, tailLines: TAIL })) ?? "");
  } catch {
    return [];
  }
}

export function lastLines(text: string): readonly string[] {
  // One line may be a megabyte of binary: its end is not worth the time to make it harmless.
  const lines = text.split("\n").map((line) => plainText(line.slice(0, LONGEST * 4)));
  return lines
    .flatMap((line) => line.split("\n"))
    .filter((line) => line.trim() !== "")
    .slice(-LINES)
    .map((line) => line.slice(0, LONGEST));
}
