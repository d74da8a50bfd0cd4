import { elapsedSince } from "../elapsed.ts";
import { ownTrouble, progressing, ready, troubled } from "../finding.ts";
import { graces } from "../graces.ts";
import { conditionOf, textAt } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: AbleToScale. Metrics that are missing do not hold a rollout back; they are noted. */
export const hpaStatus: Rule = (object, related, now) => {
  const able = conditionOf(object, "AbleToScale");
  if (able === null) return progressing("waiting for its controller");
  if (able.status !== "True") {
    const target = ["kind", "name"].map((field) => textAt(object, "spec", "scaleTargetRef", field)).join(" ");
    const absent = /not found/.test(able.message);
    const trouble = ownTrouble({
      cause: "condition",
      reason: able.reason,
      message: absent ? `its target ${target} does not exist` : able.message,
      since: able.since,
      hopeless: absent && elapsedSince(able.since, related, now) >= graces.scaleTargetMs,
      event: able.message,
      remedy: absent ? "correct scale_target_ref, or create its target" : "see the message",
    });
    return troubled(trouble, "");
  }
  const active = conditionOf(object, "ScalingActive");
  if (active?.status !== "False" || active.reason === "ScalingDisabled") return ready();
  return ready({ reason: active.reason, notes: [`does not scale: ${active.message}`] });
};
