import { isJsonObject } from "../model/json.ts";
import type { PlanItem } from "../model/plan.ts";

/** `example.com/Widget`: the group and kind that a CustomResourceDefinition defines; null where it does not say. */
export function definedType(sent: PlanItem["sent"]): string | null {
  const spec = sent?.["spec"];
  if (!isJsonObject(spec)) return null;
  const names = spec["names"];
  return isJsonObject(names) ? `${String(spec["group"])}/${String(names["kind"])}` : null;
}
