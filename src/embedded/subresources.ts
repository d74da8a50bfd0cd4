import { managersAfterScale, managersOfScale } from "../fields/scale.ts";
import { updateManagers } from "../fields/update.ts";
import { apiVersionOf } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { asJson, type KubeObject, type ManagedFieldsEntry } from "../model/objects.ts";
import { at, listAt, numberAt, textAt } from "../model/read-field.ts";
import { child } from "../schema/defaults/missing.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import { mergeOrRefuse } from "./applying.ts";
import { mediaType, patchBody } from "./body.ts";
import type { Call } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { typesOf } from "./custom/types.ts";
import { evictionCall } from "./eviction.ts";
import { badRequest, conflict, invalid, invalidValue, notFound, type Refusal, required } from "./failures.ts";
import { timestamp } from "./memory-store.ts";
import { mergePatch } from "./patches.ts";
import { logAnswer } from "./pod-log.ts";
import { liveObject, objectAnswer } from "./reading.ts";
import { methodNotAllowed } from "./refusals.ts";
import { writeOptions } from "./write-options.ts";
import { changeObject } from "./writing.ts";

/** Requests below an object other than to its status. */
export function answerSubresource(call: Call): Answer {
  switch (call.subresource) {
    case "scale":
      return scaleCall(call);
    case "log":
      return call.method === "GET" ? logAnswer(call) : refuse(methodNotAllowed());
    case "eviction":
      return call.method === "POST" ? evictionCall(call) : refuse(methodNotAllowed());
    case "token":
      return call.method === "POST" ? tokenCall(call) : refuse(methodNotAllowed());
    case "binding":
      return call.method === "POST" ? bindingCall(call) : refuse(methodNotAllowed());
    case "finalize":
      return finalizeCall(call);
    case "exec":
    case "attach":
    case "portforward":
      // There is nothing to execute in: say so before a client waits for a stream.
      throw badRequest("the embedded cluster runs no containers: exec, attach and port-forward are not available");
    case "ephemeralcontainers":
      throw badRequest(
        "the embedded cluster runs no containers: ephemeral containers (kubectl debug) are not available",
      );
    default:
      throw methodNotAllowed();
  }
}

function refuse(refusal: Refusal): never {
  throw refusal;
}

/** `autoscaling/v1` Scale, read from and written to spec.replicas. */
function scaleCall(call: Call): Answer {
  const { cluster, type } = call;
  const found = cluster.store.get(type, call.namespace, call.name);
  if (found === null) {
    throw notFound({ ...type, resource: `${type.resource}/scale` }, call.name);
  }
  if (call.method === "GET") {
    const scale = scaleOf(found, type) as unknown as KubeObject;
    const scaleType = { ...type, group: "autoscaling", version: "v1", kind: "Scale", custom: null };
    return objectAnswer({ ...call, type: scaleType }, 200, scale);
  }
  const isApply = mediaType(call) === "application/apply-patch+yaml";
  const options = writeOptions(
    call,
    call.method === "PUT" ? "UpdateOptions" : "PatchOptions",
    timestamp(cluster.now()),
    isApply,
  );
  if (call.method !== "PUT" && call.method !== "PATCH") throw methodNotAllowed();
  const body = patchBody(call);
  if (!isJsonObject(body)) throw badRequest("error decoding patch");
  const scale = call.method === "PUT" ? body : (mergePatch(scaleOf(found, type), body) as JsonObject);
  const paths = scalePaths(type);
  const replicas = numberAt(scale, "spec", "replicas");
  if (replicas < 0) {
    const error = invalidValue("spec.replicas", String(replicas), "must be greater than or equal to 0");
    throw invalid({ group: "autoscaling", kind: "Scale" }, call.name, [error]);
  }
  const next = structuredClone(found);
  setReplicas(next, paths.spec, replicas);
  const types = typesOf(cluster.catalog);
  const owners = managersOfScale(found.metadata.managedFields, paths.spec);
  const before = withOwners(scaleOf(found, type), owners);
  const write = { ...options, apiVersion: before.apiVersion, subresource: "scale", now: options.time, types };
  let scaled: readonly ManagedFieldsEntry[];
  if (isApply) {
    const { apiVersion, kind } = before;
    const said = body["spec"] === undefined ? {} : { spec: body["spec"] };
    const config: KubeObject = { apiVersion, kind, metadata: { name: call.name }, ...said };
    const merged = mergeOrRefuse({ ...write, live: before, config });
    setReplicas(next, paths.spec, numberAt(merged, "spec", "replicas"));
    scaled = merged.metadata.managedFields ?? [];
  } else scaled = updateManagers({ ...write, before, after: withOwners(scaleOf(next, type), owners) });
  const owned = managersAfterScale(found.metadata.managedFields, scaled, paths.spec, apiVersionOf(type));
  if (owned.length === 0) delete next.metadata.managedFields;
  else next.metadata.managedFields = owned;
  const asked = textAt(scale, "metadata", "resourceVersion");
  if (asked !== "") next.metadata.resourceVersion = asked;
  const changed = changeObject(cluster, type, found, next, options, "applied", "scale");
  return jsonAnswer(200, JSON.stringify(scaleOf(changed, type)));
}

function setReplicas(object: KubeObject, path: readonly string[], replicas: number): void {
  let holder = asJson(object);
  for (const step of path.slice(0, -1)) holder = child(holder, step);
  holder[path.at(-1)!] = replicas;
}

function withOwners(scale: JsonObject, managedFields: readonly ManagedFieldsEntry[]): KubeObject {
  const object = scale as unknown as KubeObject;
  return { ...object, metadata: { ...object.metadata, managedFields } } as KubeObject;
}

interface ScalePaths {
  readonly spec: readonly string[];
  readonly status: readonly string[];
  /** Of the selector's text; null where the kind has a selector of its own. */
  readonly selector: readonly string[] | null;
}

/** Where a kind keeps its replicas; a definition says so in simple JSON paths (`.spec.replicas`). */
function scalePaths({ custom }: ServedType): ScalePaths {
  const steps = (field: string) =>
    textAt(custom?.scale, field)
      .split(".")
      .filter((step) => step !== "");
  if (custom === null) return { spec: ["spec", "replicas"], status: ["status", "replicas"], selector: null };
  return {
    spec: steps("specReplicasPath"),
    status: steps("statusReplicasPath"),
    selector: steps("labelSelectorPath"),
  };
}

function scaleOf(object: KubeObject, type: ServedType): JsonObject {
  const paths = scalePaths(type);
  const { name, namespace = "", uid = "", resourceVersion = "", creationTimestamp = null } = object.metadata;
  const labels = asJson(object)["spec"];
  const selector = Object.entries((at(labels, "selector", "matchLabels") as JsonObject | undefined) ?? {});
  const own = selector.map(([key, value]) => `${key}=${value}`).join(",");
  const selectorText =
    paths.selector === null ? own : paths.selector.length === 0 ? "" : textAt(object, ...paths.selector);
  const spec = numberAt(object, ...paths.spec);
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: spec === 0 ? {} : { replicas: spec },
    status: {
      replicas: numberAt(object, ...paths.status),
      ...(selectorText === "" ? {} : { selector: selectorText }),
    },
  };
}

/** A scheduler's word: gives the pod its node, once. */
function bindingCall(call: Call): Answer {
  const node = textAt(patchBody(call), "target", "name");
  const pod = liveObject(call);
  if (node === "") throw invalid({ group: "", kind: "Binding" }, call.name, [required("target.name")]);
  const before = textAt(pod, "spec", "nodeName");
  if (before !== "") {
    const why = `pod ${call.name} is already assigned to node ${JSON.stringify(before)}`;
    throw conflict({ group: "", resource: "pods/binding" }, call.name, why);
  }
  const next = structuredClone(pod);
  child(asJson(next), "spec")["nodeName"] = node;
  const status = child(asJson(next), "status");
  const others = listAt(pod, "status", "conditions").filter((each) => textAt(each, "type") !== "PodScheduled");
  const lastTransitionTime = timestamp(call.cluster.now());
  status["conditions"] = [...others, { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime }];
  if (!call.query.getAll("dryRun").includes("All")) call.cluster.store.update(call.type, next);
  return jsonAnswer(
    201,
    JSON.stringify({ kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 }),
  );
}

/** A token for the service account (API reference, TokenRequest): an hour where no other time is asked for. */
function tokenCall(call: Call): Answer {
  const account = liveObject(call);
  const body = patchBody(call);
  const now = call.cluster.now();
  const seconds = numberAt(body, "spec", "expirationSeconds") || 3600;
  if (seconds < 600) {
    const why = "may not specify a duration less than 10 minutes";
    const error = invalidValue("spec.expirationSeconds", String(seconds), why);
    throw invalid({ group: "authentication.k8s.io", kind: "TokenRequest" }, "", [error]);
  }
  const asked = listAt(body, "spec", "audiences").map(String);
  // The API server's own, where nobody asks for another.
  const audiences = asked.length > 0 ? asked : ["https://kubernetes.default.svc.cluster.local"];
  const bound = (at(body, "spec", "boundObjectRef") ?? null) as JsonObject | null;
  const token = call.cluster.tokens.issue(account, { audiences, seconds, now });
  const { name, namespace = "" } = account.metadata;
  return jsonAnswer(
    201,
    JSON.stringify({
      kind: "TokenRequest",
      apiVersion: "authentication.k8s.io/v1",
      metadata: { name, namespace, creationTimestamp: timestamp(now) },
      spec: { audiences, expirationSeconds: seconds, boundObjectRef: bound },
      status: { token, expirationTimestamp: timestamp(now + seconds * 1000) },
    }),
  );
}

/** PUT of a namespace's spec.finalizers; without any left, a terminating namespace goes. */
function finalizeCall(call: Call): Answer {
  if (call.method !== "PUT") throw methodNotAllowed();
  const live = liveObject(call);
  const finalizers = listAt(patchBody(call), "spec", "finalizers").map(String);
  const next = { ...live, spec: { finalizers } };
  if (finalizers.length === 0 && live.metadata.deletionTimestamp !== undefined) {
    call.cluster.store.remove(call.type, "", call.name);
    return jsonAnswer(200, JSON.stringify(next));
  }
  return jsonAnswer(200, JSON.stringify(call.cluster.store.update(call.type, next)));
}
