import { type ApplyRequest, applyMerge } from "../fields/apply.ts";
import { conflictCauses, conflictMessage } from "../fields/conflicts.ts";
import { apiVersionOf, typeOf } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { patchBody } from "./body.ts";
import type { Call } from "./call.ts";
import { createsOnUpdate } from "./creates-on-update.ts";
import { typesOf } from "./custom/types.ts";
import { checkEscalation } from "./escalation.ts";
import { badRequest, invalid, invalidValue, modified, notFound, Refusal } from "./failures.ts";
import { cannot } from "./identity.ts";
import { checkNamespace } from "./namespace-rules.ts";
import { allowedBecause } from "./rbac.ts";
import { asVersion, storedType, toStored } from "./versions.ts";
import type { WriteOptions } from "./write-options.ts";
import { changeObject, createObject } from "./writing.ts";

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
}

/** Server-side apply (KEP-555): creates what is missing. Throws Refusal; 409 names each field and its owner. */
export function applyObject(call: Call, options: WriteOptions): Written {
  const { cluster, namespace, name } = call;
  const type = storedType(cluster.catalog, call.type);
  const found = cluster.store.get(type, namespace, name);
  // The name of the version by which it was written last is no change.
  const live = found === null ? null : asVersion(found, type);
  const config = toStored(appliedConfig(call), call.type, null);
  if (live === null) {
    if (call.subresource !== "" && !createsOnUpdate(type)) throw notFound(type, name);
    const wanted = { type: "resource", verb: "create", ...placeOf(call) } as const;
    if (allowedBecause(cluster, call.user, wanted) === null) throw cannot(call.user, wanted);
    checkNamespace(cluster, type, namespace, name);
  }
  checkEscalation(call, config);
  const { uid, resourceVersion = "" } = config.metadata;
  if (uid !== undefined && uid !== live?.metadata.uid)
    throw invalid(type, name, [invalidValue("metadata.uid", JSON.stringify(uid), "field is immutable")]);
  if (live !== null && resourceVersion !== "" && resourceVersion !== live.metadata.resourceVersion)
    throw modified(type, name);
  const types = typesOf(cluster.catalog);
  const { subresource } = call;
  const now = options.time;
  const keepsEmptied = type.custom !== null;
  const apiVersion = apiVersionOf(type);
  const merged = mergeOrRefuse({ ...options, live, config, apiVersion, subresource, now, types, keepsEmptied });
  const { resourceVersion: _, ...metadata } = merged.metadata;
  const object = { ...merged, metadata: { ...metadata, ...(namespace === "" ? {} : { namespace }) } };
  if (live === null) return { object: createObject(cluster, type, object, options, "applied"), created: true };
  return { object: changeObject(cluster, type, live, object, options, "applied", subresource), created: false };
}

/** The merged object. Throws Refusal 409 for conflicts, 500 where the config does not fit the schema. */
export function mergeOrRefuse(request: ApplyRequest): KubeObject {
  const result = applyMerge(request);
  switch (result.type) {
    case "conflict": {
      const causes = conflictCauses(result.conflicts);
      throw new Refusal(409, "Conflict", conflictMessage(result.conflicts), {}, causes);
    }
    case "untyped":
      throw new Refusal(500, "", result.message);
    case "applied":
      return result.object;
  }
}

function placeOf({ type, namespace, name, subresource }: Call) {
  return { group: type.group, resource: type.resource, subresource, namespace, name };
}

/** The config with its name filled in from the path. Throws Refusal 400. */
function appliedConfig(call: Call): KubeObject {
  const body = patchBody(call);
  if (!isJsonObject(body)) throw badRequest("error decoding YAML: json: cannot unmarshal into Go value of type map");
  const { kind = "", apiVersion = "" } = body;
  const wanted = apiVersionOf(call.type);
  if (kind !== call.type.kind || apiVersion !== wanted) {
    const { group, version } = typeOf(String(apiVersion), String(kind));
    throw badRequest(`invalid object type: ${group}/${version}, Kind=${kind}`);
  }
  const metadata = isJsonObject(body["metadata"]) ? body["metadata"] : {};
  if (metadata["managedFields"] !== undefined) throw badRequest("metadata.managedFields must be nil");
  checkPlace(call, metadata["name"], metadata["namespace"]);
  return { ...body, metadata: { ...metadata, name: call.name } } as unknown as KubeObject;
}

/** Name and namespace in a body may be left out, but not differ from the path. Throws Refusal 400. */
export function checkPlace(call: Call, name: unknown, namespace: unknown): void {
  if (name !== undefined && name !== "" && name !== call.name && call.name !== "") {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${call.name})`);
  }
  if (namespace !== undefined && namespace !== "" && namespace !== call.namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
}
