import { numberText } from "../decimals.ts";
import { byCodePoint } from "../sets.ts";
import type { Plain } from "../value.ts";
import { toPlainObject } from "../value.ts";

/** As Go's encoding/json writes it: keys sorted, <, >, & and the line separators escaped, numbers without exponents. */
export function json(value: Plain): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return jsonText(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${(value as readonly Plain[]).map(json).join(",")}]`;
  const object = toPlainObject(value);
  const entries = Object.keys(object)
    .sort(byCodePoint)
    .map((key) => `${jsonText(key)}:${json(object[key] ?? null)}`);
  return `{${entries.join(",")}}`;
}

function jsonText(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
