import type { Json } from "./json.ts";

/**
 * What must hold of an object before it counts as ready, written beside it in the code (k8sctl/stacks/ready) and carried
 * to here as JSON. Paths are as in `status.conditions[0].type`; a key with dots stands in `["..."]`.
 */
export type ReadyCondition =
  | { readonly type: "condition"; readonly name: string; readonly status: string }
  | { readonly type: "equals"; readonly path: string; readonly value: Json }
  /** Anywhere in the value's text, as in Terraform's `wait.fields`. */
  | { readonly type: "matches"; readonly path: string; readonly pattern: string }
  | { readonly type: "at-least"; readonly path: string; readonly value: number }
  | { readonly type: "exists"; readonly path: string }
  | { readonly type: "same"; readonly path: string; readonly as: string }
  | { readonly type: "all"; readonly of: readonly ReadyCondition[] }
  | { readonly type: "any"; readonly of: readonly ReadyCondition[] };

/** Reads what a stack's JSON holds; null where it is no condition. */
export function readReadyCondition(value: unknown): ReadyCondition | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const { type, name, status, path, as, pattern, of, value: wanted } = value as Record<string, unknown>;
  const text = (each: unknown): each is string => typeof each === "string" && each !== "";
  switch (type) {
    case "condition":
      return text(name) && text(status) ? { type, name, status } : null;
    case "equals":
      return text(path) && wanted !== undefined ? { type, path, value: wanted as Json } : null;
    case "matches":
      return text(path) && typeof pattern === "string" && isPattern(pattern) ? { type, path, pattern } : null;
    case "at-least":
      return text(path) && typeof wanted === "number" ? { type, path, value: wanted } : null;
    case "exists":
      return text(path) ? { type, path } : null;
    case "same":
      return text(path) && text(as) ? { type, path, as } : null;
    case "all":
    case "any": {
      const parts = Array.isArray(of) ? of.map(readReadyCondition) : [];
      return parts.length === 0 || parts.includes(null) ? null : { type, of: parts as ReadyCondition[] };
    }
    default:
      return null;
  }
}

function isPattern(text: string): boolean {
  try {
    new RegExp(text);
    return true;
  } catch {
    return false;
  }
}
