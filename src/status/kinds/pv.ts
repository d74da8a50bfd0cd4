import { failed, ownTrouble, progressing, ready } from "../finding.ts";
import { textAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: Available or Bound. Released still holds the data of a claim that is gone. */
export const pvStatus: Rule = (object) => {
  const phase = textAt(object, "status", "phase");
  switch (phase) {
    case "Available":
    case "Bound":
      return ready();
    case "Released":
      return ready({ reason: phase, notes: ["its claim is gone; it still holds the data"] });
    case "Failed":
      return failed(
        ownTrouble({
          cause: "volume",
          reason: textAt(object, "status", "reason") || phase,
          message: textAt(object, "status", "message") || "its reclamation failed",
          remedy: "see the message: the volume's storage could not be reclaimed",
        }),
      );
    default:
      return progressing("");
  }
};
