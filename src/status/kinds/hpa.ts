import { progressing, ready } from "../finding.ts";
import { conditionOf } from "../reading.ts";
import type { Rule } from "../related.ts";

/** Ready: AbleToScale. Metrics that are missing do not hold a rollout back; they are noted. */
export const hpaStatus: Rule = (object) => {
  const able = conditionOf(object, "AbleToScale");
  if (able?.status !== "True") return progressing(able?.message ?? "", { reason: able?.reason ?? "" });
  const active = conditionOf(object, "ScalingActive");
  if (active?.status !== "False" || active.reason === "ScalingDisabled") return ready();
  return ready({ reason: active.reason, notes: [`does not scale: ${active.message}`] });
};
