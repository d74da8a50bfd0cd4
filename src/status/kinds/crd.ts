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
        message:
          names.message === "" ? "its names are taken by another definition" : `its names are taken: ${names.message}`,
        since: names.since,
        remedy: "choose other names, or remove the definition that holds them (kubectl get crd)",
      }),
    );
  }
  const schema = conditionOf(object, "NonStructuralSchema");
  const notes = schema?.status === "True" ? [`its schema is not structural: ${schema.message}`] : [];
  const established = conditionOf(object, "Established");
  if (names?.status === "True" && established?.status === "True") return ready({ notes });
  return progressing(established?.message ?? "", { reason: established?.reason ?? "", notes });
};
