import type { Json, JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { Call } from "./call.ts";
import type { ServedType } from "./catalog.ts";
import { notFound, Refusal } from "./failures.ts";
import { negotiate, type Representation } from "./negotiate.ts";
import { fieldSelector, labelSelector, type Predicate } from "./selectors.ts";
import { serialized } from "./serialized.ts";
import { partialMetadata, tableOf } from "./tables/table.ts";
import { asVersion } from "./versions.ts";

/** GET of one object. */
export function getObject(call: Call): Answer {
  return objectAnswer(call, 200, liveObject(call));
}

/** The object that the path names; throws Refusal 404. */
export function liveObject(call: Call): KubeObject {
  const live = call.cluster.store.get(call.type, call.namespace, call.name);
  if (live === null) throw notFound(call.type, call.name);
  return live;
}

/** One object in the form that the client asked for. */
export function objectAnswer(call: Call, status: number, object: KubeObject, warnings: readonly string[] = []): Answer {
  const representation = negotiate(call.headers.accept, "object");
  return jsonAnswer(status, objectText(call, object, representation), warnings);
}

/** One object, also inside a watch event. */
export function objectText(call: Call, object: KubeObject, representation: Representation): string {
  const shown = asVersion(object, call.type);
  switch (representation.as) {
    case "Table": {
      const { resourceVersion } = object.metadata;
      return JSON.stringify(
        tableFor(call, [shown], representation, resourceVersion === undefined ? {} : { resourceVersion }),
      );
    }
    case "PartialObjectMetadata":
    case "PartialObjectMetadataList":
      return JSON.stringify(partialMetadata(shown, representation.version));
    default:
      return serialized(shown);
  }
}

/** GET of a collection, or of a page of it. */
export function listObjects(call: Call): Answer {
  const representation = negotiate(call.headers.accept, "list");
  const { cluster, type, namespace, query } = call;
  checkListVersion(call);
  const matches = selection(call);
  const all = cluster.store.list(type, namespace);
  const selected = matches === null ? all : all.filter(matches);
  const page = pageOf(selected, query, cluster.store.resourceVersion(), matches === null);
  const metadata: JsonObject = { resourceVersion: String(cluster.store.resourceVersion()), ...page.metadata };
  switch (representation.as) {
    case "Table":
      return jsonAnswer(200, JSON.stringify(tableFor(call, page.items, representation, metadata)));
    case "PartialObjectMetadataList":
      return jsonAnswer(200, JSON.stringify(partialList(page.items, representation, metadata)));
    default:
      return jsonAnswer(200, listText(type, page.items, metadata));
  }
}

/** Objects in a list go without kind and apiVersion, except custom resources: so does the real server. */
export function listText(type: ServedType, items: readonly KubeObject[], metadata: JsonObject): string {
  const apiVersion = type.group === "" ? type.version : `${type.group}/${type.version}`;
  const head = JSON.stringify({ kind: type.listKind, apiVersion, metadata }).slice(0, -1);
  const prefix = `{"kind":${JSON.stringify(type.kind)},"apiVersion":${JSON.stringify(apiVersion)},`;
  const texts = items.map((item) => {
    const text = serialized(asVersion(item, type));
    return type.custom === null && text.startsWith(prefix) ? `{${text.slice(prefix.length)}` : text;
  });
  return `${head},"items":[${texts.join(",")}]}`;
}

/** What labelSelector and fieldSelector ask for; null when everything is wanted. Throws Refusal 400. */
export function selection(call: Pick<Call, "query" | "type">): Predicate | null {
  const byLabel = labelSelector(call.query.get("labelSelector") ?? "");
  const byField = fieldSelector(call.query.get("fieldSelector") ?? "", call.type);
  if (byLabel === null || byField === null) return byLabel ?? byField;
  return (object) => byLabel(object) && byField(object);
}

function tableFor(
  call: Call,
  items: readonly KubeObject[],
  representation: Representation,
  metadata: JsonObject,
): JsonObject {
  const shown = items.map((item) => asVersion(item, call.type));
  return tableOf(call.type, shown, {
    version: representation.version,
    includeObject: call.query.get("includeObject") ?? "",
    now: call.cluster.now(),
    metadata,
  });
}

function partialList(items: readonly KubeObject[], representation: Representation, metadata: JsonObject): JsonObject {
  return {
    kind: "PartialObjectMetadataList",
    apiVersion: `meta.k8s.io/${representation.version}`,
    metadata,
    items: items.map((item) => partialMetadata(item, representation.version)),
  };
}

/** Version parameters of a list; the answer is always the newest state, which all of them allow. Throws Refusal. */
function checkListVersion({ query, cluster }: Call): void {
  const asked = query.get("resourceVersion") ?? "";
  if (asked === "" && query.has("resourceVersionMatch")) {
    throw invalidListOption(
      "resourceVersionMatch",
      "resourceVersionMatch is forbidden unless resourceVersion is provided",
    );
  }
  if (asked !== "" && query.has("continue"))
    throw new Refusal(400, "BadRequest", "specifying resource version is not allowed when using continue");
  const version = versionIn(asked);
  if (version === null) throw new Refusal(400, "BadRequest", `invalid resource version: ${noVersion(asked)}`);
  const current = cluster.store.resourceVersion();
  if (version <= current) return;
  throw new Refusal(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${version}, current: ${current}`,
    { retryAfterSeconds: 1 },
    [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
  );
}

export function invalidListOption(field: string, why: string): Refusal {
  const message = `Forbidden: ${why}`;
  return new Refusal(
    422,
    "Invalid",
    `ListOptions.meta.k8s.io "" is invalid: ${field}: ${message}`,
    { group: "meta.k8s.io", kind: "ListOptions" },
    [{ reason: "FieldValueForbidden", message, field }],
  );
}

/** 0 for "". Throws Refusal 500, which is what the real server makes of it in a watch. */
export function parseVersion(text: string): number {
  const version = versionIn(text);
  if (version !== null) return version;
  throw new Refusal(500, "", noVersion(text));
}

function versionIn(text: string): number | null {
  if (text === "") return 0;
  return /^\d+$/.test(text) ? Number(text) : null;
}

function noVersion(text: string): string {
  const shown = JSON.stringify(text);
  return `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`;
}

export function parseInteger(text: string | null): number | null {
  if (text === null || text === "") return null;
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new Refusal(400, "BadRequest", `strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
}

interface Page {
  readonly items: readonly KubeObject[];
  readonly metadata: { readonly continue?: string; readonly remainingItemCount?: Json };
}

/** `limit` and `continue` (API reference, "Retrieving large results sets in chunks"), over the newest state. */
function pageOf(all: readonly KubeObject[], query: URLSearchParams, version: number, countable: boolean): Page {
  const limit = parseInteger(query.get("limit")) ?? 0;
  const token = query.get("continue") ?? "";
  const start = token === "" ? "" : decodeToken(token);
  const rest = start === "" ? all : all.filter((object) => pageKey(object) >= start);
  if (limit <= 0 || rest.length <= limit) return { items: rest, metadata: {} };
  const items = rest.slice(0, limit);
  const next = { v: "meta.k8s.io/v1", rv: version, start: `${pageKey(items.at(-1)!)}\u0000` };
  return {
    items,
    metadata: {
      continue: Buffer.from(JSON.stringify(next)).toString("base64url"),
      ...(countable ? { remainingItemCount: rest.length - limit } : {}),
    },
  };
}

function pageKey(object: KubeObject): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

function decodeToken(token: string): string {
  try {
    const { start } = JSON.parse(Buffer.from(token, "base64url").toString()) as { start?: unknown };
    if (typeof start === "string") return start;
  } catch {
    // Falls through to the refusal.
  }
  throw new Refusal(
    400,
    "BadRequest",
    "invalid continue token: continue key is not valid: illegal base64 data at input byte 0",
  );
}
