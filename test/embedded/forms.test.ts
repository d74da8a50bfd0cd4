import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { at } from "../../src/model/read-field.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;
const deployments = "/apis/apps/v1/namespaces/default/deployments";
const headers = { "content-type": "application/json" };

beforeAll(async () => {
  cluster = await startEmbedded({ simulate: false });
  client = clientOf(cluster.access);
  const template = { metadata: { labels: { app: "w" } }, spec: { containers: [{ name: "c", image: "web:1" }] } };
  const spec = { replicas: 3, selector: { matchLabels: { app: "w" } }, template };
  await client.send({ method: "POST", path: deployments, headers, body: { metadata: { name: "w" }, spec } });
  const pod = { metadata: { name: "p" }, spec: template.spec };
  await client.send({ method: "POST", path: "/api/v1/namespaces/default/pods", headers, body: pod });
});
afterAll(async () => {
  client.close();
  await cluster.close();
});

test("a scale has kubectl's columns", async () => {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
  const table = (await client.send({ path: `${deployments}/w/scale`, headers: { accept } })).body;
  const { columnDefinitions, rows } = table as { columnDefinitions: { name: string }[]; rows: { cells: unknown[] }[] };
  expect(columnDefinitions.map(({ name }) => name)).toEqual(["Name", "Desired", "Available", "Age"]);
  expect(rows[0]?.cells.slice(0, 3)).toEqual(["w", 3, 0]);
});

test("kubectl explain can name quantities and ports", async () => {
  const { body } = await client.send({ path: "/openapi/v3/api/v1" });
  const schemas = at(body, "components", "schemas");
  const ref = (name: string) => `#/components/schemas/io.k8s.apimachinery.${name}`;
  const requests = at(schemas, "core.v1.ResourceRequirements", "properties", "requests", "additionalProperties");
  expect(requests).toEqual({ $ref: ref("Quantity") });
  expect(at(schemas, "core.v1.HTTPGetAction", "properties", "port")).toEqual({ $ref: ref("IntOrString") });
  expect(at(schemas, "io.k8s.apimachinery.IntOrString")).toMatchObject({ format: "int-or-string" });
});

test.each([
  ["/livez", "ok"],
  ["/readyz/etcd", "ok"],
  ["/healthz?verbose", "[+]ping ok\n[+]log ok\n[+]etcd ok\nhealthz check passed\n"],
])("%s is answered", async (path, text) => {
  expect(await client.send({ path })).toMatchObject({ status: 200, text });
});

test("kubectl debug is refused with the reason", async () => {
  const path = "/api/v1/namespaces/default/pods/p/ephemeralcontainers";
  const type = { "content-type": "application/strategic-merge-patch+json" };
  const refused = await client.send({ method: "PATCH", path, headers: type, body: { spec: {} } });
  expect(refused).toMatchObject({ status: 400, body: { message: expect.stringContaining("runs no containers") } });
});

test.each([
  ["application/vnd.kubernetes.protobuf", 406, "does not answer in application/vnd.kubernetes.protobuf"],
  ["application/vnd.kubernetes.protobuf, */*", 200, '"kind":"DeploymentList"'],
  ["application/vnd.kubernetes.protobuf,application/json", 200, '"kind":"DeploymentList"'],
  ["text/html", 406, "Available representations: application/json"],
])("accepting %s", async (accept, status, text) => {
  const answer = await client.send({ path: deployments, headers: { accept } });
  expect(answer.status).toBe(status);
  expect(answer.text).toContain(text);
});
