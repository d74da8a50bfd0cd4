import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { fieldPathOf } from "./decode-object.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { unwrapped } from "./interpolation.ts";
import { durationSeconds, manifestArguments, metaArguments } from "./meta-arguments.ts";
import type { Fail } from "./problems.ts";
import type { ResourceSource } from "./source.ts";

const LIFECYCLE = [
  "create_before_destroy",
  "ignore_changes",
  "postcondition",
  "precondition",
  "prevent_destroy",
  "replace_triggered_by",
];

/**
 * Mistakes in what Terraform itself reads of a resource block, and arguments that say what will not happen: told, because
 * nothing else would notice. `isObject`: it stands for an object of the API, not for a value.
 */
export function checkArguments(resource: ResourceSource, isObject: boolean, fail: Fail): void {
  const { body, type } = resource;
  if (Object.keys(body["provisioner"] ?? {}).length > 0) {
    const message = "provisioners are not run: k8sctl runs no programs for a resource";
    const remedy = "make it a Job, or run the program beside k8sctl";
    fail(new ExpressionError("unsupported-provisioner", message, remedy), ["provisioner"]);
  }
  checkLifecycle(resource, isObject, fail);
  if (!isObject) return;
  checkTimeouts(body["timeouts"], fail);
  if (type === "kubernetes_manifest") checkManifest(resource, fail);
}

function checkLifecycle({ body, type }: ResourceSource, isObject: boolean, fail: Fail): void {
  const lifecycle = single(body["lifecycle"]);
  for (const name of Object.keys(lifecycle)) {
    if (!LIFECYCLE.includes(name)) fail(unknown(name, LIFECYCLE), ["lifecycle", name]);
  }
  if (!isObject) return;
  if (String(lifecycle["create_before_destroy"]) === "true") {
    const message =
      '"create_before_destroy" has no effect where the name stays: two objects cannot have one name at a time';
    fail(new ExpressionError("ignored-field", message), ["lifecycle", "create_before_destroy"]);
  }
  const ignored = lifecycle["ignore_changes"];
  for (const [i, item] of (Array.isArray(ignored) ? ignored : []).entries()) {
    const text = unwrapped(String(item));
    if (text === "all" || fieldPathOf(type, text).length > 0) continue;
    const message = `${JSON.stringify(text)} is no field of ${type}`;
    fail(new ExpressionError("unknown-field", message), ["lifecycle", "ignore_changes", i]);
  }
}

function checkTimeouts(value: Json | undefined, fail: Fail): void {
  const timeouts = single(value);
  for (const [name, text] of Object.entries(timeouts)) {
    if (!["create", "read", "update", "delete"].includes(name)) {
      fail(unknown(name, ["create", "read", "update", "delete"]), ["timeouts", name]);
    } else if (typeof text === "string" && !text.includes("${") && durationSeconds(text) === null) {
      const message = `${JSON.stringify(text)} is no duration such as 10m or 1h30m`;
      fail(new ExpressionError("wrong-type", message), ["timeouts", name]);
    }
  }
}

function checkManifest({ body }: ResourceSource, fail: Fail): void {
  for (const name of Object.keys(body)) {
    if (!manifestArguments.includes(name) && !metaArguments.has(name)) fail(unknown(name, manifestArguments), [name]);
  }
  if (single(body["field_manager"])["name"] === undefined) return;
  const message = '"field_manager.name" has no effect: the fields of a project have one manager, k8sctl:<project>';
  fail(new ExpressionError("ignored-field", message), ["field_manager", "name"]);
}

function unknown(name: string, known: readonly string[]): ExpressionError {
  const remedy = didYouMean(name, known) ?? `it takes ${known.join(", ")}`;
  return new ExpressionError("unknown-field", `argument "${name}" is not known`, remedy);
}

function single(value: Json | undefined): { readonly [name: string]: Json } {
  const one = Array.isArray(value) ? value[0] : value;
  return isJsonObject(one) ? one : {};
}
