import { stringify } from "yaml";
import type { Desired, FieldPath, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import { SENSITIVE } from "../model/secrets.ts";

/** Desired objects as a YAML stream (or one JSON array): unknown values marked, secrets only where asked for. */
export function objectStream(
  desired: readonly Desired[],
  options: { readonly secrets: boolean; readonly json: boolean },
): string {
  const objects = desired.map((each) => readable(each, options.secrets));
  if (options.json) return `${JSON.stringify(objects)}\n`;
  return objects.map((object) => `---\n${stringify(object)}`).join("");
}

function readable(desired: Desired, secrets: boolean): unknown {
  const isSecret = desired.id.group === "" && desired.id.kind === "Secret";
  const isPayload = (path: FieldPath): boolean => isSecret && (path[0] === "data" || path[0] === "stringData");
  // The keys of a Secret are shown, as in a plan.
  const hidden = (path: FieldPath): boolean =>
    (isPayload(path) && path.length === 2) || (!isPayload(path) && isMarked(path));
  const isMarked = (path: FieldPath): boolean =>
    desired.sensitive.some((marked) => marked.length === path.length && marked.every((step, i) => step === path[i]));
  const walk = (value: Template, path: FieldPath): unknown => {
    if (value instanceof Unknown)
      return value.sensitive && !secrets ? SENSITIVE : `(known after apply: ${value.expression})`;
    if (!secrets && hidden(path)) return SENSITIVE;
    if (Array.isArray(value)) return value.map((child, index) => walk(child, [...path, index]));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, walk(child, [...path, key])]));
  };
  return walk(desired.object as Template, []);
}
