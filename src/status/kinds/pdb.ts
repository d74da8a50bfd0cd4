import { progressing, ready } from "../finding.ts";
import { lagging, lagMessage } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: its controller has seen it. How many disruptions it allows is the pods' matter. */
export const pdbStatus: Rule = (object) => (lagging(object) ? progressing(lagMessage) : ready());
