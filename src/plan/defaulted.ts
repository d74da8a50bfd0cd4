import { isDeepStrictEqual } from "node:util";
import type { Desired } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { FieldChange } from "../model/plan.ts";
import type { TemplateObject } from "./body.ts";
import { hasUnknowns } from "./body.ts";
import { changesOfDefaults } from "./changes.ts";
import { serverForm } from "./server-form.ts";

/**
 * What the server will fill in that is not sent, predicted without asking it. `schema` is that of a custom resource whose
 * definition is known. Of values that hang on one that is not known yet (the pull policy on the image) nothing is said.
 */
export function predictedDefaults(desired: Desired, sent: TemplateObject, schema: JsonObject | null): FieldChange[] {
  const one = changesOfDefaults(desired, sent, serverForm(sent, schema, "a"));
  if (!hasUnknowns(sent)) return one;
  const other = changesOfDefaults(desired, sent, serverForm(sent, schema, "b:1"));
  return one.filter((change) => other.some((same) => isDeepStrictEqual(same, change)));
}

/** What a dry run says the server fills in; what it allocates is another each time, and left out. */
export function dryRunDefaults(desired: Desired, sent: TemplateObject, result: KubeObject): FieldChange[] {
  const found = changesOfDefaults(desired, sent, result as unknown as JsonObject);
  const allocated = ALLOCATED[`${desired.id.group}/${desired.id.kind}`];
  return allocated === undefined ? found : found.filter(({ path }) => !allocated.test(path));
}

/** Addresses, ports, uids and tokens, by kind. */
const ALLOCATED: Readonly<Record<string, RegExp>> = {
  "/Service": /^spec\.(clusterIPs?|healthCheckNodePort|ports\[.*\]\.nodePort)$/,
  "/Pod": /^spec\.volumes\[kube-api-access-|\/var\/run\/secrets\/kubernetes\.io\/serviceaccount/,
  "batch/Job": /controller-uid/,
};
