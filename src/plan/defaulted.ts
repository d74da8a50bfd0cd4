import { isDeepStrictEqual } from "node:util";
import type { Desired, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { FieldChange } from "../model/plan.ts";
import { fillDefaults, normalize } from "../schema/defaults/defaults.ts";
import { fillStructuralDefaults } from "../schema/defaults/structural.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import type { TemplateObject } from "./body.ts";
import { unknownsOf } from "./body.ts";
import { changesOfDefaults } from "./changes.ts";

/**
 * What the server will fill in that is not sent, predicted without asking it. `schema` is that of a custom resource whose
 * definition is known. Of values that hang on one that is not known yet (the pull policy on the image) nothing is said.
 */
export function predictedDefaults(desired: Desired, sent: TemplateObject, schema: JsonObject | null): FieldChange[] {
  const one = changesOfDefaults(desired, sent, serverForm(sent, schema, "a"));
  if (unknownsOf(sent).length === 0) return one;
  const other = changesOfDefaults(desired, sent, serverForm(sent, schema, "b:1"));
  return one.filter((change) => other.some((same) => isDeepStrictEqual(same, change)));
}

/** The object as the server is expected to keep it; a stand-in takes the place of what is not known. */
function serverForm(sent: Template | TemplateObject, schema: JsonObject | null, standIn: string): JsonObject {
  const copy = withStandIns(sent, standIn) as JsonObject;
  const type = rootType(String(copy["apiVersion"]), String(copy["kind"]));
  if (type !== null) {
    normalize(copy, type, builtinTypes);
    fillDefaults(copy);
  } else if (schema !== null) fillStructuralDefaults(copy, schema);
  return copy;
}

function withStandIns(value: Template | TemplateObject, standIn: string): Json {
  if (value instanceof Unknown) return standIn;
  if (Array.isArray(value)) return value.map((item) => withStandIns(item, standIn));
  if (!isJsonObject(value)) return value as Json;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withStandIns(child, standIn)]));
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
