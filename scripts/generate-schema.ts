/**
 * Makes src/schema/types.json from the OpenAPI v3 documents that Kubernetes publishes with its source (Apache-2.0), read
 * from the Go module k8s.io/kubernetes. The documents hold no enums: those come from the `+enum` types of k8s.io/api.
 * Run: `npm run generate:schema` (needs `go` and a Go module proxy). The result is checked in.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readEnums } from "./go-enums.ts";

const PATCH = "34.4";
const KUBERNETES = `v1.${PATCH}`;

/** Documents that are read, in the order in which discovery prefers versions of one group. */
const DOCUMENTS = [
  "api__v1",
  "apis__apiregistration.k8s.io__v1",
  "apis__apps__v1",
  "apis__events.k8s.io__v1",
  "apis__authentication.k8s.io__v1",
  "apis__authorization.k8s.io__v1",
  "apis__autoscaling__v2",
  "apis__autoscaling__v1",
  "apis__batch__v1",
  "apis__certificates.k8s.io__v1",
  "apis__networking.k8s.io__v1",
  "apis__policy__v1",
  "apis__rbac.authorization.k8s.io__v1",
  "apis__storage.k8s.io__v1",
  "apis__admissionregistration.k8s.io__v1",
  "apis__apiextensions.k8s.io__v1",
  "apis__scheduling.k8s.io__v1",
  "apis__coordination.k8s.io__v1",
  "apis__node.k8s.io__v1",
  "apis__discovery.k8s.io__v1",
  "apis__flowcontrol.apiserver.k8s.io__v1",
];

/** kubectl's short names and categories stand in discovery, not in OpenAPI: resource.group -> names. */
const SHORT_NAMES: Record<string, string[]> = {
  configmaps: ["cm"],
  componentstatuses: ["cs"],
  endpoints: ["ep"],
  events: ["ev"],
  "events.events.k8s.io": ["ev"],
  limitranges: ["limits"],
  namespaces: ["ns"],
  nodes: ["no"],
  persistentvolumeclaims: ["pvc"],
  persistentvolumes: ["pv"],
  pods: ["po"],
  replicationcontrollers: ["rc"],
  resourcequotas: ["quota"],
  serviceaccounts: ["sa"],
  services: ["svc"],
  "customresourcedefinitions.apiextensions.k8s.io": ["crd", "crds"],
  "daemonsets.apps": ["ds"],
  "deployments.apps": ["deploy"],
  "replicasets.apps": ["rs"],
  "statefulsets.apps": ["sts"],
  "horizontalpodautoscalers.autoscaling": ["hpa"],
  "cronjobs.batch": ["cj"],
  "certificatesigningrequests.certificates.k8s.io": ["csr"],
  "ingresses.networking.k8s.io": ["ing"],
  "networkpolicies.networking.k8s.io": ["netpol"],
  "ipaddresses.networking.k8s.io": ["ip"],
  "poddisruptionbudgets.policy": ["pdb"],
  "priorityclasses.scheduling.k8s.io": ["pc"],
  "storageclasses.storage.k8s.io": ["sc"],
  "volumeattributesclasses.storage.k8s.io": ["vac"],
};
const CATEGORIES: Record<string, string[]> = {
  all: [
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets.apps",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "horizontalpodautoscalers.autoscaling",
    "cronjobs.batch",
    "jobs.batch",
  ],
  "api-extensions": [
    "customresourcedefinitions.apiextensions.k8s.io",
    "apiservices.apiregistration.k8s.io",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingwebhookconfigurations.admissionregistration.k8s.io",
    "validatingadmissionpolicies.admissionregistration.k8s.io",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io",
  ],
};

interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  default?: unknown;
  required?: string[];
  allOf?: Schema[];
  oneOf?: Schema[];
  properties?: Record<string, Schema>;
  additionalProperties?: Schema;
  items?: Schema;
  "x-kubernetes-list-type"?: string;
  "x-kubernetes-list-map-keys"?: string[];
  "x-kubernetes-map-type"?: string;
  "x-kubernetes-group-version-kind"?: Gvk[];
}
interface Gvk {
  group: string;
  version: string;
  kind: string;
}
interface Operation {
  "x-kubernetes-action"?: string;
  "x-kubernetes-group-version-kind"?: Gvk;
}
interface Kind extends Gvk {
  resource: string;
  namespaced: boolean;
  verbs: Set<string>;
  subresources: Set<string>;
}

const VERBS: Record<string, string> = {
  "item get": "get",
  "item put": "update",
  "item patch": "patch",
  "item delete": "delete",
  "list get": "list",
  "list post": "create",
  "list delete": "deletecollection",
};

function moduleDir(module: string): string {
  const answer = execFileSync("go", ["mod", "download", "-json", module], { encoding: "utf8" });
  return (JSON.parse(answer) as { Dir: string }).Dir;
}

const specs = join(moduleDir(`k8s.io/kubernetes@${KUBERNETES}`), "api/openapi-spec/v3");
const enums = readEnums(moduleDir(`k8s.io/api@v0.${PATCH}`));
const schemas = new Map<string, Schema>();
const kinds = new Map<string, Kind>();

for (const document of DOCUMENTS) {
  const spec = JSON.parse(readFileSync(join(specs, `${document}_openapi.json`), "utf8")) as {
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, Schema> };
  };
  for (const [name, schema] of Object.entries(spec.components.schemas)) schemas.set(name, schema);
  for (const [path, operations] of Object.entries(spec.paths)) readPath(path, operations);
}

function readPath(path: string, operations: Record<string, Operation>): void {
  const match =
    /^\/(?:api|apis\/[^/]+)\/[^/]+\/(watch\/)?(namespaces\/\{namespace\}\/)?([a-z]+)(\/\{name\})?(?:\/(.+))?$/.exec(
      path,
    );
  if (match === null) return;
  const [, watch, namespaced, resource, item, subresource] = match;
  const group = path.startsWith("/api/") ? "" : path.split("/")[2]!;
  const version = path.split("/")[group === "" ? 2 : 3]!;
  const key = `${group}/${version}/${resource}`;
  for (const [method, operation] of Object.entries(operations)) {
    const gvk = operation["x-kubernetes-group-version-kind"];
    if (gvk === undefined) continue;
    if (subresource !== undefined) {
      const kind = kinds.get(key);
      if (!subresource.includes("{path}")) kind?.subresources.add(subresource);
      continue;
    }
    let kind = kinds.get(key);
    if (kind === undefined) {
      const served = { group, version, kind: gvk.kind };
      kind = { ...served, resource: resource!, namespaced: false, verbs: new Set(), subresources: new Set() };
      kinds.set(key, kind);
    }
    if (namespaced !== undefined) kind.namespaced = true;
    const verb = watch !== undefined ? "watch" : VERBS[`${item === undefined ? "list" : "item"} ${method}`];
    if (verb !== undefined) kind.verbs.add(verb);
  }
}

function shortName(name: string): string {
  return name
    .replace(/^io\.k8s\.api\./, "")
    .replace(/^io\.k8s\.apimachinery\.pkg\.(apis\.)?/, "")
    .replace(/^io\.k8s\.apiextensions-apiserver\.pkg\.apis\./, "")
    .replace(/^io\.k8s\.kube-aggregator\.pkg\.apis\./, "");
}

const LEAVES: Record<string, string> = {
  "string/": "s",
  "string/byte": "y",
  "string/date-time": "t",
  "integer/": "l",
  "integer/int64": "l",
  "integer/int32": "i",
  "number/": "n",
  "number/double": "n",
  "boolean/": "b",
};

const structs: Record<string, Record<string, string>> = {};
const pending = new Set<string>();
const usedEnums: Record<string, readonly string[]> = {};

/** The codes that src/schema/decode.ts reads. `owner.field` finds an enum. */
function encode(schema: Schema, enumName: string | undefined): string {
  const target = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (target !== undefined) return encodeReference(target.replace("#/components/schemas/", ""), schema);
  const atomic = schema["x-kubernetes-map-type"] === "atomic" ? "!" : "";
  if (schema.type === "array") {
    const kind = schema["x-kubernetes-list-type"] ?? "atomic";
    const keys = schema["x-kubernetes-list-map-keys"] ?? [];
    const code = kind === "map" ? `m(${keys.join(",")})` : kind === "set" ? "s" : "a";
    return `[${code}]${encode(schema.items ?? {}, enumName)}`;
  }
  if (schema.additionalProperties !== undefined) return `${atomic}{}${encode(schema.additionalProperties, undefined)}`;
  if (schema.type === undefined || schema.type === "object") return "u";
  const leaf = LEAVES[`${schema.type}/${schema.format ?? ""}`];
  if (leaf === undefined) throw new Error(`no code for ${JSON.stringify(schema)}`);
  const values = enumName === undefined || leaf !== "s" ? undefined : enums.values.get(enumName);
  if (values === undefined) return leaf;
  usedEnums[enumName!] = values;
  return `e(${enumName})`;
}

function encodeReference(name: string, use: Schema): string {
  const schema = schemas.get(name);
  if (schema === undefined) throw new Error(`${name} is not in the documents`);
  if (name.endsWith(".resource.Quantity")) return "q";
  if (schema.format === "int-or-string") return "x";
  if (schema.properties === undefined) return encode(schema, undefined);
  // What a field says of its struct goes before what the struct says of itself.
  const atomic = (use["x-kubernetes-map-type"] ?? schema["x-kubernetes-map-type"]) === "atomic" ? "!" : "";
  pending.add(name);
  return `${atomic}@${shortName(name)}`;
}

function encodeField(schema: Schema, required: boolean, enumName: string | undefined): string {
  const value = schema.default === undefined ? "" : `=${JSON.stringify(schema.default)}`;
  return `${required ? "*" : ""}${encode(schema, enumName)}${value}`;
}

function encodeStruct(name: string): void {
  const schema = schemas.get(name)!;
  const fields: Record<string, string> = {};
  for (const [field, type] of Object.entries(schema.properties ?? {})) {
    const enumName = enums.fields.get(`${shortName(name)}.${field}`);
    fields[field] = encodeField(type, schema.required?.includes(field) ?? false, enumName);
  }
  structs[shortName(name)] = fields;
}

const roots: Record<string, string> = {};
for (const [name, schema] of [...schemas].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const gvks = schema["x-kubernetes-group-version-kind"] ?? [];
  const [gvk] = gvks;
  if (gvks.length !== 1 || gvk === undefined || name.endsWith("List") || schema.properties === undefined) continue;
  if (/^(WatchEvent|DeleteOptions|Status)$/.test(gvk.kind)) continue;
  roots[`${gvk.group}/${gvk.version}/${gvk.kind}`] = shortName(name);
  pending.add(name);
}
for (const name of pending) encodeStruct(name);

const table = {
  about: `Generated by scripts/generate-schema.ts from the OpenAPI documents of Kubernetes ${KUBERNETES}; Copyright The Kubernetes Authors, Apache-2.0.`,
  kubernetes: KUBERNETES,
  kinds: [...kinds.values()].map((kind) => {
    const place = kind.group === "" ? kind.resource : `${kind.resource}.${kind.group}`;
    return [
      kind.group,
      kind.version,
      kind.kind,
      kind.resource,
      kind.namespaced ? 1 : 0,
      [...kind.verbs].sort().join(" "),
      (SHORT_NAMES[place] ?? []).join(" "),
      Object.keys(CATEGORIES)
        .filter((category) => CATEGORIES[category]!.includes(place))
        .join(" "),
      [...kind.subresources].sort().join(" "),
    ];
  }),
  roots,
  enums: usedEnums,
  structs,
};

const target = fileURLToPath(new URL("../src/schema/types.json", import.meta.url));
writeFileSync(
  target,
  `${JSON.stringify(table).replaceAll(/("(?:structs|kinds|roots|enums)":|},(?=")|],(?=\[))/g, "$1\n")}\n`,
);
console.log(`${target}: ${table.kinds.length} kinds, ${Object.keys(structs).length} types`);
