import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { FieldType, TypeResolver } from "../schema/types.ts";
import { Refusal } from "./failures.ts";
import { goMap } from "./patch-words.ts";

/**
 * Strategic merge patch: like a merge patch, but lists with merge keys are merged by element (API conventions,
 * "strategic merge patch"). The keys are those of server-side apply; where a list has several, the strategic key is the
 * first one (ports merge by containerPort or port alone).
 */
export function strategicMerge(target: Json | undefined, patch: Json, type: FieldType, types: TypeResolver): Json {
  if (Array.isArray(patch)) return mergeList(target, patch, type, types, null);
  if (!isJsonObject(patch)) return patch;
  if (patch["$patch"] === "replace") return without(patch, "$patch");
  if (patch["$patch"] === "delete") return {};
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  const retained = patch["$retainKeys"];
  if (Array.isArray(retained)) for (const key of Object.keys(result)) if (!retained.includes(key)) delete result[key];
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith("$setElementOrder/") || key === "$retainKeys") continue;
    if (key.startsWith("$deleteFromPrimitiveList/")) {
      const list = key.slice("$deleteFromPrimitiveList/".length);
      const gone = Array.isArray(value) ? value : [];
      const found = result[list];
      if (Array.isArray(found)) result[list] = found.filter((item) => !gone.some((g) => isDeepStrictEqual(g, item)));
      continue;
    }
    const field = memberType(type, key, types);
    if (value === null) delete result[key];
    else if (Array.isArray(value)) result[key] = mergeList(result[key], value, field, types, orderOf(patch, key));
    else result[key] = strategicMerge(result[key], value, field, types);
  }
  return result;
}

function orderOf(patch: JsonObject, key: string): Json[] | null {
  const order = patch[`$setElementOrder/${key}`];
  return Array.isArray(order) ? order : null;
}

function memberType(type: FieldType, key: string, types: TypeResolver): FieldType {
  if (type.type === "map") return type.values;
  const struct = type.type === "struct" ? types.structType(type.ref) : null;
  return struct?.fields[key]?.type ?? struct?.rest ?? { type: "untyped" };
}

function mergeList(
  target: Json | undefined,
  patch: readonly Json[],
  type: FieldType,
  types: TypeResolver,
  order: readonly Json[] | null,
): Json {
  if (type.type !== "list" || type.list.type === "atomic") return [...patch];
  // Where there is no list yet the patch's is taken as it stands: elements of one key are not merged with each other.
  if (!Array.isArray(target)) {
    const said = patch.filter((item) => !isJsonObject(item) || item["$patch"] === undefined);
    return said.map((item) => (isJsonObject(item) ? strategicMerge(undefined, item, type.items, types) : item));
  }
  const old = target;
  if (type.list.type === "set") {
    const given = [...new Set(patch)];
    const others = old.filter((item) => !given.includes(item));
    return interleave(others, given, (item) => old.indexOf(item));
  }
  const key = type.list.keys[0]!;
  const keyOf = (item: Json): Json | undefined => (isJsonObject(item) ? item[key] : undefined);
  if (patch.some((item) => isJsonObject(item) && item["$patch"] === "replace"))
    return patch.filter((item) => !(isJsonObject(item) && item["$patch"] === "replace"));
  const result = [...old];
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    if (item[key] === undefined) {
      const why = `map: ${goMap(item)} does not contain declared merge key: ${key}`;
      throw new Refusal(500, "", why);
    }
    const index = result.findIndex((o) => keyOf(o) !== undefined && keyOf(o) === item[key]);
    if (item["$patch"] === "delete") {
      if (index >= 0) result.splice(index, 1);
    } else if (index < 0) result.push(strategicMerge(undefined, item, type.items, types));
    else result[index] = strategicMerge(result[index], item, type.items, types);
  }
  const wanted = (order ?? patch).map(keyOf);
  const named = result.filter((item) => wanted.includes(keyOf(item)));
  named.sort((a, b) => wanted.indexOf(keyOf(a)) - wanted.indexOf(keyOf(b)));
  const livePlace = (item: Json): number => old.findIndex((o) => keyOf(o) === keyOf(item));
  // Elements that share a key (a port by TCP and by UDP) come to stand together, where the first of them stood.
  const others = result.filter((item) => !wanted.includes(keyOf(item)));
  others.sort((a, b) => livePlace(a) - livePlace(b));
  return interleave(others, named, livePlace);
}

/** Elements that the patch names come first, except behind those that live stood before them. */
function interleave(others: Json[], named: Json[], livePlace: (item: Json) => number): Json[] {
  const merged: Json[] = [];
  while (others.length > 0 && named.length > 0) {
    const [other, next] = [livePlace(others[0]!), livePlace(named[0]!)];
    merged.push(next >= 0 && other < next ? others.shift()! : named.shift()!);
  }
  return [...merged, ...others, ...named];
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _, ...rest } = object;
  return rest;
}
