import type { WaitPolicy } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { type ReadyCondition, readReadyCondition } from "../model/ready-condition.ts";
import { durationSeconds, skipsWait } from "./meta-arguments.ts";

/**
 * How to wait for a resource, by what stands nearest to it: k8sctl/stacks/ready's `readyWhen` and `waitFor`, the
 * provider's `wait` of a manifest, `wait_for_rollout = false` and its kind, and the longest of the `timeouts` that
 * concern an apply. `refuse` hears of what cannot be read.
 */
export function waitPolicyOf(body: JsonObject, refuse: (message: string, path: string) => void): WaitPolicy {
  const comment = isJsonObject(body["//"]) ? body["//"] : {};
  const own = isJsonObject(comment["k8sctl"]) ? comment["k8sctl"] : {};
  const readyWhen = own["readyWhen"] === undefined ? manifestWait(body, refuse) : readReadyCondition(own["readyWhen"]);
  if (readyWhen === null) refuse("readyWhen is no condition of k8sctl/stacks/ready", "//");
  const timeout = typeof own["timeout"] === "string" ? durationSeconds(own["timeout"]) : null;
  return {
    skip: typeof own["skip"] === "boolean" ? own["skip"] : skipsWait(body),
    timeoutSeconds: timeout ?? timeoutsOf(body),
    ...(readyWhen ? { readyWhen } : {}),
  };
}

function timeoutsOf(body: JsonObject): number | null {
  const timeouts = blockOf(body["timeouts"]);
  const seconds = [timeouts["create"], timeouts["update"]]
    .map((text) => (typeof text === "string" ? durationSeconds(text) : null))
    .filter((s) => s !== null);
  return seconds.length === 0 ? null : Math.max(...seconds);
}

/**
 * `wait` of kubernetes_manifest (and `wait_for`, its older form): `fields` are patterns of which `*` stands for any
 * value, `condition` blocks name conditions; `rollout` is what k8sctl does of itself. undefined: nothing is asked for.
 */
function manifestWait(
  body: JsonObject,
  refuse: (message: string, path: string) => void,
): ReadyCondition | null | undefined {
  const wait = blockOf(body["wait"] ?? body["wait_for"]);
  const fields = isJsonObject(wait["fields"]) ? Object.entries(wait["fields"]) : [];
  const conditions = listOf(wait["condition"]).filter(isJsonObject);
  const wanted: ReadyCondition[] = [];
  for (const [path, pattern] of fields) {
    const found = readReadyCondition(
      pattern === "*" ? { type: "exists", path } : { type: "matches", path, pattern: String(pattern) },
    );
    if (found === null) refuse(`${JSON.stringify(pattern)} is no pattern for ${path}`, "wait");
    else wanted.push(found);
  }
  for (const { type, status } of conditions) {
    if (typeof type === "string") wanted.push({ type: "condition", name: type, status: String(status ?? "True") });
  }
  return wanted.length === 0 ? undefined : { type: "all", of: wanted };
}

/** A block is an object, or a list that holds one. */
function blockOf(value: Json | undefined): JsonObject {
  const [first] = listOf(value);
  return isJsonObject(first) ? first : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value];
}
