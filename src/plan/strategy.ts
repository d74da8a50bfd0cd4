import { applyMerge } from "../fields/apply.ts";
import { setOf, union } from "../fields/field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "../fields/fields-v1.ts";
import { fieldElement, type PathElement } from "../fields/path-element.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../model/objects.ts";
import type { Refusal } from "../model/observed.ts";
import { builtinTypes } from "../schema/table.ts";

/**
 * The server fills in `rollingUpdate` for the type RollingUpdate and refuses it beside any other. What it filled in is
 * nobody's, so that no apply takes it away (kubernetes#89711). It goes when it is made ours first.
 */
const REFUSED = /^spec\.(strategy|updateStrategy)\.rollingUpdate$/;

/** Whether a filled-in strategy is all that the server minds. */
export function mindsStrategy(refusal: Refusal): boolean {
  return (
    refusal.status === 422 && refusal.causes.length > 0 && refusal.causes.every((c) => REFUSED.test(c.field ?? ""))
  );
}

/** managedFields in which the filled-in strategy is the manager's; null where there is none, or no entry of the manager. */
export function owningStrategy(live: KubeObject, manager: string): ManagedFieldsEntry[] | null {
  const entries = live.metadata.managedFields ?? [];
  const own = entries.find((entry) => entry.manager === manager && entry.operation === "Apply");
  const set = parseFieldsV1(own?.fieldsV1);
  const paths = strategyPaths(live);
  if (own === undefined || set === null || paths.length === 0) return null;
  const more = { ...own, fieldsV1: printFieldsV1(union(set, setOf(paths))) };
  return entries.map((entry) => (entry === own ? more : entry));
}

/** What the apply will give once the strategy is ours, which no dry run can say in one request; null: it will not go. */
export function afterOwningStrategy(live: KubeObject, body: KubeObject, manager: string): KubeObject | null {
  const managedFields = owningStrategy(live, manager);
  if (managedFields === null) return null;
  const merged = applyMerge({
    live: { ...live, metadata: { ...live.metadata, managedFields } },
    config: body,
    manager,
    apiVersion: body.apiVersion,
    subresource: "",
    force: false,
    now: "1970-01-01T00:00:00Z",
    types: builtinTypes,
  });
  return merged.type === "applied" ? merged.object : null;
}

function strategyPaths(live: KubeObject): PathElement[][] {
  const spec = isJsonObject(live["spec"]) ? live["spec"] : {};
  return ["strategy", "updateStrategy"].flatMap((field) => {
    const strategy = spec[field];
    const bounds = isJsonObject(strategy) ? strategy["rollingUpdate"] : undefined;
    if (!isJsonObject(bounds)) return [];
    const above = ["spec", field, "rollingUpdate"].map(fieldElement);
    return [above, ...Object.keys(bounds).map((name) => [...above, fieldElement(name)])];
  });
}
