import { type FieldPath, type Template, Unknown } from "../model/desired.ts";
import { define } from "./expression/own-property.ts";
import { isList, isObject, Sensitive, type Value } from "./expression/value.ts";
import type { Tree } from "./tree.ts";

/** Values as they are: API names already (a manifest, a CRD's schema). Nulls are left out, as the provider does. */
export function untyped(value: Value, path: FieldPath, sensitive: FieldPath[]): Template | undefined {
  if (value === null) return undefined;
  if (value instanceof Sensitive) {
    sensitive.push(path);
    return untyped(value.value, path, sensitive);
  }
  if (value instanceof Unknown) {
    if (value.sensitive) sensitive.push(path);
    return value;
  }
  if (isList(value)) {
    const known = value.filter((item) => item !== null);
    return known.map((item, i) => untyped(item, [...path, i], sensitive) ?? null);
  }
  if (!isObject(value)) return value;
  const out: Tree = {};
  for (const [key, child] of Object.entries(value)) {
    const mapped = untyped(child, [...path, key], sensitive);
    if (mapped === undefined) continue;
    define<Template>(out, key, mapped);
  }
  return out;
}
