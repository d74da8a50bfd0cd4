import type { FieldPath, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { isList, isObject, layBare, type Value } from "./expression/value.ts";
import type { Fail } from "./problems.ts";
import { type Habits, providerHabits } from "./provider-defaults.ts";
import { asProviderSet } from "./provider-sets.ts";
import { type MappedObject, mapStruct } from "./to-object.ts";
import { isPlainTree, type Tree } from "./tree.ts";

/** A resource type that sets some fields of an object which somebody else made. */
interface PartialType {
  /** null: the configuration says it in `api_version` and `kind`. */
  readonly of: { readonly apiVersion: string; readonly kind: string } | null;
  /** Attributes of its own, beside metadata and those that every such type has. */
  readonly attributes: readonly string[];
  readonly fields: (body: { readonly [name: string]: Value }, kind: string, map: MapPart) => Tree;
}

/** Maps a value by a struct of the API, at a path of the object. */
type MapPart = (struct: string, value: { readonly [name: string]: Value }, at: FieldPath) => Tree;

const configMap = { apiVersion: "v1", kind: "ConfigMap" };
const secret = { apiVersion: "v1", kind: "Secret" };
const serviceAccount = { apiVersion: "v1", kind: "ServiceAccount" };

const defaultAccount: PartialType = {
  of: serviceAccount,
  attributes: ["automount_service_account_token", "image_pull_secret", "secret"],
  fields: (body, _kind, map) => withoutEmpty(map("core.v1.ServiceAccount", withoutOwn(body), [])),
};

const types: Readonly<Record<string, PartialType>> = {
  kubernetes_labels: {
    of: null,
    attributes: ["labels"],
    fields: (body, _kind, map) => ({ metadata: map("meta.v1.ObjectMeta", chosen(body, "labels"), ["metadata"]) }),
  },
  kubernetes_annotations: {
    of: null,
    attributes: ["annotations", "template_annotations"],
    fields(body, kind, map) {
      const own = chosen(body, "annotations");
      const ofPods = body["template_annotations"] ?? null;
      const isEmpty = ofPods === null || (isObject(ofPods) && Object.keys(ofPods).length === 0);
      const path = [...templatePath(kind), "metadata"];
      return {
        metadata: withoutEmpty(map("meta.v1.ObjectMeta", own, ["metadata"])),
        ...(isEmpty ? {} : nested(path, map("meta.v1.ObjectMeta", { annotations: ofPods }, path))),
      };
    },
  },
  kubernetes_env: {
    of: null,
    attributes: ["container", "init_container", "env"],
    fields(body, kind, map) {
      const list = (body["init_container"] ?? null) === null ? "containers" : "initContainers";
      const name = body[list === "containers" ? "container" : "init_container"] ?? null;
      const path = kind === "Pod" ? ["spec"] : [...templatePath(kind), "spec"];
      const container = map("core.v1.Container", { name, env: body["env"] ?? [] }, [...path, list, 0]);
      // The provider sends the value even where there is none.
      for (const entry of Array.isArray(container["env"]) ? container["env"] : []) {
        if (!isPlainTree(entry)) continue;
        entry["value"] ??= "";
        const from = isPlainTree(entry["valueFrom"]) ? Object.entries(entry["valueFrom"]) : [];
        for (const [kind, key] of from) if (/KeyRef$/.test(kind) && isPlainTree(key)) key["optional"] ??= false;
      }
      return nested(path, { [list]: [container] });
    },
  },
  kubernetes_node_taint: {
    of: { apiVersion: "v1", kind: "Node" },
    attributes: ["taint"],
    fields: (body, _kind, map) => ({ spec: map("core.v1.NodeSpec", { taint: body["taint"] ?? [] }, ["spec"]) }),
  },
  kubernetes_config_map_v1_data: {
    of: configMap,
    attributes: ["data"],
    fields: (body, _kind, map) => map("core.v1.ConfigMap", chosen(body, "data"), []),
  },
  kubernetes_secret_v1_data: {
    of: secret,
    attributes: ["data"],
    fields: (body, _kind, map) => map("core.v1.Secret", chosen(body, "data"), []),
  },
  kubernetes_default_service_account: defaultAccount,
  kubernetes_default_service_account_v1: defaultAccount,
};

/** Attributes that every partial type may have. */
const common = ["api_version", "kind", "metadata", "field_manager", "force"];

export function isPartial(type: string): boolean {
  return Object.hasOwn(types, type);
}

/** Kind of the object that a part is of; null while it is not known or said. */
export function wholeKind(
  type: string,
  body: JsonObject | { readonly [name: string]: Value },
): {
  readonly apiVersion: Value;
  readonly kind: Value;
} {
  const known = types[type]?.of ?? null;
  return known ?? { apiVersion: (body["api_version"] ?? null) as Value, kind: (body["kind"] ?? null) as Value };
}

/** The name of the object that a part is of, where the type itself gives it. */
export function wholeName(type: string): string | null {
  return types[type] === defaultAccount ? "default" : null;
}

/**
 * The fields that a partial resource applies, with the head of its object: a configuration for server-side apply by a
 * manager of its own (Kubernetes documentation, "Server-Side Apply").
 */
export function mapPartial(type: string, body: Value, fail: Fail): MappedObject | null {
  const partial = types[type]!;
  if (!isObject(body)) return null;
  for (const name of Object.keys(body)) {
    if ([...common, ...partial.attributes].includes(name)) continue;
    const hint = didYouMean(name, [...common, ...partial.attributes]);
    fail(new ExpressionError("unknown-field", `field "${name}" is not known`, hint), [name]);
  }
  const sensitive: FieldPath[] = [];
  const map: MapPart = (struct, value, at) => {
    const mapped = mapStruct(struct, value, bare, fail);
    sensitive.push(...mapped.sensitive.map((path) => [...at, ...path]));
    return mapped.object;
  };
  const { apiVersion, kind } = wholeKind(type, body);
  if (layBare(apiVersion).sensitive) sensitive.push(["apiVersion"]);
  if (layBare(kind).sensitive) sensitive.push(["kind"]);
  const head = map("meta.v1.ObjectMeta", onlyName(body["metadata"] ?? null), ["metadata"]);
  const name = wholeName(type);
  if (name !== null) head["name"] = name;
  const kindText = layBare(kind);
  const fields = partial.fields(body, typeof kindText.plain === "string" ? kindText.plain : "", map);
  if (partial === defaultAccount) providerHabits("v1", "ServiceAccount").finish("core.v1.ServiceAccount", fields, true);
  const { metadata, ...rest } = fields;
  return {
    object: {
      apiVersion: known(apiVersion),
      kind: known(kind),
      metadata: { ...(isPlainTree(metadata) ? metadata : {}), ...head },
      ...rest,
    },
    sensitive,
  };
}

/** What a part sends is what was written: the provider adds no defaults. */
const bare: Habits = {
  emptyIsAbsent: false,
  listed: (field, value) => asProviderSet(field, "", value),
  finish: () => undefined,
};

function known(value: Value): Template {
  return value instanceof Unknown ? value : (layBare(value).plain as Template);
}

function onlyName(metadata: Value): { readonly [name: string]: Value } {
  const single = isList(metadata) ? (metadata[0] ?? null) : metadata;
  if (!isObject(single)) return {};
  return Object.fromEntries(Object.entries(single).filter(([name]) => name === "name" || name === "namespace"));
}

function chosen(body: { readonly [name: string]: Value }, name: string): { readonly [name: string]: Value } {
  return body[name] === undefined ? {} : { [name]: body[name] };
}

function withoutOwn(body: { readonly [name: string]: Value }): { readonly [name: string]: Value } {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== "field_manager" && name !== "force"));
}

function withoutEmpty(fields: Tree): Tree {
  return Object.fromEntries(
    Object.entries(fields).filter(([, v]) => typeof v !== "object" || v === null || Object.keys(v).length > 0),
  );
}

function templatePath(kind: string): string[] {
  return kind === "CronJob" ? ["spec", "jobTemplate", "spec", "template"] : ["spec", "template"];
}

function nested(path: readonly string[], value: Tree): Tree {
  return path.reduceRight<Tree>((inner, step) => ({ [step]: inner }), value);
}
