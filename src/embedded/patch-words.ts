import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { invalid, invalidValue, type Refusal } from "./failures.ts";

/** A patch that made something of the object which its type cannot hold: 422, with what it made in the message. */
export function unfitPatch(shown: string, why: string): Refusal {
  return invalid({ group: "", kind: "" }, "", [invalidValue("patch", JSON.stringify(shown), why)]);
}

/** `map[spec:map[replicas:2]]`: as Go prints a decoded patch. */
export function goMap(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(goMap).join(" ")}]`;
  if (!isJsonObject(value)) return value === null ? "<nil>" : String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${goMap(item)}`).join(" ")}]`;
}

/** Fields of metadata in the order of Go's struct. */
const metadataOrder =
  "name generateName namespace uid resourceVersion generation creationTimestamp deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields".split(
    " ",
  );

/** The object that a merge or JSON patch made, as text: keys are sorted where the patch went through. */
export function patchedText(patched: JsonObject, patch: Json): string {
  const { metadata } = patched;
  const given = isJsonObject(metadata) ? metadata : {};
  const known = metadataOrder.filter((field) => given[field] !== undefined).map((field) => [field, given[field]]);
  const others = Object.entries(given).filter(([field]) => !metadataOrder.includes(field));
  const ordered = { ...patched, metadata: Object.fromEntries([...known, ...others]) };
  return JSON.stringify(sortedAlong(ordered, patch));
}

function sortedAlong(value: Json, patch: Json | undefined): Json {
  if (!isJsonObject(value) || !isJsonObject(patch)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortedAlong(item, patch[key])]));
}
