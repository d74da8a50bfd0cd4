import type { DataQuery } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { withNamespace } from "./namespaced.ts";
import { resourceKinds } from "./resource-types.ts";
import { singleBlock } from "./source.ts";

/** Data sources of the provider that stand for one object, by the resource type of the same name. */
const objects: ReadonlySet<string> = new Set(
  (
    "config_map config_map_v1 endpoints_v1 ingress ingress_v1 mutating_webhook_configuration_v1 namespace " +
    "namespace_v1 persistent_volume_claim persistent_volume_claim_v1 persistent_volume_v1 pod pod_v1 secret " +
    "secret_v1 service service_v1 service_account service_account_v1 storage_class storage_class_v1"
  )
    .split(" ")
    .map((name) => `kubernetes_${name}`),
);

const others: ReadonlySet<string> = new Set(
  "all_namespaces nodes resource resources server_version".split(" ").map((name) => `kubernetes_${name}`),
);

export function isDataSource(type: string): boolean {
  return objects.has(type) || others.has(type);
}

/** What to ask the cluster for. Throws ExpressionErrors for what the arguments lack. */
export function queryOf(type: string, args: JsonObject): DataQuery {
  switch (type) {
    case "kubernetes_server_version":
      return { type: "version" };
    case "kubernetes_all_namespaces":
      return { type: "list", group: "", version: "v1", kind: "Namespace", options: {} };
    case "kubernetes_nodes": {
      const labels = singleBlock(singleBlock(args["metadata"])["labels"]);
      const labelSelector = Object.entries(labels)
        .map(([key, value]) => `${key}=${String(value)}`)
        .join(",");
      const options = labelSelector === "" ? {} : { labelSelector };
      return { type: "list", group: "", version: "v1", kind: "Node", options };
    }
    case "kubernetes_resources": {
      const named: [string, Json | undefined][] = [
        ["namespace", args["namespace"]],
        ["labelSelector", args["label_selector"]],
        ["fieldSelector", args["field_selector"]],
      ];
      const options = Object.fromEntries(named.filter(([, value]) => typeof value === "string" && value !== ""));
      return { type: "list", ...typeOf(text(args, "api_version"), text(args, "kind")), options };
    }
    default: {
      const known = resourceKinds.get(type);
      const { apiVersion, kind } = known ?? { apiVersion: text(args, "api_version"), kind: text(args, "kind") };
      const metadata = singleBlock(args["metadata"]);
      const { group, version } = typeOf(apiVersion, kind);
      const namespace = typeof metadata["namespace"] === "string" ? metadata["namespace"] : "";
      const id = withNamespace({ group, kind, name: text(metadata, "name"), namespace });
      return { type: "object", ref: { ...id, version } };
    }
  }
}

function text(from: JsonObject, name: string): string {
  const value = from[name];
  if (typeof value === "string" && value !== "") return value;
  throw new ExpressionError("missing-field", `"${name}" is missing`);
}

/** What a data source says of itself beside the answer: whose arguments are attributes of their own, not the object's. */
export function argumentsAsAttributes(type: string): boolean {
  return others.has(type);
}

/** An answer under the attributes' names, in the form in which live objects are read; `args` as they stand in the block. */
export function viewOf(type: string, answer: Json, args: JsonObject): Json {
  const items = Array.isArray(answer) ? answer : [];
  switch (type) {
    case "kubernetes_server_version": {
      const all = isJsonObject(answer) ? answer : {};
      const git = String(all["gitVersion"] ?? "");
      const [, version = "", major = "", minor = ""] = /^v?((\d+)\.(\d+)\.\d+)/.exec(git) ?? [];
      return { ...all, id: version, version, git_version: git, major, minor };
    }
    case "kubernetes_all_namespaces":
      return {
        id: "namespaces",
        namespaces: items.map((item) => singleBlock(singleBlock(item)["metadata"])["name"] ?? null),
      };
    case "kubernetes_nodes":
      return { nodes: items };
    case "kubernetes_resources":
      return { objects: items };
    case "kubernetes_resource":
      return { object: answer };
    default:
      return isJsonObject(answer) ? objectView(type, answer, args) : answer;
  }
}

/** What the provider shows otherwise than the API: a pod's phase, and a Secret's keys that were asked for in base64. */
function objectView(type: string, object: JsonObject, args: JsonObject): JsonObject {
  const { namespace, name } = singleBlock(object["metadata"]);
  const view = { ...object, id: typeof namespace === "string" ? `${namespace}/${String(name)}` : (name ?? null) };
  if (/^kubernetes_pod(_v1)?$/.test(type)) return { ...view, status: singleBlock(object["status"])["phase"] ?? null };
  if (!/^kubernetes_secret(_v1)?$/.test(type)) return view;
  const encoded = Object.keys(singleBlock(args["binary_data"]));
  if (encoded.length === 0) return view;
  const data = Object.entries(singleBlock(object["data"]));
  return {
    ...view,
    data: Object.fromEntries(data.filter(([key]) => !encoded.includes(key))),
    binary_data: Object.fromEntries(data.filter(([key]) => encoded.includes(key))),
  };
}
