import { isDeepStrictEqual } from "node:util";
import { isJsonObject } from "../../model/json.ts";
import type { KubeObject } from "../../model/objects.ts";

/**
 * Whether an object that is there says everything that was sent: the write was carried out, by us or by somebody who
 * wanted the same. The version that was sent as precondition is not part of it; the server adds fields of its own.
 */
export function isCarriedOut(sent: KubeObject, there: KubeObject): boolean {
  const { resourceVersion: _, managedFields: __, ...metadata } = sent.metadata;
  return isWithin({ ...sent, metadata }, there);
}

function isWithin(part: unknown, whole: unknown): boolean {
  if (!isJsonObject(part) || !isJsonObject(whole)) return isDeepStrictEqual(part, whole);
  return Object.entries(part).every(([name, value]) => value === undefined || isWithin(value, whole[name]));
}
