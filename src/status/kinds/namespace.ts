import { progressing, ready } from "../finding.ts";
import { textAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: Active. */
export const namespaceStatus: Rule = (object) => {
  const phase = textAt(object, "status", "phase");
  return phase === "Active" || phase === "" ? ready() : progressing(phase, { reason: phase });
};
