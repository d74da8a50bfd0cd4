import type { Desired, FieldPath, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { PART_OF_LABEL } from "./applyset.ts";

export type TemplateObject = { [key: string]: Template };

/**
 * What will be sent for a desired object: its fields, the membership label (not with a part: its object is somebody
 * else's), and live values in place of fields that
 * are left to others (`ignore_changes`, replicas under an autoscaler). Never modifies its input.
 */
export function bodyOf(
  desired: Desired,
  live: KubeObject | null,
  applySetId: string,
  autoscaled: boolean,
): TemplateObject {
  const body = copyTemplate(desired.object) as TemplateObject;
  const metadata = body["metadata"] as TemplateObject;
  if (desired.id.part === undefined)
    metadata["labels"] = { ...(metadata["labels"] as TemplateObject | undefined), [PART_OF_LABEL]: applySetId };
  leaveRules(body, desired.id.kind);
  if (live === null) return body;
  const ignored = desired.lifecycle.ignoreChanges;
  if (ignored === "all") {
    for (const key of Object.keys(body)) if (key !== "metadata") takeLive(body, live, [key]);
    const { labels, annotations } = live.metadata;
    metadata["labels"] = { ...labels, [PART_OF_LABEL]: applySetId };
    if (metadata["annotations"] !== undefined) metadata["annotations"] = { ...annotations };
    return body;
  }
  for (const path of ignored) takeLive(body, live, path);
  if (autoscaled) yieldReplicas(body, live);
  return body;
}

/**
 * The rules of a ClusterRole that gathers those of others are its controller's (Kubernetes, "Using RBAC Authorization",
 * aggregated ClusterRoles): the provider's empty list would take them away again with each apply.
 */
function leaveRules(body: TemplateObject, kind: string): void {
  if (kind !== "ClusterRole" || (body["aggregationRule"] ?? null) === null) return;
  const rules = body["rules"];
  if (Array.isArray(rules) && rules.length === 0) delete body["rules"];
}

/**
 * Leaves replicas to an autoscaler. Who owns them alone must go on sending them, or the server would set its default of
 * one (Kubernetes, "Server-Side Apply", transferring ownership); once the autoscaler has written, they are its own.
 */
export function yieldReplicas(body: TemplateObject, live: KubeObject): void {
  const theirs = (live.metadata.managedFields ?? []).some(
    ({ manager, subresource, fieldsV1 }) =>
      (subresource === "scale" || manager === "kube-controller-manager") &&
      isJsonObject(fieldsV1?.["f:spec"]) &&
      fieldsV1["f:spec"]["f:replicas"] !== undefined,
  );
  if (theirs) removeAt(body, ["spec", "replicas"]);
  else takeLive(body, live, ["spec", "replicas"]);
}

function takeLive(body: TemplateObject, live: KubeObject, path: FieldPath): void {
  const value = valueAt(live as unknown as Template, path);
  if (value === undefined) removeAt(body, path);
  else writeAt(body, path, value);
}

export function valueAt(value: Template | undefined, path: FieldPath): Template | undefined {
  let at: Template | undefined = value;
  for (const step of path) {
    if (at === null || typeof at !== "object" || at instanceof Unknown) return undefined;
    at = (at as Record<string | number, Template | undefined>)[step];
  }
  return at;
}

export function writeAt(body: TemplateObject, path: FieldPath, value: Template): void {
  const parent = valueAt(body, path.slice(0, -1));
  const last = path.at(-1);
  if (parent === null || typeof parent !== "object" || parent instanceof Unknown || last === undefined) return;
  (parent as Record<string | number, Template>)[last] = copyTemplate(value);
}

export function removeAt(body: TemplateObject, path: FieldPath): void {
  const parent = valueAt(body, path.slice(0, -1));
  const last = path.at(-1);
  if (parent === null || typeof parent !== "object" || parent instanceof Unknown || last === undefined) return;
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else delete (parent as TemplateObject)[last];
}

/** Like structuredClone, but `Unknown` leaves keep their class. */
function copyTemplate(value: Template | { readonly [key: string]: Template }): Template {
  if (value === null || typeof value !== "object" || value instanceof Unknown) return value as Template;
  if (Array.isArray(value)) return value.map(copyTemplate);
  const out: TemplateObject = {};
  for (const [key, child] of Object.entries(value)) out[key] = copyTemplate(child);
  return out;
}

/** Where unknown values stand in a template, in document order. */
export function unknownsOf(value: Template | { readonly [key: string]: Template }): {
  path: FieldPath;
  unknown: Unknown;
}[] {
  const found: { path: FieldPath; unknown: Unknown }[] = [];
  const walk = (at: Template, path: FieldPath): void => {
    if (at instanceof Unknown) found.push({ path, unknown: at });
    else if (Array.isArray(at)) for (const [index, child] of at.entries()) walk(child, [...path, index]);
    else if (at !== null && typeof at === "object") {
      for (const [key, child] of Object.entries(at)) walk(child, [...path, key]);
    }
  };
  walk(value as Template, []);
  return found;
}

export function hasUnknowns(value: Template | { readonly [key: string]: Template }): boolean {
  if (value instanceof Unknown) return true;
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(hasUnknowns);
}

/**
 * A body that the server can be asked about although some values are not known: each unknown takes the live value of
 * its place, or is left out where there is none. For dry runs only; never sent for real.
 */
export function askableBody(body: TemplateObject, live: KubeObject | null): KubeObject {
  const copy = copyTemplate(body) as TemplateObject;
  for (const { path } of unknownsOf(body).reverse()) {
    const value = live === null ? undefined : valueAt(live as unknown as Template, path);
    if (value === undefined) removeAt(copy, path);
    else writeAt(copy, path, value);
  }
  return copy as unknown as KubeObject;
}
