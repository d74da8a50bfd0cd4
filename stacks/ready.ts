import type { TerraformElement } from "cdktf";

/**
 * When one of your own objects counts as ready, and how long to wait for it, beside the construct:
 *
 *     const cache = new Manifest(this, "cache", { manifest: { apiVersion: "cache.example.com/v1", kind: "Cache", ... } });
 *     readyWhen(cache, all(condition("Synced"), field("status.shards").atLeast(3)));
 *     waitFor(cache, { timeout: "5m" });
 *
 * k8sctl reads it from a comment in the synthesized JSON; Terraform and OpenTofu pass over comments.
 */
export type ReadyCondition = { readonly type: string };

type Value = string | number | boolean | null;

/** A condition of `status.conditions` for the object's current generation. */
export function condition(name: string, status: "True" | "False" | "Unknown" = "True"): ReadyCondition {
  return is({ type: "condition", name, status });
}

/** A field by its path: `status.phase`, `status.hosts[0].name`, `metadata.annotations["example.com/ready"]`. */
export function field(path: string): {
  equals(value: Value): ReadyCondition;
  /** Anywhere in the value's text. */
  matches(pattern: RegExp): ReadyCondition;
  atLeast(value: number): ReadyCondition;
  exists(): ReadyCondition;
  /** The same value as another field: `field("status.replicas").sameAs("spec.replicas")`. */
  sameAs(path: string): ReadyCondition;
} {
  if (!/^(metadata|spec|status|data)\b/.test(path)) {
    throw new Error(`field ${JSON.stringify(path)}: a path begins with metadata, spec, status or data`);
  }
  return {
    equals: (value) => is({ type: "equals", path, value }),
    matches: (pattern) => {
      if (pattern.flags !== "") throw new Error(`field ${path}: the pattern ${String(pattern)} must not have flags`);
      return is({ type: "matches", path, pattern: pattern.source });
    },
    atLeast: (value) => is({ type: "at-least", path, value }),
    exists: () => is({ type: "exists", path }),
    sameAs: (as) => is({ type: "same", path, as }),
  };
}

export function all(...of: readonly [ReadyCondition, ...ReadyCondition[]]): ReadyCondition {
  return is({ type: "all", of });
}

export function any(...of: readonly [ReadyCondition, ...ReadyCondition[]]): ReadyCondition {
  return is({ type: "any", of });
}

/** The object is ready when this holds, whatever its kind's own rule says; failures are still seen early. */
export function readyWhen(resource: TerraformElement, wanted: ReadyCondition): void {
  resource.addOverride("//.k8sctl.readyWhen", wanted);
}

/** How long to wait for the object (`90s`, `10m`, `1h30m`), or not at all. */
export function waitFor(
  resource: TerraformElement,
  options: { readonly timeout?: string; readonly skip?: boolean },
): void {
  const { timeout, skip } = options;
  if (timeout !== undefined && !/^(\d+(\.\d+)?(h|ms|m|s))+$/.test(timeout)) {
    throw new Error(`waitFor: timeout ${JSON.stringify(timeout)} is no duration such as 90s, 10m or 1h30m`);
  }
  if (timeout !== undefined) resource.addOverride("//.k8sctl.timeout", timeout);
  if (skip !== undefined) resource.addOverride("//.k8sctl.skip", skip);
}

function is(wanted: ReadyCondition & { readonly [key: string]: unknown }): ReadyCondition {
  return wanted;
}
