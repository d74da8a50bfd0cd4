import type { Json } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { at, listAt } from "../../model/read-field.ts";

/** As Go's encoding/json writes a value into a message: what could be HTML is escaped. */
export function goJson(value: Json | undefined): string {
  return JSON.stringify(value ?? null).replaceAll(/[<>&]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`);
}

/** A map's keys are sorted. */
export function goLabels(labels: unknown): string {
  if (!isJsonObject(labels)) return "null";
  return goJson(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))));
}

export function goSelector(selector: unknown): string {
  const labels = at(selector, "matchLabels");
  const parts = [
    ...(isJsonObject(labels) && Object.keys(labels).length > 0 ? [`"matchLabels":${goLabels(labels)}`] : []),
    ...(listAt(selector, "matchExpressions").length > 0
      ? [`"matchExpressions":${goJson(listAt(selector, "matchExpressions").map(requirement))}`]
      : []),
  ];
  return `{${parts.join(",")}}`;
}

/** In the order of Go's struct. */
function requirement(given: Json): Json {
  const { key, operator, values } = isJsonObject(given) ? given : {};
  return { key: key ?? "", operator: operator ?? "", ...(values === undefined ? {} : { values }) };
}
