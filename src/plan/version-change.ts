import type { VersionRule } from "../model/desired.ts";
import type { PlanItem, Shown } from "../model/plan.ts";

/** What a stack says of the new version of its software: a warning, or that the change is not made. */
export function withVersionRules(item: PlanItem, rules: readonly VersionRule[]): PlanItem {
  if (!["update", "adopt", "replace"].includes(item.action)) return item;
  const broken = rules.filter((rule) => {
    const path = `spec.template.spec.containers[${rule.container}].image`;
    const change = item.changes.find((each) => each.path === path);
    return change !== undefined && isBroken(rule.to, versionOf(change.before), versionOf(change.after));
  });
  const refused = broken.find(({ refuse }) => refuse);
  if (refused !== undefined) return { ...item, action: "blocked", consequences: [], why: refused.says };
  return { ...item, warnings: [...item.warnings, ...broken.map(({ says }) => says)] };
}

/** The first two numbers of an image's tag, as far as it has them: `prom/prometheus:v3.5.0` is [3, 5]. */
function versionOf(image: Shown): readonly number[] {
  if (image.kind !== "value" || typeof image.value !== "string") return [];
  const tag = /:v?(\d+)(?:\.(\d+))?[^/]*$/.exec(image.value.replace(/@.*/, ""));
  return (tag ?? []).slice(1).flatMap((each) => (each === undefined ? [] : [Number(each)]));
}

/** Tags without numbers, such as `latest`, say nothing. */
function isBroken(to: VersionRule["to"], before: readonly number[], after: readonly number[]): boolean {
  const [had, hadMinor] = before;
  const [has, hasMinor] = after;
  if (had === undefined || has === undefined) return false;
  if (to === "major") return has !== had;
  if (has !== had) return has < had;
  return hadMinor !== undefined && hasMinor !== undefined && hasMinor < hadMinor;
}
