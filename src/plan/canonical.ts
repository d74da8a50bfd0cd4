import { Unknown } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";

/** JSON with sorted keys; an unknown value counts by its expression. */
export function canonical(value: unknown): string {
  if (value instanceof Unknown) return `unknown(${JSON.stringify(value.expression)})`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value) ?? "null";
  const members: string[] = [];
  for (const name of Object.keys(value).sort()) {
    const each = value[name];
    if (each !== undefined) members.push(`${JSON.stringify(name)}:${canonical(each)}`);
  }
  return `{${members.join(",")}}`;
}
