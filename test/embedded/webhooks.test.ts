import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

interface Review {
  readonly request: {
    readonly uid: string;
    readonly operation: string;
    readonly name: string;
    readonly object: { readonly data?: Readonly<Record<string, string>> } | null;
  };
}

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;
let webhook: Server;
let caBundle = "";
const asked: string[] = [];

beforeAll(async () => {
  cluster = await startEmbedded({ simulate: false });
  client = clientOf(cluster.access);
  const { authority, server } = await makeCredentials("webhook", Date.now());
  caBundle = Buffer.from(authority.certificate).toString("base64");
  webhook = createServer({ key: server.key, cert: server.certificate }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { uid, operation, name, object } = (JSON.parse(Buffer.concat(chunks).toString()) as Review).request;
    asked.push(`${request.url} ${operation} ${name}`);
    const patch = Buffer.from(JSON.stringify([{ op: "add", path: "/data/added", value: "by the webhook" }]));
    const allowed = object === null || object.data?.["bad"] === undefined;
    const more =
      request.url?.startsWith("/mutate") === true ? { patchType: "JSONPatch", patch: patch.toString("base64") } : {};
    const verdict = allowed
      ? { allowed, warnings: ["seen"], ...more }
      : { allowed, status: { code: 422, message: "bad data" } };
    response.end(
      JSON.stringify({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response: { uid, ...verdict } }),
    );
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  client.close();
  webhook.close();
  webhook.closeAllConnections();
  await cluster.close();
});

const json = { "content-type": "application/json" };
const post = (path: string, body: object) => client.send({ method: "POST", path, headers: json, body });
const maps = "/api/v1/namespaces/default/configmaps";
const map = (name: string, data: object, labels = { ask: "yes" }) => post(maps, { metadata: { name, labels }, data });
const messageOf = (body: unknown) => (body as { message?: string }).message;

function configuration(kind: "Validating" | "Mutating", name: string, url: string, more: object = {}) {
  return post(`/apis/admissionregistration.k8s.io/v1/${kind.toLowerCase()}webhookconfigurations`, {
    metadata: { name },
    webhooks: [
      {
        name: `${name}.example.com`,
        clientConfig: { url, caBundle },
        rules: [
          {
            apiGroups: [""],
            apiVersions: ["v1"],
            resources: ["configmaps"],
            operations: ["CREATE", "UPDATE", "DELETE"],
          },
        ],
        objectSelector: { matchLabels: { ask: "yes" } },
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        ...more,
      },
    ],
  });
}

const urlOf = (path: string) => `https://127.0.0.1:${(webhook.address() as AddressInfo).port}${path}`;

test("webhooks with a URL change and refuse what their rules and selectors choose", async () => {
  expect((await configuration("Mutating", "adds", urlOf("/mutate"))).status).toBe(201);
  expect((await configuration("Validating", "judges", urlOf("/validate"))).status).toBe(201);

  const made = await map("one", { good: "1" });
  expect([made.status, made.headers["warning"]]).toEqual([201, expect.stringContaining("seen")]);
  expect((made.body as { data: object }).data).toEqual({ good: "1", added: "by the webhook" });
  expect(asked.splice(0)).toEqual(["/mutate?timeout=10s CREATE one", "/validate?timeout=10s CREATE one"]);

  const merge = { "content-type": "application/merge-patch+json" };
  const path = `${maps}/one`;
  const refused = await client.send({ method: "PATCH", path, headers: merge, body: { data: { bad: "1" } } });
  expect([refused.status, messageOf(refused.body)]).toEqual([
    422,
    'admission webhook "adds.example.com" denied the request: bad data',
  ]);
  expect(((await client.send({ path })).body as { data: object }).data).not.toHaveProperty("bad");

  const other = await map("other", { bad: "1" }, { ask: "no" } as never);
  expect([other.status, asked.splice(0)]).toEqual([201, ["/mutate?timeout=10s UPDATE one"]]);

  expect((await client.send({ method: "DELETE", path })).status).toBe(200);
  expect(asked.splice(0)).toEqual(["/validate?timeout=10s DELETE one"]);
});

test("a webhook that cannot be asked refuses, or is passed over where it is to be ignored", async () => {
  const nowhere = "https://127.0.0.1:1/";
  await configuration("Validating", "lost", nowhere, { failurePolicy: "Ignore", objectSelector: {} });
  expect((await map("ignored", {}, { ask: "no" } as never)).status).toBe(201);
  await configuration("Validating", "strict", nowhere, { objectSelector: { matchLabels: { ask: "strict" } } });
  const refused = await map("strict", {}, { ask: "strict" });
  expect([refused.status, messageOf(refused.body)]).toEqual([
    500,
    expect.stringMatching(/^Internal error occurred: failed calling webhook "strict\.example\.com": .*ECONNREFUSED/),
  ]);
});

test("a webhook behind a Service is as available as the Service's simulated pods", async () => {
  const clientConfig = { service: { name: "hook", namespace: "default", path: "/judge" } };
  const selector = { objectSelector: { matchLabels: { ask: "pods" } } };
  const made = await configuration("Validating", "pods", "", { clientConfig, ...selector });
  expect([made.status, made.headers["warning"]]).toEqual([201, undefined]);
  const attempt = () => map("behind", {}, { ask: "pods" });
  const failure = (why: string) =>
    `Internal error occurred: failed calling webhook "pods.example.com": failed to call webhook: Post "https://hook.default.svc:443/judge?timeout=10s": ${why}`;
  expect(messageOf((await attempt()).body)).toBe(failure('service "hook" not found'));
  const ports = [{ port: 443, protocol: "TCP" }];
  await post("/api/v1/namespaces/default/services", { metadata: { name: "hook" }, spec: { ports } });
  expect(messageOf((await attempt()).body)).toBe(failure('no endpoints available for service "hook"'));
  const labels = { "kubernetes.io/service-name": "hook" };
  await post("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", {
    metadata: { name: "hook-1", labels },
    addressType: "IPv4",
    endpoints: [{ addresses: ["10.244.0.9"], conditions: { ready: true } }],
  });
  const taken = await attempt();
  expect([taken.status, taken.headers["warning"]]).toEqual([
    201,
    expect.stringContaining('webhook \\"pods.example.com\\" behind Service default/hook was not asked'),
  ]);
});
