import { readdirSync, readFileSync } from "node:fs";
import type { Results, SynthStack, Template } from "../../src/model/desired.ts";
import { Unknown } from "../../src/model/desired.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/model/json.ts";

/** A recording of what the real provider sent for a configuration; fields as in the fixtures' README. */
export interface ParityCase {
  readonly name: string;
  readonly type: string;
  readonly config: JsonObject;
  readonly given?: JsonObject;
  readonly requests: readonly { readonly method: string; readonly body: Json }[];
  /** JSON pointers into `requests`. */
  readonly volatileInRequests?: readonly string[];
}

const folder = new URL("../fixtures/parity/", import.meta.url);

export function parityCases(): ParityCase[] {
  return readdirSync(folder)
    .filter((file) => /^kubernetes_.*\.json$/.test(file))
    .sort()
    .map((file) => ({
      ...(JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Omit<ParityCase, "name">),
      name: file.replace(/\.json$/, ""),
    }));
}

/** The objects that the update cases make first, and make anew where the provider replaced. */
export function updateCases(): ParityCase[] {
  const updates = new URL("updates/", folder);
  return readdirSync(updates)
    .sort()
    .flatMap((file) => {
      const one = JSON.parse(readFileSync(new URL(file, updates), "utf8")) as UpdateCase;
      const name = file.replace(/\.json$/, "");
      const before = { ...one, name: `${name} before`, config: one.before, requests: one.createRequests };
      const made = one.requests.filter((r) => r.method === "POST");
      return one.after === null || made.length === 0
        ? [before]
        : [before, { ...one, name: `${name} after`, config: one.after, requests: made }];
    });
}

interface UpdateCase {
  readonly type: string;
  readonly given?: JsonObject;
  readonly before: JsonObject;
  readonly after: JsonObject | null;
  readonly createRequests: ParityCase["requests"];
  readonly requests: ParityCase["requests"];
}

export const nothingKnown: Results = { live: new Map(), generated: new Map() };

export function stackOf(json: JsonObject, fields: Partial<SynthStack> = {}): SynthStack {
  return { name: "app", file: "stacks/app.ts", after: [], vars: {}, positions: {}, json, ...fields };
}

export function parityStack(one: ParityCase): SynthStack {
  const resource: JsonObject = { ...one.given };
  const own = resource[one.type];
  resource[one.type] = { ...(isJsonObject(own) ? own : {}), this: one.config };
  return stackOf({ resource });
}

/** The object without what Go prints for nobody, secrets in one form; lists in their order, sets among them. */
export function normal(value: Template, key = ""): Json {
  if (value instanceof Unknown) return `unknown ${value.expression}`;
  if (Array.isArray(value)) return value.map((item) => normal(item, key));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value)
    .filter(([k, v]) => v !== null && !isNoise(k, v, key))
    .map(([k, v]): [string, Json] => [k, normal(v, k)]);
  // Go prints an empty struct where the kind has a spec that nobody wrote.
  const meant = entries.filter(([k, v]) => key !== "" || k !== "spec" || JSON.stringify(v) !== "{}");
  return Object.fromEntries(meant.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Order is meaning only in these: everywhere else a list of plain values is a set to the provider or to the API. */
const ordered = new Set(["command", "args"]);

/** Lists of blocks that are sets to the provider. */
const blockSets = new Set(["subsets", "addresses", "notReadyAddresses"]);

/** Sets in one order: the small cases were recorded without theirs. */
export function withSetsSorted(value: Json, key = "", parent = ""): Json {
  if (Array.isArray(value)) {
    const items = value.map((item) => withSetsSorted(item, key, key));
    const isSet = items.every((item) => typeof item !== "object") && !ordered.has(key);
    if (!isSet && !blockSets.has(key) && !(key === "ports" && parent === "subsets")) return items;
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, withSetsSorted(v, k, key)]));
}

function isNoise(key: string, value: Template, parent: string): boolean {
  const isEmpty = isJsonObject(value) && Object.keys(value).length === 0;
  if (key === "status" && (parent === "" || isEmpty)) return true;
  if (key === "strategy" || key === "updateStrategy" || key === "resources" || key === "behavior") return isEmpty;
  if (key === "targetPort") return value === "";
  return key === "type" && parent === "hostPath" && value === "";
}

/** What the provider asked for, with a Secret's stringData as the data that we send. */
export function expectedBody(one: ParityCase): Json {
  const request = one.requests[0]?.body ?? null;
  const body = Array.isArray(request) ? patchedAccount(one, request) : request;
  if (!isJsonObject(body)) return normal(body);
  if (body["kind"] !== "Secret") return normal(body);
  const { stringData, data, ...rest } = body;
  const encoded = Object.entries(isJsonObject(stringData) ? stringData : {}).map(([k, v]) => [
    k,
    Buffer.from(String(v)).toString("base64"),
  ]);
  const all = { ...(isJsonObject(data) ? data : {}), ...(Object.fromEntries(encoded) as JsonObject) };
  return normal(Object.keys(all).length === 0 ? rest : { ...rest, data: all });
}

/** A JSON patch of the default service account, as the fields that it sets. */
function patchedAccount(one: ParityCase, operations: readonly Json[]): Json {
  const namespaces = one.given?.["kubernetes_namespace_v1"];
  const given = isJsonObject(namespaces) ? Object.values(namespaces)[0] : undefined;
  const head = isJsonObject(given) && isJsonObject(given["metadata"]) ? given["metadata"]["name"] : undefined;
  const metadata: Record<string, Json> = { name: "default", namespace: head ?? "default" };
  const out: Record<string, Json> = { apiVersion: "v1", kind: "ServiceAccount", metadata };
  for (const operation of operations) {
    if (!isJsonObject(operation)) continue;
    const [, top = "", below] = String(operation["path"]).split("/");
    if (below === undefined) out[top] = operation["value"] ?? null;
    else metadata[below] = operation["value"] ?? null;
  }
  return out;
}
