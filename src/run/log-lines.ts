import type { KubeObject } from "../model/objects.ts";
import { plainText } from "../model/text.ts";
import type { Kube } from "../ports.ts";
import { logTarget, type Related } from "../status/index.ts";

const LINES = 10;
const LONGEST = 500;

/** The last lines of the log that explains a failure, harmless for a terminal; none where there is no such log. */
export async function logLines(
  kube: Kube,
  object: KubeObject,
  related: Related,
  now: number,
): Promise<readonly string[]> {
  const target = logTarget(object, related, now);
  if (!target) return [];
  try {
    const text = await kube.logs({ ...target, tailLines: LINES });
    const lines = plainText(text ?? "").split("\n");
    return lines.filter((line) => line.trim() !== "").map((line) => line.slice(0, LONGEST));
  } catch {
    // A verdict without its log is better than none.
    return [];
  }
}
