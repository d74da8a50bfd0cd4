import { isDeepStrictEqual } from "node:util";
import { displayPath } from "../fields/display.ts";
import type { Template } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { normalize } from "../schema/defaults/defaults.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import { diffObjects } from "./diff.ts";

/**
 * Paths at which the server makes something else of a new object than what was sent, and approved: a webhook or an admission
 * plugin changed it. What is only added (defaults, sidecars, labels) is no such change; texts of a Secret are stored as data.
 */
export function changedByServer(body: KubeObject, result: KubeObject): string[] {
  const { stringData: _, ...wanted } = structuredClone(body) as unknown as JsonObject;
  const type = rootType(body.apiVersion, body.kind);
  if (type !== null) normalize(wanted, type, builtinTypes);
  return diffObjects(body.apiVersion, body.kind, wanted, result as unknown as JsonObject)
    .filter(({ before, after }) => !isNothing(before) && !holds(after, before))
    .map(({ path }) => displayPath(path));
}

/** Go leaves these out of its JSON, or writes them for what is not there. */
function isNothing(value: Template | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Whether a list still has all that was sent, in its order, with others among it. */
function holds(after: Template | undefined, before: Template | undefined): boolean {
  if (!Array.isArray(after) || !Array.isArray(before)) return false;
  let at = 0;
  for (const item of after) if (at < before.length && isDeepStrictEqual(item, before[at])) at++;
  return at === before.length;
}
