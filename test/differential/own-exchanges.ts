import { isJsonObject, type JsonObject } from "../../src/model/json.ts";
import { type Exchange, readExchanges } from "../embedded/replay.ts";

const namespace = "x-own";
const json = { "content-type": "application/json" };
const table = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json" };

/** The life of one object of every kind whose defaults were recorded, right and wrong requests in turns. */
export function ownExchanges(): Exchange[] {
  const seen = new Set<string>();
  return readExchanges("defaults").flatMap((recorded) => {
    const { body, name } = recorded;
    if (recorded.method !== "POST" || recorded.status !== 201 || !isJsonObject(body)) return [];
    const path = recorded.path.replace(/\?.*/, "").replace(/namespaces\/[^/]+\//, `namespaces/${namespace}/`);
    const metadata = isJsonObject(body["metadata"]) ? body["metadata"] : {};
    const object = { ...body, metadata: { name: String(metadata["name"] ?? name) } };
    const key = `${path} ${object.metadata.name}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return life(`own-${name}`, path, object);
  });
}

function life(name: string, collection: string, object: JsonObject & { metadata: { name: string } }): Exchange[] {
  const path = `${collection}/${object.metadata.name}`;
  const { apiVersion, kind } = object;
  const config = (metadata: JsonObject) => ({
    apiVersion,
    kind,
    metadata: { name: object.metadata.name, ...metadata },
  });
  const patch = (type: string) => ({ "content-type": `application/${type}` });
  const ask = (
    what: string,
    method: string,
    to: string,
    body: unknown = null,
    headers: Readonly<Record<string, string>> = body === null ? {} : json,
  ): Exchange => ({
    name: `${name}-${what}`,
    method,
    path: to,
    headers: { accept: "application/json", ...headers },
    body,
    status: 0,
    responseHeaders: {},
    response: null,
  });
  return [
    ask("dry-run", "POST", `${collection}?dryRun=All&fieldManager=one`, object),
    ask("create", "POST", `${collection}?fieldManager=one`, object),
    ask("create-again", "POST", collection, object),
    ask("create-unknown-field", "POST", `${collection}?fieldValidation=Strict`, { ...object, colour: "red" }),
    ask("get", "GET", path),
    ask("table", "GET", path, null, table),
    ask("list-table", "GET", collection, null, table),
    ask("apply", "PATCH", `${path}?fieldManager=two`, config({ labels: { tier: "web" } }), patch("apply-patch+yaml")),
    ask(
      "apply-again",
      "PATCH",
      `${path}?fieldManager=two`,
      config({ labels: { tier: "web" } }),
      patch("apply-patch+yaml"),
    ),
    ask(
      "apply-conflict",
      "PATCH",
      `${path}?fieldManager=three`,
      config({ labels: { tier: "db" } }),
      patch("apply-patch+yaml"),
    ),
    ask(
      "apply-force",
      "PATCH",
      `${path}?fieldManager=three&force=true`,
      config({ labels: { tier: "db" } }),
      patch("apply-patch+yaml"),
    ),
    ask("apply-nothing", "PATCH", `${path}?fieldManager=three`, config({}), patch("apply-patch+yaml")),
    ask(
      "merge",
      "PATCH",
      `${path}?fieldManager=four`,
      { metadata: { annotations: { note: "1" } } },
      patch("merge-patch+json"),
    ),
    ask("merge-bad-label", "PATCH", path, { metadata: { labels: { "not ok": "1" } } }, patch("merge-patch+json")),
    ask(
      "json",
      "PATCH",
      `${path}?fieldManager=four`,
      [{ op: "replace", path: "/metadata/annotations/note", value: "2" }],
      patch("json-patch+json"),
    ),
    ask(
      "json-misses",
      "PATCH",
      path,
      [{ op: "test", path: "/metadata/annotations/note", value: "3" }],
      patch("json-patch+json"),
    ),
    ask(
      "strategic",
      "PATCH",
      `${path}?fieldManager=four`,
      { metadata: { finalizers: ["example.com/f"] } },
      patch("strategic-merge-patch+json"),
    ),
    ask("put-stale", "PUT", path, { ...object, metadata: { ...object.metadata, resourceVersion: "1" } }),
    ask("put-other-uid", "PUT", path, {
      ...object,
      metadata: { ...object.metadata, uid: "00000000-0000-0000-0000-000000000001" },
    }),
    ask("selector", "GET", `${collection}?labelSelector=tier%3Dweb`),
    ask("delete-other-uid", "DELETE", path, { preconditions: { uid: "00000000-0000-0000-0000-000000000001" } }),
    ask("delete-dry", "DELETE", `${path}?dryRun=All`),
    ask("delete-held", "DELETE", path),
    ask("release", "PATCH", path, { metadata: { finalizers: null } }, patch("merge-patch+json")),
    ask("get-gone", "GET", path),
    ask("delete-gone", "DELETE", path),
  ];
}
