import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { at, listAt, textAt } from "../../src/model/read-field.ts";
import { widgetDefinition } from "../differential/kinds.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  // No controller writes in between.
  cluster = await startEmbedded({ simulate: false });
  client = clientOf(cluster.access);
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const headers = { "content-type": "application/json" };
  expect((await client.send({ method: "POST", path, headers, body: widgetDefinition })).status).toBe(201);
});
afterAll(async () => {
  client.close();
  await cluster.close();
});

const services = { at: "/api/v1/namespaces/default/services", apiVersion: "v1", kind: "Service" };
const deployments = { at: "/apis/apps/v1/namespaces/default/deployments", apiVersion: "apps/v1", kind: "Deployment" };
const widgets = (version: string) => ({
  at: `/apis/differential.example.com/${version}/namespaces/default/widgets`,
  apiVersion: `differential.example.com/${version}`,
  kind: "Widget",
});
const ports = [{ port: 80, name: "web" }];
const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "main", image: "web:1" }] } };
const deployment = { spec: { selector: { matchLabels: { app: "x" } }, template } };
const merge = "merge-patch+json";
const apply = "apply-patch+yaml";
const ingress = { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } };

interface Write {
  readonly to: ReturnType<typeof widgets>;
  readonly how: string;
  readonly body: object;
  readonly manager?: string;
  readonly subresource?: string;
}

// The shortest sequences by which the comparison with a real API server once found a difference; the result is that server's.
test.each<[string, Write[], string, unknown]>([
  [
    "a Service that is no load balancer any more forgets its addresses",
    [
      { to: services, how: apply, body: { spec: { ports, type: "LoadBalancer" } } },
      { to: services, how: merge, body: { status: ingress }, subresource: "/status" },
      { to: services, how: apply, body: { spec: { ports } } },
    ],
    "status",
    { loadBalancer: {} },
  ],
  [
    "a status that nobody fills any more is an empty one",
    [
      { to: services, how: apply, body: { spec: { ports } } },
      { to: services, how: apply, body: { status: { loadBalancer: {} } }, subresource: "/status" },
      { to: services, how: apply, body: { status: {} }, subresource: "/status" },
    ],
    "status",
    { loadBalancer: {} },
  ],
  [
    "replicas that nobody owned are nobody's after a scale",
    [
      { to: deployments, how: apply, body: deployment },
      { to: deployments, how: merge, body: { spec: { replicas: 2 } }, subresource: "/scale" },
      { to: deployments, how: merge, body: {}, manager: "two" },
    ],
    "managers",
    ["one Apply timed"],
  ],
  [
    "an apply in another version that changes nothing has no time",
    [
      { to: widgets("v1"), how: apply, body: {} },
      { to: widgets("v2"), how: merge, body: { status: {} }, subresource: "/status" },
      { to: widgets("v1"), how: apply, body: { status: {} }, subresource: "/status" },
    ],
    "managers",
    ["one Apply", "before-first-apply Update timed"],
  ],
  [
    "a list of a custom object that pruning empties is null, which its schema refuses",
    [
      { to: widgets("v1"), how: apply, body: { spec: { parts: [{ name: "a" }] } } },
      { to: widgets("v1"), how: merge, body: { spec: { parts: [{ name: "a", weight: 1 }] } }, manager: "two" },
      { to: widgets("v1"), how: apply, body: {} },
    ],
    "message",
    expect.stringContaining('spec.parts in body must be of type array: "null"'),
  ],
])("%s", async (title, writes, field, wanted) => {
  const name = title
    .replaceAll(/[^a-z]+/g, "-")
    .slice(0, 40)
    .replace(/-$/, "x");
  let answer: unknown;
  for (const { to, how, body, manager = "one", subresource = "" } of writes) {
    const { at: folder, apiVersion, kind } = to;
    const whole = how === apply ? { apiVersion, kind, metadata: { name }, ...body } : body;
    const path = `${folder}/${name}${subresource}?fieldManager=${manager}`;
    const headers = { "content-type": `application/${how}` };
    answer = (await client.send({ method: "PATCH", path, headers, body: whole })).body;
  }
  const managers = listAt(answer, "metadata", "managedFields").map((entry) =>
    [textAt(entry, "manager"), textAt(entry, "operation"), at(entry, "time") === undefined ? "" : "timed"]
      .join(" ")
      .trim(),
  );
  expect(field === "managers" ? managers : at(answer, field)).toEqual(wanted);
});
