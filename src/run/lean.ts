import type { KubeObject, ObjectMeta } from "../model/objects.ts";

/*
 * A thousand pods and their events are held while they roll out. Most of their bytes (managed fields, volumes, mounts,
 * images' digests) no rule reads.
 */

type Fields = { readonly [key: string]: unknown };

function pick(from: unknown, fields: readonly string[]): Fields {
  const source = (typeof from === "object" && from !== null ? from : {}) as Fields;
  return Object.fromEntries(
    fields.filter((field) => source[field] !== undefined).map((field) => [field, source[field]]),
  );
}

function each(list: unknown, lean: (entry: unknown) => Fields): unknown {
  return Array.isArray(list) ? list.map(lean) : undefined;
}

/** Without who owns which field, which is often half of an object. */
export function leanObject(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

const podMeta = [
  "name",
  "namespace",
  "uid",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "finalizers",
  "labels",
  "ownerReferences",
];
const containerSpec = [
  "name",
  "image",
  "restartPolicy",
  "resources",
  "readinessProbe",
  "livenessProbe",
  "startupProbe",
];
const containerStatus = ["name", "image", "ready", "started", "restartCount", "state", "lastState"];

/** A pod with all that the rules of `status/` read. */
export function leanPod(pod: KubeObject): KubeObject {
  const spec = pod["spec"] as Fields | undefined;
  const status = pod["status"] as Fields | undefined;
  const claims = Array.isArray(spec?.["volumes"])
    ? spec["volumes"].filter((volume) => (volume as Fields)["persistentVolumeClaim"] !== undefined)
    : [];
  return {
    apiVersion: pod.apiVersion,
    kind: pod.kind,
    metadata: pick(pod.metadata, podMeta) as unknown as ObjectMeta,
    spec: {
      ...pick(spec, ["restartPolicy", "nodeName", "readinessGates", "schedulingGates"]),
      initContainers: each(spec?.["initContainers"], (entry) => pick(entry, containerSpec)),
      containers: each(spec?.["containers"], (entry) => pick(entry, containerSpec)),
      ...(claims.length === 0 ? {} : { volumes: claims }),
    },
    status: {
      ...pick(status, ["phase", "reason", "message", "startTime", "nominatedNodeName", "conditions"]),
      initContainerStatuses: each(status?.["initContainerStatuses"], (entry) => pick(entry, containerStatus)),
      containerStatuses: each(status?.["containerStatuses"], (entry) => pick(entry, containerStatus)),
    },
  };
}

/** What every pod that starts well is accompanied by; no rule reads it. */
const usual = new Set(["Scheduled", "Pulling", "Pulled", "Created", "Started"]);

/** An Event with all that the rules of `status/` read; null for one that none reads. */
export function leanEvent(event: KubeObject): KubeObject | null {
  if (event["type"] === "Normal" && usual.has(String(event["reason"]))) return null;
  return {
    apiVersion: event.apiVersion,
    kind: event.kind,
    metadata: pick(event.metadata, ["name", "namespace", "uid"]) as unknown as ObjectMeta,
    involvedObject: pick(event["involvedObject"], ["kind", "namespace", "name", "uid", "fieldPath"]),
    ...pick(event, ["reason", "message", "type", "count", "series", "firstTimestamp", "lastTimestamp", "eventTime"]),
  };
}
