import { ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { conditionOf, textAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: Available. Never hopeless: the service behind it may still be starting. */
export const apiServiceStatus: Rule = (object) => {
  const available = conditionOf(object, "Available");
  if (available === null) return progressing("waiting for the API server to look at it");
  if (available.status === "True") return ready();
  const service = ["namespace", "name"].map((field) => textAt(object, "spec", "service", field)).join("/");
  const trouble = ownTrouble({
    cause: "condition",
    reason: available.reason,
    message: available.message,
    since: available.since,
    hopeless: false,
    remedy: `see Service ${service} and the pods behind it: the API server does not reach them`,
  });
  return troubled(trouble, "");
};
