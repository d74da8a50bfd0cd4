import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;
const path = "/api/v1/namespaces/default/configmaps";

beforeAll(async () => {
  cluster = await startEmbedded({ simulate: false });
  client = clientOf(cluster.access);
});

afterAll(async () => {
  client.close();
  await cluster.close();
});

interface WatchEvent {
  readonly type: string;
  readonly object: { readonly code?: number; readonly reason?: string; readonly metadata: { readonly name?: string } };
}

const watched = async (query: string) =>
  [(await client.send({ path: `${path}?watch=1&timeoutSeconds=1&${query}` })).body].flat() as WatchEvent[];

test("a watch from a version that is forgotten gets 200 and one ERROR event of code 410; a new list goes on", async () => {
  const body = { metadata: { name: "busy" }, data: { n: "0" } };
  await client.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });
  const type = cluster.store.type("", "ConfigMap")!;
  const live = cluster.store.get(type, "default", "busy")!;
  const { resourceVersion: _, ...metadata } = live.metadata;
  for (let n = 1; n <= 20_100; n++) cluster.store.update(type, { ...live, metadata, data: { n: String(n) } });
  const events = await watched("resourceVersion=1");
  expect(events).toMatchObject([{ type: "ERROR", object: { code: 410, reason: "Expired" } }]);
  const listed = (await client.send({ path })).body as { metadata: { resourceVersion: string } };
  const rest = watched(`resourceVersion=${listed.metadata.resourceVersion}`);
  await client.send({ method: "DELETE", path: `${path}/busy` });
  expect(await rest).toMatchObject([{ type: "DELETED", object: { metadata: { name: "busy" } } }]);
});

test("sendInitialEvents tells what is there, then where that ends, then what changes", async () => {
  const query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&labelSelector=late";
  const watching = watched(query);
  const body = { metadata: { name: "later", labels: { late: "yes" } } };
  await client.send({ method: "POST", path, headers: { "content-type": "application/json" }, body });
  const types = (await watching).map(({ type }) => type);
  expect(types.toSorted()).toEqual(["ADDED", "BOOKMARK"]);
  expect((await watched(query)).map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"]);
});
