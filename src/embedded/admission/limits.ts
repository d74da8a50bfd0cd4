import type { Json, JsonObject } from "../../model/json.ts";
import { asJson, type KubeObject } from "../../model/objects.ts";
import { listAt, objectAt, textAt } from "../../model/read-field.ts";
import { child, each, existing } from "../../schema/defaults/missing.ts";
import type { Cluster } from "../call.ts";
import { quantity } from "../controllers/quantity.ts";
import { forbidden } from "../failures.ts";

function limitsOf(cluster: Cluster, namespace: string, kind: string): Json[] {
  const type = cluster.catalog.find("", "v1", "limitranges")!;
  return cluster.store
    .list(type, namespace)
    .flatMap((range) => listAt(range, "spec", "limits").filter((limit) => textAt(limit, "type") === kind));
}

/** Requests and limits that a container does not name, from the namespace's LimitRanges (plugin LimitRanger). In place. */
export function fillLimits(cluster: Cluster, pod: KubeObject): void {
  const limits = limitsOf(cluster, pod.metadata.namespace ?? "", "Container");
  if (limits.length === 0) return;
  const notes: string[] = [];
  for (const container of [
    ...each(asJson(pod), "spec", "containers"),
    ...each(asJson(pod), "spec", "initContainers"),
  ]) {
    const resources = child(container, "resources");
    const filled: Record<"request" | "limit", string[]> = { request: [], limit: [] };
    for (const limit of limits) {
      fillFrom(resources, "requests", objectAt(limit, "defaultRequest"), filled.request);
      fillFrom(resources, "limits", objectAt(limit, "default"), filled.limit);
    }
    // What is limited and not requested is requested in full, also where the limit is the pod's own.
    fillFrom(resources, "requests", objectAt(resources, "limits"), []);
    for (const what of ["request", "limit"] as const) {
      const names = filled[what].sort().join(", ");
      if (names !== "") notes.push(`${names} ${what} for container ${textAt(container, "name")}`);
    }
  }
  if (notes.length > 0)
    pod.metadata.annotations = {
      ...pod.metadata.annotations,
      "kubernetes.io/limit-ranger": `LimitRanger plugin set: ${notes.join("; ")}`,
    };
}

function fillFrom(resources: JsonObject, field: "requests" | "limits", values: JsonObject, filled: string[]): void {
  for (const [name, value] of Object.entries(values)) {
    if (existing(resources, field)?.[name] !== undefined) continue;
    child(resources, field)[name] = value;
    filled.push(name);
  }
}

/** Throws Refusal 403 for containers and claims outside of the namespace's LimitRanges. */
export function checkLimits(cluster: Cluster, object: KubeObject): void {
  const isPod = object.kind === "Pod";
  const limits = limitsOf(cluster, object.metadata.namespace ?? "", isPod ? "Container" : "PersistentVolumeClaim");
  if (limits.length === 0) return;
  const subjects = isPod ? listAt(object, "spec", "containers") : [objectAt(object, "spec")];
  const problems = limits.flatMap((limit) => subjects.flatMap((subject) => outside(subject, limit)));
  if (problems.length === 0) return;
  const list = problems.length === 1 ? problems[0]! : `[${problems.join(", ")}]`;
  const resource = isPod ? "pods" : "persistentvolumeclaims";
  throw forbidden({ group: "", resource }, object.metadata.name, list);
}

function outside(subject: Json, limit: Json): string[] {
  const kind = textAt(limit, "type");
  const value = (field: string, name: string) => textAt(subject, "resources", field, name);
  const compare = (bound: "min" | "max") =>
    Object.entries(objectAt(limit, bound)).flatMap(([name, wanted]) => {
      const size = bound === "max" ? "maximum" : "minimum";
      const [requested, limited] = [value("requests", name), value("limits", name)];
      const beyond = (text: string) =>
        bound === "max" ? quantity(text) > quantity(String(wanted)) : quantity(text) < quantity(String(wanted));
      const usage = `${size} ${name} usage per ${kind} is ${wanted}`;
      if (kind === "Container" && bound === "max" && limited === "") return [`${usage}.  No limit is specified`];
      if (bound === "min" && requested === "") return [`${usage}.  No request is specified`];
      if (limited !== "" && beyond(limited)) return [`${usage}, but limit is ${limited}`];
      return requested !== "" && beyond(requested) ? [`${usage}, but request is ${requested}`] : [];
    });
  return [...compare("min"), ...compare("max")];
}
