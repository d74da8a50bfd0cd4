import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { at, listAt, textAt } from "../model/read-field.ts";
import { askPolicies } from "./admission/policies.ts";
import { askWebhooks } from "./admission/webhooks.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { Call, Cluster } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { badRequest, conflict, forbidden, invalid, invalidValue, unsupported, warned } from "./failures.ts";
import { timestamp } from "./memory-store.ts";
import { listText, liveObject, objectAnswer, selection } from "./reading.ts";

export interface DeleteRequest {
  readonly dryRun: boolean;
  readonly propagation: "Foreground" | "Background" | "Orphan" | null;
  /** Seconds; null takes the pod's own. */
  readonly grace: number | null;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** DELETE of one object: its last state, or a Status for kinds that answer so. */
export function deleteCall(call: Call): Answer {
  const warnings = keptPods(call);
  const { live, object, gone } = warned(warnings, () => {
    const live = liveObject(call);
    const request = deleteRequest(call);
    askAboutDeletion(call, live, request);
    return { live, ...deleteObject(call.cluster, call.type, live, request) };
  });
  if (!gone || answersObject.has(`${call.type.group}/${call.type.kind}`))
    return objectAnswer(call, 200, object, warnings);
  const { name, uid = "" } = live.metadata;
  const group = call.type.group === "" ? {} : { group: call.type.group };
  return jsonAnswer(
    200,
    JSON.stringify({
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name, ...group, kind: call.type.resource, uid },
    }),
    warnings,
  );
}

/** Jobs are the one kind whose deletion leaves behind what they made. */
function keptPods(call: Call): string[] {
  const { group, kind } = call.type;
  const { propagation, asked } = deleteRequest(call);
  if (group !== "batch" || kind !== "Job" || propagation !== null || asked) return [];
  return [
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set propagationPolicy=Orphan to suppress this warning",
  ];
}

/** DELETE of a collection: the list of what was deleted. */
export function deleteCollection(call: Call): Answer {
  const matches = selection(call) ?? (() => true);
  const request = deleteRequest(call);
  const { store } = call.cluster;
  const items = store.list(call.type, call.namespace).filter(matches);
  const deleted = items.map((item) => {
    askAboutDeletion(call, item, request);
    return deleteObject(call.cluster, call.type, item, request).object;
  });
  const text = listText(call.type, deleted, { resourceVersion: String(store.resourceVersion()) });
  return jsonAnswer(200, text, keptPods(call));
}

function askAboutDeletion({ cluster, type, user, answers }: Call, old: KubeObject, { dryRun }: DeleteRequest): void {
  const asked = { operation: "DELETE", type, subresource: "", object: null, old, user, dryRun } as const;
  askPolicies(cluster, asked);
  askWebhooks(cluster, "validating", { ...asked, answers }, []);
}

/** Kinds whose deletion answers with the object even when it is gone at once. */
const answersObject = new Set([
  "/Pod",
  "/Service",
  "/ServiceAccount",
  "/PodTemplate",
  "/ResourceQuota",
  "/PersistentVolume",
  "/PersistentVolumeClaim",
  "/Namespace",
]);

const definitionKey = "apiextensions.k8s.io/CustomResourceDefinition";
const immortal = new Set(["default", "kube-system", "kube-public"]);

/** Begins or finishes a deletion; `gone` tells which. Throws Refusal 403, 409. */
export function deleteObject(
  cluster: Cluster,
  type: ServedType,
  live: KubeObject,
  request: DeleteRequest,
): { object: KubeObject; gone: boolean } {
  const { name, namespace = "" } = live.metadata;
  const key = `${type.group}/${type.kind}`;
  checkPreconditions(type, live, request);
  if (key === "/Namespace" && immortal.has(name)) throw forbidden(type, name, "this namespace may not be deleted");
  const isDefinition = key === definitionKey;
  const asked = finalizersAfter(type, live, request);
  const cleanup = "customresourcecleanup.apiextensions.k8s.io";
  const finalizers = isDefinition ? [...new Set([...asked, cleanup])] : asked;
  const grace = key === "/Pod" ? podGrace(live, request.grace) : 0;
  const stays = finalizers.length > 0 || grace > 0 || key === "/Namespace";
  if (!stays) {
    if (!request.dryRun) cluster.store.remove(type, namespace, name);
    return { object: live, gone: true };
  }
  if (live.metadata.deletionTimestamp !== undefined && (live.metadata.deletionGracePeriodSeconds ?? 0) <= grace) {
    if (sameList(finalizers, live.metadata.finalizers ?? [])) return { object: live, gone: false };
  }
  const next = terminating(live, finalizers, grace, cluster.now(), key);
  return { object: request.dryRun ? next : cluster.store.update(type, next), gone: false };
}

/** Kinds whose deletion is no matter of grace: their own controllers finish it. */
const ungraced = new Set(["/Namespace", definitionKey]);

function terminating(live: KubeObject, finalizers: string[], grace: number, now: number, key: string): KubeObject {
  const { generation } = live.metadata;
  const metadata = {
    ...live.metadata,
    deletionTimestamp: live.metadata.deletionTimestamp ?? timestamp(now + grace * 1000),
    ...(ungraced.has(key) ? {} : { deletionGracePeriodSeconds: grace }),
    ...(generation === undefined || ungraced.has(key) || live.metadata.deletionTimestamp !== undefined
      ? {}
      : { generation: generation + 1 }),
  };
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  if (key === definitionKey) return { ...live, metadata, status: endingStatus(live, timestamp(now)) };
  if (key !== "/Namespace") return { ...live, metadata };
  return { ...live, metadata, status: { ...(live["status"] as JsonObject), phase: "Terminating" } };
}

function endingStatus(definition: KubeObject, lastTransitionTime: string): JsonObject {
  const others = listAt(definition, "status", "conditions").filter((each) => textAt(each, "type") !== "Terminating");
  const message = "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon";
  const ending = {
    type: "Terminating",
    status: "True",
    lastTransitionTime,
    reason: "InstanceDeletionPending",
    message,
  };
  return { ...(definition["status"] as JsonObject), conditions: [...others, ending] };
}

/** The grace period applies to a pod that a node runs; one that ended, or never was scheduled, goes at once. */
function podGrace(pod: KubeObject, asked: number | null): number {
  if (textAt(pod, "spec", "nodeName") === "" || ["Succeeded", "Failed"].includes(textAt(pod, "status", "phase")))
    return 0;
  const own = at(pod, "spec", "terminationGracePeriodSeconds");
  const wanted = asked ?? (typeof own === "number" ? own : 30);
  const before = pod.metadata.deletionGracePeriodSeconds;
  return before === undefined ? wanted : Math.min(before, wanted);
}

/** Jobs made by batch/v1 keep their pods unless asked otherwise; everything else is collected in the background. */
function finalizersAfter(type: ServedType, live: KubeObject, { propagation }: DeleteRequest): string[] {
  const own = (live.metadata.finalizers ?? []).filter((f) => f !== "orphan" && f !== "foregroundDeletion");
  const before = live.metadata.finalizers ?? [];
  const policy =
    propagation ??
    (before.includes("orphan")
      ? "Orphan"
      : before.includes("foregroundDeletion")
        ? "Foreground"
        : type.group === "batch" && type.kind === "Job"
          ? "Orphan"
          : "Background");
  switch (policy) {
    case "Foreground":
      return [...own, "foregroundDeletion"];
    case "Orphan":
      return [...own, "orphan"];
    case "Background":
      return own;
  }
}

function checkPreconditions(type: ServedType, live: KubeObject, { uid, resourceVersion }: DeleteRequest): void {
  const { metadata } = live;
  if (uid !== "" && uid !== metadata.uid && ungraced.has(`${type.group}/${type.kind}`))
    throw conflict(
      type,
      metadata.name,
      `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`,
    );
  // Here the server names the kind where it names the resource elsewhere.
  const named = { group: type.group, resource: type.kind };
  const mismatch = (what: string, asked: string, found: string | undefined, so: string) =>
    `the ${what} in the precondition (${asked}) does not match the ${what} in record (${found}). The object might have been ${so}`;
  if (uid !== "" && uid !== metadata.uid)
    throw conflict(named, metadata.name, mismatch("UID", uid, metadata.uid, "deleted and then recreated"));
  if (resourceVersion !== "" && resourceVersion !== metadata.resourceVersion) {
    const why = mismatch("ResourceVersion", resourceVersion, metadata.resourceVersion, "modified");
    throw conflict(named, metadata.name, why);
  }
}

const policies = ["Foreground", "Background", "Orphan"] as const;

/** DeleteOptions from the body, else from the query. Throws Refusal 400, 422. */
function deleteRequest(call: Call): DeleteRequest & { readonly asked: boolean } {
  const body = bodyOptions(call);
  // Options in a body hide those of the query.
  const query = call.body.length === 0 ? call.query : new URLSearchParams();
  const options = { group: "meta.k8s.io", kind: "DeleteOptions" };
  const bodyDryRun = at(body, "dryRun");
  const dryRun = Array.isArray(bodyDryRun) ? bodyDryRun.map(String) : query.getAll("dryRun");
  if (dryRun.some((value) => value !== "All" && value !== "")) {
    const shown = JSON.stringify(dryRun);
    throw invalid(options, "", [unsupported("dryRun", shown, ["All"])]);
  }
  const asked = textAt(body, "propagationPolicy") || (query.get("propagationPolicy") ?? "");
  const orphan = at(body, "orphanDependents") ?? query.get("orphanDependents");
  if (asked !== "" && orphan !== undefined && orphan !== null) {
    const why = "orphanDependents and deletionPropagation cannot be both set";
    throw invalid(options, "", [invalidValue("propagationPolicy", JSON.stringify(asked), why)]);
  }
  if (asked !== "" && !policies.some((policy) => policy === asked))
    throw invalid(options, "", [unsupported("propagationPolicy", JSON.stringify(asked), [...policies, "nil"])]);
  const grace = at(body, "gracePeriodSeconds") ?? query.get("gracePeriodSeconds");
  const named =
    orphan === true || orphan === "true" ? "Orphan" : asked === "" ? null : (asked as DeleteRequest["propagation"]);
  return {
    dryRun: dryRun.includes("All"),
    propagation: named,
    // orphanDependents=false asks for something, too.
    asked: asked !== "" || (orphan !== undefined && orphan !== null && orphan !== ""),
    grace: grace === undefined || grace === null || grace === "" ? null : Number(grace),
    uid: textAt(body, "preconditions", "uid"),
    resourceVersion: textAt(body, "preconditions", "resourceVersion"),
  };
}

function bodyOptions(call: Call): JsonObject {
  if (call.body.length === 0) return {};
  try {
    const value: unknown = JSON.parse(call.body.toString());
    if (isJsonObject(value)) return value;
  } catch {
    // Falls through to the refusal.
  }
  throw badRequest("unable to decode DeleteOptions");
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
