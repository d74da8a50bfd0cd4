import type { Json } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";

const step = /\.([^.[\]]+)|\[(\d+)\]|\['([^']*)'\]|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]/gy;

/**
 * First value at a JSON path as printer columns use it: `.status.conditions[?(@.type=="Ready")].status`, `.spec.list[0]`,
 * `.metadata.labels['a.b/c']`. Undefined where nothing is there, or for a path of another form.
 */
export function valueAtPath(value: unknown, path: string): Json | undefined {
  let current = value as Json | undefined;
  // In a name, a dot can be escaped; it is put back when the step is taken.
  const text = path.replace(/^\$|^\{|\}$/g, "").replaceAll("\\.", "\u0000");
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const found = step.exec(text);
    if (found === null) return undefined;
    const [, name, index, quoted, filter, wanted] = found;
    if (index !== undefined) current = Array.isArray(current) ? current[Number(index)] : undefined;
    else if (filter !== undefined) {
      const items = Array.isArray(current) ? current : [];
      current = items.find((item) => String(valueBelow(item, filter.split("."))) === wanted);
    } else current = valueBelow(current, [(name ?? quoted ?? "").replaceAll("\u0000", ".")]);
  }
  return current;
}

function valueBelow(value: Json | undefined, names: readonly string[]): Json | undefined {
  return names.reduce<Json | undefined>(
    (current, name) => (isJsonObject(current) && Object.hasOwn(current, name) ? current[name] : undefined),
    value,
  );
}
