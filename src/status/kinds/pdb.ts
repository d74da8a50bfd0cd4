import { progressing, ready } from "../finding.ts";
import { conditionOf, lagging, lagMessage } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: its controller has seen it. How many disruptions it allows is the pods' matter. */
export const pdbStatus: Rule = (object) => {
  if (lagging(object)) return progressing(lagMessage);
  const allowed = conditionOf(object, "DisruptionAllowed");
  return allowed?.reason === "SyncFailed" ? ready({ notes: [`cannot be enforced: ${allowed.message}`] }) : ready();
};
