import type { FieldPath, Lifecycle } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { rulesOf } from "./conditions.ts";
import { fieldFor, structOf } from "./fields.ts";
import { unwrapped } from "./interpolation.ts";

/** Arguments that Terraform itself reads. */
export const metaArguments: ReadonlySet<string> = new Set([
  "//",
  "connection",
  "count",
  "depends_on",
  "for_each",
  "lifecycle",
  "provider",
  "provisioner",
]);

/** Arguments of `kubernetes_manifest` beside the manifest itself. */
export const manifestArguments = [
  "manifest",
  "object",
  "computed_fields",
  "field_manager",
  "timeouts",
  "wait",
  "wait_for",
];

/** Attributes of the provider's resources that tell it how to wait; the API never sees them. */
const waitAttributes: ReadonlySet<string> = new Set([
  "wait_for_rollout",
  "wait_for_completion",
  "wait_for_load_balancer",
  "wait_until_bound",
  "wait_until_scheduled",
  "wait_for_default_service_account",
  "wait_for_service_account_token",
]);

/** Whether the body says that nobody is to wait: `wait_for_rollout = false` and its kind. */
export function skipsWait(body: JsonObject): boolean {
  return [...waitAttributes].some((name) => body[name] === false || body[name] === "false");
}

export function isWaitAttribute(name: string): boolean {
  return name === "timeouts" || waitAttributes.has(name);
}

const unitSeconds: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
  us: 0.000001,
  ns: 0.000000001,
};

/** Go's duration text, `1h30m`; null where it is none. */
export function durationSeconds(text: string): number | null {
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|ns))+$/.test(text)) return null;
  let sum = 0;
  for (const [, amount, , unit] of text.matchAll(/(\d+(\.\d+)?)(h|ms|m|s|us|ns)/g)) {
    sum += Number(amount) * (unitSeconds[unit ?? ""] ?? 0);
  }
  return sum;
}

/** `depends_on` as addresses without instances. */
export function dependsOnOf(body: JsonObject): string[] {
  const texts = Array.isArray(body["depends_on"]) ? body["depends_on"] : [];
  return texts.map((text) => unwrapped(String(text)).replace(/\[.*$/, ""));
}

/** `lifecycle` of a resource body; `struct` is the type of its object, null for a manifest. */
export function lifecycleOf(body: JsonObject, struct: string | null): Lifecycle {
  const lifecycle = isJsonObject(body["lifecycle"]) ? body["lifecycle"] : {};
  const ignored = lifecycle["ignore_changes"];
  return {
    preventDestroy: lifecycle["prevent_destroy"] === true,
    createBeforeDestroy: lifecycle["create_before_destroy"] === true,
    ignoreChanges:
      ignored === "all"
        ? "all"
        : (Array.isArray(ignored) ? ignored : [])
            .map((text: Json) => (text === "all" ? null : ignoredPath(String(text), struct)))
            .filter((path) => path !== null),
  };
}

/** `replace_triggered_by` as it is written: the address, the instance where one is named, and the attribute's path. */
export function triggersOf(body: JsonObject): { address: string; instance: string | null; attribute: string }[] {
  const lifecycle = isJsonObject(body["lifecycle"]) ? body["lifecycle"] : {};
  const texts = lifecycle["replace_triggered_by"];
  return (Array.isArray(texts) ? texts : []).map((text) => {
    const inner = unwrapped(String(text));
    const [, address = inner, index = "", attribute = ""] =
      /^(\w+\.[\w-]+)(\[(?:"[^"]*"|\d+)\])?(?:\.(.+))?$/s.exec(inner) ?? [];
    return { address, instance: index === "" ? null : `${address}${index}`, attribute };
  });
}

/** Conditions of a resource: `precondition` before it is applied, `postcondition` once it is ready. */
export function conditionsOf(body: JsonObject, when: "before" | "after"): JsonObject[] {
  const lifecycle = isJsonObject(body["lifecycle"]) ? body["lifecycle"] : {};
  return rulesOf(lifecycle[when === "before" ? "precondition" : "postcondition"]);
}

/** `spec[0].template[0].metadata[0].annotations["x"]` as a path into the object; null where no field is meant. */
export function ignoredPath(text: string, struct: string | null): FieldPath | null {
  const steps = [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[\]]+)/g)].map(([, quoted, index, name]) =>
    index !== undefined ? Number(index) : (quoted ?? (/^\d+$/.test(name ?? "") ? Number(name) : (name ?? ""))),
  );
  if (struct === null) return steps[0] === "manifest" || steps[0] === "object" ? steps.slice(1) : steps;
  const path: (string | number)[] = [];
  let at: { type: string; ref?: string; items?: unknown } | null = { type: "struct", ref: struct };
  for (const step of steps) {
    if (at?.type === "struct" && typeof step === "string") {
      const type = structOf(at.ref ?? "");
      const target = type === null ? null : fieldFor(type, step);
      if (target === null || target.type === "ignore") return null;
      if (target.type === "flatten") continue;
      path.push(target.name);
      at = target.spec.type as { type: string; ref?: string; items?: unknown };
    } else if (at?.type === "list" && typeof step === "number") {
      path.push(step);
      at = at.items as { type: string; ref?: string };
    } else if (at?.type === "struct" || at?.type === "scalar") {
      // Index 0 of a single block is the block.
    } else path.push(step);
  }
  return path;
}
