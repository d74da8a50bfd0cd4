import { Unknown } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";

/** JSON with sorted keys; an unknown value counts by its expression. */
export function canonical(value: unknown): string {
  if (value instanceof Unknown) return `unknown(${JSON.stringify(value.expression)})`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? "null";
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
    .join(",")}}`;
}
