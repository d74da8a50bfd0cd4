import { type ObjectKey, parseObjectKey } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { Instance } from "./instances.ts";
import type { ResourceSource } from "./source.ts";

/** Whether an attribute holds secrets, by its path. */
export function isSecretPath(type: string, path: readonly (string | number)[]): boolean {
  return /^kubernetes_secret/.test(type) && /^(data|binary_data|data_wo)$/.test(String(path[0]));
}

/** Attributes that the provider computes from the configuration alone. */
export function withComputed(instance: Instance, body: JsonObject, key: ObjectKey | null): JsonObject {
  if (key === null) return body;
  const { namespace, name } = parseObjectKey(key);
  const out: JsonObject = { ...body, id: namespace === "" ? name : `${namespace}/${name}` };
  const metadata = Array.isArray(body["metadata"]) ? body["metadata"][0] : body["metadata"];
  if (instance.resource.type !== "kubernetes_manifest" && isJsonObject(metadata)) {
    const identity: JsonObject = { name };
    if (namespace !== "") identity["namespace"] = namespace;
    out["metadata"] = { ...metadata, ...identity };
  }
  return out;
}

/** The live object as attributes: `object` of a manifest is the whole; a Secret's data is decoded. */
export function liveView(resource: ResourceSource, live: JsonObject | undefined): Json | undefined {
  if (live === undefined) return undefined;
  if (resource.type === "kubernetes_manifest") return { object: live };
  if (live["kind"] !== "Secret" || !isJsonObject(live["data"])) return live;
  const data = Object.entries(live["data"]).map(([k, v]) => [k, Buffer.from(String(v), "base64").toString("utf8")]);
  return { ...live, data: Object.fromEntries(data) as JsonObject };
}
