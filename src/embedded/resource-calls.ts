import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { asJson, type KubeObject } from "../model/objects.ts";
import { type Answer, withWarning } from "./answer.ts";
import { applyObject, checkPlace } from "./applying.ts";
import { bodyObject, mediaType, patchBody } from "./body.ts";
import type { Call } from "./call.ts";
import { createsOnUpdate } from "./creates-on-update.ts";
import { typesOf } from "./custom/types.ts";
import { deleteCall, deleteCollection } from "./deleting.ts";
import { checkEscalation } from "./escalation.ts";
import { conflict, invalid, invalidValue, Refusal } from "./failures.ts";
import { inspectFields } from "./inspect.ts";
import { timestamp } from "./memory-store.ts";
import { jsonPatch, mergePatch } from "./patches.ts";
import { getObject, listObjects, liveObject, objectAnswer } from "./reading.ts";
import { methodNotAllowed, notServed } from "./refusals.ts";
import { reviewAnswer } from "./reviews.ts";
import { strategicMerge } from "./strategic.ts";
import { answerSubresource } from "./subresources.ts";
import { asVersion, storedType, toStored } from "./versions.ts";
import { writeOptions } from "./write-options.ts";
import { changeObject, createObject } from "./writing.ts";

/** Answers a request to a resource, watches apart. Throws Refusal. */
export function answerCall(call: Call): Answer {
  const answer = answerPlain(call);
  const deprecation = call.type.custom?.deprecation ?? "";
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
  const warnings = inspectFields(sent, call.type, typesOf(call.cluster.catalog), options.fieldValidation);
  const type = storedType(call.cluster.catalog, call.type);
  const made = createObject(call.cluster, type, toStored(sent, call.type, null), options, "update");
  return objectAnswer(call, 201, made, [...warnings, ...options.warnings]);
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
  const warnings = inspectFields(sent, call.type, typesOf(call.cluster.catalog), options.fieldValidation);
  const { uid, resourceVersion = "" } = sent.metadata;
  // A uid is a precondition, also on what an update may create: a lock that was taken away is not written back.
  if (uid !== undefined && uid !== "" && uid !== live?.metadata.uid) throw wrongUid(call, uid, live);
  if (live === null) {
    const { resourceVersion: _, ...metadata } = sent.metadata;
    const named = toStored({ ...sent, metadata: { ...metadata, name: call.name } }, call.type, null);
    const made = createObject(call.cluster, storedType(call.cluster.catalog, call.type), named, options, "update");
    return objectAnswer(call, 201, made, [...warnings, ...options.warnings]);
  }
  if (resourceVersion === "" && needsVersion(call)) {
    const error = invalidValue("metadata.resourceVersion", "0x0", "must be specified for an update");
    throw invalid({ ...call.type, kind: call.type.resource }, call.name, [error]);
  }
  const named = toStored({ ...sent, metadata: { ...sent.metadata, name: call.name } }, call.type, live);
  const type = storedType(call.cluster.catalog, call.type);
  const changed = changeObject(call.cluster, type, live, named, options, "update", call.subresource);
  return objectAnswer(call, 200, changed, [...warnings, ...options.warnings]);
}

function wrongUid(call: Call, uid: string, live: KubeObject | null): Refusal {
  const key = `/registry/${call.type.resource}/${call.namespace}/${call.name}`;
  const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live?.metadata.uid ?? ""}`;
  const storage = `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`;
  return conflict(call.type, call.name, storage);
}

function patchCall(call: Call): Answer {
  const media = mediaType(call);
  const time = timestamp(call.cluster.now());
  if (media === "application/apply-patch+yaml") {
    const options = writeOptions(call, "PatchOptions", time, true);
    const { object, created } = applyObject(call, options);
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
  const live = liveObject(call);
  const patched = applyPatch(call, media, asVersion(live, call.type), patch);
  checkEscalation(call, patched);
  const warnings = inspectFields(patched, call.type, typesOf(call.cluster.catalog), options.fieldValidation, "patch");
  const type = storedType(call.cluster.catalog, call.type);
  const draft = toStored(patched, call.type, live);
  const changed = changeObject(call.cluster, type, live, draft, options, "update", call.subresource);
  return objectAnswer(call, 200, changed, [...warnings, ...options.warnings]);
}

const patchTypes = new Set([
  "application/json-patch+json",
  "application/merge-patch+json",
  "application/strategic-merge-patch+json",
]);

function applyPatch(call: Call, media: string, live: KubeObject, patch: Json): KubeObject {
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
    throw new Refusal(422, "Invalid", "the server rejected our request due to an error in our request", {});
  // A patch without resourceVersion applies to whatever lives now.
  return after as unknown as KubeObject;
}
