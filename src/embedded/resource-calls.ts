import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { type Answer, withWarning } from "./answer.ts";
import { applyObject, checkPlace } from "./applying.ts";
import { bodyObject, duplicateFields, mediaType, patchBody, wrongKind } from "./body.ts";
import type { Call } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { createsOnUpdate } from "./creates-on-update.ts";
import { typesOf } from "./custom/types.ts";
import { deleteCall, deleteCollection } from "./deleting.ts";
import { checkEscalation } from "./escalation.ts";
import { badRequest, conflict, invalid, invalidValue, Refusal, warned } from "./failures.ts";
import { inspectFields } from "./inspect.ts";
import { timestamp } from "./memory-store.ts";
import { goMap, patchedText, unfitPatch } from "./patch-words.ts";
import { jsonPatch, mergePatch } from "./patches.ts";
import { getObject, listObjects, liveObject, objectAnswer } from "./reading.ts";
import { methodNotAllowed, notServed } from "./refusals.ts";
import { reviewAnswer } from "./reviews.ts";
import { strategicMerge } from "./strategic.ts";
import { answerSubresource } from "./subresources.ts";
import { asVersion, storedType, toStored } from "./versions.ts";
import { type WriteOptions, writeOptions } from "./write-options.ts";
import { changeObject, createObject } from "./writing.ts";

const deprecated: Readonly<Record<string, string>> = {
  "/ComponentStatus": "v1 ComponentStatus is deprecated in v1.19+",
  "/Endpoints": "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
};

/** Answers a request to a resource, watches apart. Throws Refusal. */
export function answerCall(call: Call): Answer {
  const answer = answerPlain(call);
  const { group, kind, custom } = call.type;
  const deprecation = custom?.deprecation ?? deprecated[`${group}/${kind}`] ?? "";
  return deprecation === "" ? answer : withWarning(answer, deprecation);
}

function answerPlain(call: Call): Answer {
  const { type, method, name, namespace, subresource } = call;
  if (subresource !== "" && !type.subresources.includes(subresource.split("/")[0]!)) throw notServed();
  if (!["", "status", "approval"].includes(subresource)) return answerSubresource(call);
  const review = reviewAnswer(call);
  if (review !== null) return review;
  const allowed = (verb: string) => {
    if (!type.verbs.includes(verb)) throw methodNotAllowed();
  };
  const inPlace = !type.namespaced || namespace !== "";
  switch (method) {
    case "GET":
    case "HEAD":
      allowed(name === "" ? "list" : "get");
      return name === "" ? listObjects(call) : getObject(call);
    case "POST":
      allowed("create");
      if (name !== "" || !inPlace) throw methodNotAllowed();
      return createCall(call);
    case "PUT":
      allowed("update");
      if (name === "" || !inPlace) throw methodNotAllowed();
      return replaceCall(call);
    case "PATCH":
      allowed("patch");
      if (name === "" || !inPlace) throw methodNotAllowed();
      return patchCall(call);
    case "DELETE":
      allowed(name === "" ? "deletecollection" : "delete");
      if (!inPlace || subresource !== "") throw methodNotAllowed();
      return name === "" ? deleteCollection(call) : deleteCall(call);
    default:
      throw methodNotAllowed();
  }
}

function createCall(call: Call): Answer {
  const options = writeOptions(call, "CreateOptions", timestamp(call.cluster.now()));
  const sent = placed(call, bodyObject(call));
  checkEscalation(call, sent);
  inspected(call, sent, options, { duplicates: duplicateFields(call) });
  const type = storedType(call.cluster.catalog, call.type);
  const made = warned(options.warnings, () =>
    createObject(call.cluster, type, toStored(sent, call.type, null), options, "update"),
  );
  return objectAnswer(call, 201, made, options.warnings);
}

function placed(call: Call, object: KubeObject): KubeObject {
  checkPlace(call, object.metadata.name, object.metadata.namespace);
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata: { ...metadata, ...(call.namespace === "" ? {} : { namespace: call.namespace }) } };
}

/** Kinds that refuse an update without resourceVersion: they are used as locks, or are custom. */
const needsVersion = (call: Call) =>
  call.type.custom !== null || (call.type.group === "coordination.k8s.io" && call.type.kind === "Lease");

function found(call: Call): KubeObject | null {
  return call.cluster.store.get(call.type, call.namespace, call.name);
}

function replaceCall(call: Call): Answer {
  const options = writeOptions(call, "UpdateOptions", timestamp(call.cluster.now()));
  const sent = placed(call, bodyObject(call));
  checkEscalation(call, sent);
  const live = createsOnUpdate(call.type) && call.subresource === "" ? found(call) : liveObject(call);
  inspected(call, sent, options, { duplicates: duplicateFields(call) });
  const { uid, resourceVersion = "" } = sent.metadata;
  // A uid is a precondition, also on what an update may create: a lock that was taken away is not written back.
  if (uid !== undefined && uid !== "" && uid !== live?.metadata.uid) throw wrongUid(call, uid, live);
  if (live === null) {
    const { resourceVersion: _, ...metadata } = sent.metadata;
    const named = toStored({ ...sent, metadata: { ...metadata, name: call.name } }, call.type, null);
    const stored = storedType(call.cluster.catalog, call.type);
    const made = warned(options.warnings, () => createObject(call.cluster, stored, named, options, "update"));
    return objectAnswer(call, 201, made, options.warnings);
  }
  if (resourceVersion === "" && needsVersion(call)) {
    const error = invalidValue("metadata.resourceVersion", "0", "must be specified for an update");
    throw invalid({ ...call.type, kind: call.type.resource }, call.name, [error]);
  }
  const named = toStored({ ...sent, metadata: { ...sent.metadata, name: call.name } }, call.type, live);
  const type = storedType(call.cluster.catalog, call.type);
  const changed = warned(options.warnings, () =>
    changeObject(call.cluster, type, live, named, options, "update", call.subresource),
  );
  return objectAnswer(call, 200, changed, options.warnings);
}

/** What decoding says goes before what the write says. */
function inspected(
  call: Call,
  object: KubeObject,
  options: WriteOptions,
  given: Parameters<typeof inspectFields>[4],
): void {
  const types = typesOf(call.cluster.catalog);
  options.warnings.push(...inspectFields(object, call.type, types, options.fieldValidation, given));
}

function wrongUid(call: Call, uid: string, live: KubeObject | null): Refusal {
  const key = [
    "/registry",
    storageFolder(call.type),
    ...(call.namespace === "" ? [] : [call.namespace]),
    call.name,
  ].join("/");
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live?.metadata.uid ?? ""}`;
  const storage = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return conflict(call.type, call.name, storage);
}

/** Where etcd keeps a kind, as far as it is not its plural. */
function storageFolder({ group, resource, custom }: ServedType): string {
  const folders: Readonly<Record<string, string>> = {
    services: "services/specs",
    endpoints: "services/endpoints",
    nodes: "minions",
    replicationcontrollers: "controllers",
    "ingresses.networking.k8s.io": "ingress",
  };
  const key = group === "" ? resource : `${resource}.${group}`;
  const grouped = custom !== null || group === "apiextensions.k8s.io" || group === "apiregistration.k8s.io";
  return folders[key] ?? (grouped ? `${group}/${resource}` : resource);
}

function patchCall(call: Call): Answer {
  const media = mediaType(call);
  const time = timestamp(call.cluster.now());
  if (media === "application/apply-patch+yaml") {
    const options = writeOptions(call, "PatchOptions", time, true);
    const { object, created } = warned(options.warnings, () => applyObject(call, options));
    return objectAnswer(call, created ? 201 : 200, object, options.warnings);
  }
  if (call.type.custom !== null && media === "application/strategic-merge-patch+json") {
    const accepted = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    const why = `the body of the request was in an unknown format - accepted media types include: ${accepted}`;
    throw new Refusal(415, "UnsupportedMediaType", why);
  }
  if (!patchTypes.has(media)) throw new Refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  const options = writeOptions(call, "PatchOptions", time);
  const patch = patchBody(call) as Json;
  if (media !== "application/json-patch+json" && !isJsonObject(patch)) throw notAMap(patch);
  const live = liveObject(call);
  const shown = (made: JsonObject) =>
    media === "application/strategic-merge-patch+json" ? goMap(patch) : patchedText(made, patch);
  const patched = applyPatch(call, media, asVersion(live, call.type), patch, shown);
  checkEscalation(call, patched);
  inspected(call, patched, options, { patched: () => shown(asJson(patched)) });
  const { uid } = patched.metadata;
  if (uid !== live.metadata.uid && uid !== undefined && uid !== "")
    throw invalid(call.type, call.name, [invalidValue("metadata.uid", JSON.stringify(uid), "field is immutable")]);
  const type = storedType(call.cluster.catalog, call.type);
  const draft = toStored(patched, call.type, live);
  const changed = warned(options.warnings, () =>
    changeObject(call.cluster, type, live, draft, options, "update", call.subresource),
  );
  return objectAnswer(call, 200, changed, options.warnings);
}

function notAMap(patch: Json): Refusal {
  const kind = Array.isArray(patch) ? "array" : typeof patch === "boolean" ? "bool" : typeof patch;
  return badRequest(
    `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
  );
}

const patchTypes = new Set([
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
]);

function applyPatch(
  call: Call,
  media: string,
  live: KubeObject,
  patch: Json,
  shown: (made: JsonObject) => string,
): KubeObject {
  const before = asJson(live);
  const types = typesOf(call.cluster.catalog);
  let after: Json;
  switch (media) {
    case "application/json-patch+json":
      after = jsonPatch(before, patch);
      break;
    case "application/merge-patch+json":
      after = mergePatch(before, patch);
      break;
    default:
      after = strategicMerge(before, patch, types.rootType(live.apiVersion, live.kind) ?? { type: "untyped" }, types);
  }
  if (!isJsonObject(after) || !isJsonObject(after["metadata"]))
    throw new Refusal(422, "Invalid", "the server rejected our request due to an error in our request", {});
  const { name, namespace } = after["metadata"];
  checkPlace(call, name, namespace);
  if (after["kind"] !== live.kind || after["apiVersion"] !== live.apiVersion)
    throw unfitPatch(shown(after), wrongKind(after, call.type, call.cluster.catalog));
  // A patch without resourceVersion applies to whatever lives now.
  return after as unknown as KubeObject;
}
