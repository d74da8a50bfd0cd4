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

// As a real 1.34 answers: only maps of bytes tell "empty" from "none", and only in what a writer says, not in what is stored.
test.each<[kind: string, was: object, way: string, says: object, refused: string[]]>([
  ["ConfigMap", {}, "merge-patch", { binaryData: {} }, ["binaryData"]],
  ["ConfigMap", {}, "merge-patch", { data: {} }, []],
  ["ConfigMap", { binaryData: {} }, "merge-patch", {}, []],
  ["ConfigMap", { binaryData: {} }, "merge-patch", { binaryData: null }, []],
  ["ConfigMap", { binaryData: {} }, "apply-patch", {}, []],
  ["ConfigMap", { binaryData: {} }, "apply-patch", { binaryData: {} }, ["binaryData"]],
  ["ConfigMap", { data: { a: "MQ==" } }, "merge-patch", { data: {} }, []],
  ["ConfigMap", { data: { a: "MQ==" } }, "apply-patch", { data: {} }, ["data"]],
  ["ConfigMap", { data: { a: "MQ==" } }, "apply-patch", { data: { a: "MQ==" }, binaryData: {} }, ["binaryData"]],
  ["Secret", {}, "merge-patch", { data: {} }, ["data"]],
  ["Secret", {}, "apply-patch", { data: {} }, ["data"]],
  ["Secret", {}, "merge-patch", { stringData: {} }, []],
  ["Secret", { data: {} }, "apply-patch", {}, []],
  ["Secret", { data: { a: "MQ==" } }, "merge-patch", { stringData: { a: "1" }, data: {} }, []],
])("an immutable %s with %j: %s of %j", async (kind, was, way, says, refused) => {
  const path = `/api/v1/namespaces/default/${kind.toLowerCase()}s/fixed`;
  const write = (type: string, body: object) =>
    client.send({ method: "PATCH", path: `${path}?fieldManager=one`, headers: { "content-type": type }, body });
  const applied = { apiVersion: "v1", kind, metadata: { name: "fixed" }, immutable: true };
  expect((await write("application/apply-patch+yaml", { ...applied, ...was })).status).toBe(201);
  const changed =
    way === "apply-patch"
      ? await write("application/apply-patch+yaml", { ...applied, ...says })
      : await write("application/merge-patch+json", says);
  await client.send({ method: "DELETE", path });
  const { details } = changed.body as { details?: { causes?: { field: string }[] } };
  expect([changed.status, (details?.causes ?? []).map(({ field }) => field)]).toEqual([
    refused.length === 0 ? 200 : 422,
    refused,
  ]);
});
