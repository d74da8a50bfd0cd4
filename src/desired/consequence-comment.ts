import type { Desired, VersionRule } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { singleBlock } from "./source.ts";

/** The words of k8sctl/stacks/consequence's `duringRestart`, `warnOnChange` and `onVersionChange`. */
export function consequencesSaid(body: JsonObject): Pick<Desired, "duringRestart" | "warnOnChange" | "versionRules"> {
  const { duringRestart, warnOnChange, versionRules } = singleBlock(singleBlock(body["//"])["k8sctl"]);
  return {
    ...(typeof duringRestart === "string" ? { duringRestart } : {}),
    ...(typeof warnOnChange === "string" ? { warnOnChange } : {}),
    ...(Array.isArray(versionRules) ? { versionRules: versionRules.flatMap(versionRuleOf) } : {}),
  };
}

function versionRuleOf(given: Json): VersionRule[] {
  const { container, to, says, refuse } = singleBlock(given);
  if (typeof container !== "string" || typeof says !== "string" || (to !== "older" && to !== "major")) return [];
  return [{ container, to, says, refuse: refuse === true }];
}
