import type { FieldPath, Template } from "../model/desired.ts";

/** A step into an object that names list elements by what identifies them, not by where they stand. */
export type DiffStep =
  | { readonly field: string }
  | { readonly keys: { readonly [key: string]: Template } }
  | { readonly value: Template }
  | { readonly index: number };

/** `spec.template.spec.containers[web].ports[80/TCP].name`, `metadata.labels["app.kubernetes.io/name"]`. */
export function displayPath(path: readonly DiffStep[]): string {
  let text = "";
  for (const step of path) {
    if ("field" in step) {
      if (/^[A-Za-z_][\w-]*$/.test(step.field)) text += text === "" ? step.field : `.${step.field}`;
      else text += `[${JSON.stringify(step.field)}]`;
    } else if ("keys" in step) text += `[${Object.values(step.keys).map(String).join("/")}]`;
    else if ("value" in step) text += `[${typeof step.value === "string" ? step.value : JSON.stringify(step.value)}]`;
    else text += `[${step.index}]`;
  }
  return text;
}

/**
 * Whether a difference lies at, below or above a path with list indexes, seen in the object `tree` that the indexes
 * count in. Above counts too: a list that is shown whole shows the marked value inside.
 */
export function touches(path: readonly DiffStep[], marked: FieldPath, tree: Template): boolean {
  let at: Template | undefined = tree;
  for (const [depth, step] of path.entries()) {
    const want = marked[depth];
    if (want === undefined) return true;
    if (!stepMatches(step, want, at)) return false;
    at =
      at !== null && typeof at === "object" ? (at as Record<string | number, Template | undefined>)[want] : undefined;
  }
  return true;
}

function stepMatches(step: DiffStep, want: string | number, at: Template | undefined): boolean {
  if ("field" in step) return step.field === want;
  if ("index" in step) return step.index === want;
  const element = Array.isArray(at) ? at[Number(want)] : undefined;
  if (element === undefined) return false;
  if ("value" in step) return element === step.value;
  const fields = element as { [key: string]: Template };
  return Object.entries(step.keys).every(
    ([key, value]) => (fields[key] ?? (key === "protocol" ? "TCP" : undefined)) === value,
  );
}
