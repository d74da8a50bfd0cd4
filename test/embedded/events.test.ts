import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;
beforeAll(async () => {
  cluster = await startEmbedded({ simulate: false });
  client = clientOf(cluster.access);
});
afterAll(async () => {
  client.close();
  await cluster.close();
});

const older = "/api/v1/namespaces/default/events";
const newer = "/apis/events.k8s.io/v1/namespaces/default/events";
const headers = { "content-type": "application/json" };
const regarding = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web" };
const count = { count: 3, lastTimestamp: "2026-11-21T08:00:00Z" };

test("both groups show the same events, each under its own names", async () => {
  const body = {
    metadata: { name: "one" },
    involvedObject: regarding,
    reason: "Pulled",
    message: "image is there",
    ...count,
  };
  expect((await client.send({ method: "POST", path: older, headers, body })).status).toBe(201);
  const said = { metadata: { name: "two" }, regarding, reason: "Killing", note: "stopping", type: "Normal" };
  const made = await client.send({ method: "POST", path: newer, headers, body: said });
  expect(made.body).toMatchObject({ apiVersion: "events.k8s.io/v1", note: "stopping", regarding });
  expect((await client.send({ path: `${newer}/one` })).body).toMatchObject({
    apiVersion: "events.k8s.io/v1",
    regarding,
    note: "image is there",
    deprecatedCount: 3,
    deprecatedLastTimestamp: "2026-11-21T08:00:00Z",
  });
  const two = (await client.send({ path: `${older}/two` })).body;
  expect(two).toMatchObject({ apiVersion: "v1", involvedObject: regarding, message: "stopping" });
  expect(two).not.toHaveProperty("note");
  const watched = await client.send({ path: `${newer}?watch=1&timeoutSeconds=1` });
  expect([watched.body].flat()).toMatchObject([
    { object: { note: "image is there" } },
    { object: { note: "stopping" } },
  ]);
  expect((await client.send({ method: "DELETE", path: `${newer}/one` })).status).toBe(200);
  expect((await client.send({ path: `${older}/one` })).status).toBe(404);
});

test.each([older, newer])("a table of %s has the columns of kubectl", async (path) => {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const table = (await client.send({ path: `${path}?includeObject=Object`, headers: { accept } })).body as {
    rows: { cells: unknown[]; object: { apiVersion: string } }[];
  };
  expect(table.rows.map(({ cells }) => cells.slice(1, 4))).toEqual([["Normal", "Killing", "pod/web"]]);
  expect(table.rows[0]!.object.apiVersion).toBe(path === older ? "v1" : "events.k8s.io/v1");
});
