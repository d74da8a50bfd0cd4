import { describeId } from "../model/ids.ts";
import type { RootCause, Verdict } from "../model/status.ts";
import { hintFrom } from "../status/index.ts";
import type { LogExcerpt } from "./log-lines.ts";

/** The verdict with its log and with who is behind it; what mends it is known better then. */
export function completeVerdict(verdict: Verdict, { logOf, log }: LogExcerpt, rootCause: RootCause | null): Verdict {
  const remedy =
    rootCause === null ? (hintFrom(verdict, log) ?? verdict.remedy) : `mend ${describeId(rootCause.id)} first`;
  return { ...verdict, logOf, log, rootCause, remedy };
}
