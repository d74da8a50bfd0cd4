import { failed, ownTrouble, progressing, ready } from "../finding.ts";
import { conditionOf } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: Established and NamesAccepted; a name that another definition holds will not free itself. */
export const crdStatus: Rule = (object) => {
  const names = conditionOf(object, "NamesAccepted");
  if (names?.status === "False") {
    return failed(
      ownTrouble({
        cause: "name-conflict",
        reason: names.reason,
        message: names.message || "its names are taken by another definition",
        remedy: "choose other names, or remove the definition that holds them",
      }),
    );
  }
  const established = conditionOf(object, "Established");
  if (names?.status === "True" && established?.status === "True") return ready();
  return progressing("", { reason: established?.reason ?? "" });
};
