import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "../../src/model/json.ts";

const uid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;

/** An object without what any two servers choose otherwise: uids, versions, times, addresses and ports. */
export function normal(value: Json, key = ""): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, key));
    // Entries of one second stand in the order of their names, others in that of their times.
    return key === "managedFields" ? items.sort((a, b) => (entryKey(a) < entryKey(b) ? -1 : 1)) : items;
  }
  if (isJsonObject(value)) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, normal(v, k)]));
  if (key === "resourceVersion" && value !== "") return "(version)";
  if (key === "nodePort" || key === "healthCheckNodePort") return "(port)";
  if (typeof value !== "string") return value;
  return value
    .replaceAll(uid, "(uid)")
    .replaceAll(time, "(time)")
    .replaceAll(/10\.96\.(?!0\.0\b)\d+\.\d+/g, "(address)");
}

function entryKey(entry: Json): string {
  if (!isJsonObject(entry)) return "";
  return JSON.stringify([entry["manager"], entry["operation"], entry["apiVersion"], entry["subresource"]]);
}

/** What differs between two values, a line each: path, the real server's, the embedded one's. */
export function differences(real: Json | undefined, embedded: Json | undefined, path = ""): string[] {
  if (isDeepStrictEqual(real, embedded)) return [];
  if (isJsonObject(real) && isJsonObject(embedded)) {
    const keys = [...new Set([...Object.keys(real), ...Object.keys(embedded)])];
    return keys.flatMap((key) => differences(real[key], embedded[key], `${path}.${key}`));
  }
  if (Array.isArray(real) && Array.isArray(embedded) && real.length === embedded.length)
    return real.flatMap((item, index) => differences(item, embedded[index], `${path}[${index}]`));
  return [`${path}: ${JSON.stringify(real)} → ${JSON.stringify(embedded)}`];
}

/** What an error says to a program: reason, and per cause its kind and field. Words are compared elsewhere. */
export function refusal(body: unknown): JsonObject {
  if (!isJsonObject(body)) return {};
  const details = isJsonObject(body["details"]) ? body["details"] : {};
  const causes = Array.isArray(details["causes"]) ? details["causes"].filter(isJsonObject) : [];
  const lines = causes.map((cause) => `${String(cause["reason"])} ${String(cause["field"])}`).sort();
  // Layers of the real server check the same thing one after the other: how often a cause is told says nothing.
  return { reason: body["reason"] ?? null, causes: [...new Set(lines)] };
}
