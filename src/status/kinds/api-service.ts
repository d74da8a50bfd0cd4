import { progressing, ready } from "../finding.ts";
import { conditionOf } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: Available. Never hopeless: the service behind it may still be starting. */
export const apiServiceStatus: Rule = (object) => {
  const available = conditionOf(object, "Available");
  if (available?.status === "True") return ready();
  return progressing(available?.message ?? "", { reason: available?.reason ?? "" });
};
