import { isJsonObject } from "../../model/json.ts";
import { at, listAt } from "../../model/read-field.ts";

/** `map[string]string{"a":"b"}`: a map as Go prints it in messages. */
export function goLabels(labels: unknown): string {
  if (!isJsonObject(labels)) return "map[string]string(nil)";
  const entries = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[string]string{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(", ")}}`;
}

export function goSelector(selector: unknown): string {
  const expressions = listAt(selector, "matchExpressions");
  const shown =
    expressions.length === 0
      ? "[]v1.LabelSelectorRequirement(nil)"
      : `[]v1.LabelSelectorRequirement(${expressions.length})`;
  return `v1.LabelSelector{MatchLabels:${goLabels(at(selector, "matchLabels"))}, MatchExpressions:${shown}}`;
}
