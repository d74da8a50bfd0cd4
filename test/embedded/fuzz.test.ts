import { connect } from "node:net";
import { connect as secureConnect } from "node:tls";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import { clientOf } from "./client.ts";

let cluster: EmbeddedServer;
let client: ReturnType<typeof clientOf>;
const complaints: string[] = [];

beforeAll(async () => {
  cluster = await startEmbedded({ simulate: false, log: (line) => complaints.push(line) });
  client = clientOf(cluster.access);
});

afterAll(async () => {
  client.close();
  await cluster.close();
});

const word = fc.constantFrom(
  ...["default", "kube-system", "a", "", "..", "%2e%2e", "%", "%zz", "__proto__", "constructor", "x".repeat(300), "ü"],
  ...["status", "scale", "log", "eviction", "token", "finalize", "exec", "binding", "watch", "namespaces", "nope"],
);
const kind = fc.constantFrom(
  ...[
    "/api/v1/namespaces/default/configmaps",
    "/api/v1/namespaces/default/pods",
    "/api/v1/namespaces",
    "/api/v1/nodes",
  ],
  ...["/apis/apps/v1/namespaces/default/deployments", "/apis/batch/v1/namespaces/default/cronjobs", "/api/v1/pods"],
  ...["/apis/apiextensions.k8s.io/v1/customresourcedefinitions", "/api/v1/namespaces/default/services"],
  ...["/apis/rbac.authorization.k8s.io/v1/clusterroles", "/apis/fuzz.example.com/v1/namespaces/default/things"],
  ...["/api/v1/namespaces/default/resourcequotas", "/api/v1/namespaces/default/limitranges"],
  ...["/apis/authorization.k8s.io/v1/subjectaccessreviews", "/api", "/apis", "/openapi/v3", "/version", "/"],
);
const path = fc
  .tuple(kind, fc.array(word, { maxLength: 3 }))
  .map(([start, words]) => [start, ...words.map((text) => (text === "ü" ? "%C3%BC" : text))].join("/"));
const query = fc
  .dictionary(
    fc.constantFrom(
      ...["limit", "continue", "labelSelector", "fieldSelector", "resourceVersion", "resourceVersionMatch", "dryRun"],
      ...[
        "fieldManager",
        "force",
        "fieldValidation",
        "propagationPolicy",
        "gracePeriodSeconds",
        "container",
        "tailLines",
      ],
    ),
    fc.oneof(
      fc.string({ maxLength: 12 }),
      fc.constantFrom("-1", "0", "1", "All", "a in (b", "a=b,c!=d", "e30", "Strict"),
    ),
    { maxKeys: 3 },
  )
  .map((pairs) => `?${new URLSearchParams(pairs)}`);
const media = fc.constantFrom(
  ...["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", "text/plain", "", "a;b=c"],
  ...["application/merge-patch+json", "application/json-patch+json", "application/strategic-merge-patch+json"],
  "application/apply-patch+yaml",
);
const accept = fc.constantFrom(
  ...["application/json", "application/yaml", "*/*", "text/html", ";;;", "application/json;q=x"],
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
);

/** Something that looks like an object of the API, with anything anywhere. */
const { object } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant("10Gi"),
  ),
  field: fc.constantFrom(
    ...[
      "name",
      "namespace",
      "labels",
      "annotations",
      "finalizers",
      "managedFields",
      "ownerReferences",
      "uid",
      "selector",
    ],
    ...[
      "containers",
      "template",
      "replicas",
      "ports",
      "port",
      "hard",
      "limits",
      "matchLabels",
      "spec",
      "metadata",
      "rules",
    ],
    ...[
      "versions",
      "schema",
      "openAPIV3Schema",
      "properties",
      "names",
      "group",
      "type",
      "items",
      "status",
      "conditions",
    ],
    ...[
      "data",
      "resources",
      "requests",
      "cpu",
      "volumes",
      "schedule",
      "jobTemplate",
      "subjects",
      "roleRef",
      "__proto__",
    ],
    ...[
      "resourceVersion",
      "creationTimestamp",
      "deletionTimestamp",
      "generateName",
      "resourceAttributes",
      "op",
      "path",
    ],
  ),
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    tie("leaf"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(tie("field") as fc.Arbitrary<string>, tie("value"), { maxKeys: 4 }),
  ),
  object: fc.record(
    {
      apiVersion: fc.constantFrom("v1", "apps/v1", "batch/v1", "apiextensions.k8s.io/v1", "", "x/y/z"),
      kind: fc.constantFrom(
        "ConfigMap",
        "Pod",
        "Deployment",
        "CustomResourceDefinition",
        "Namespace",
        "DeleteOptions",
        "",
      ),
      metadata: fc.oneof(
        fc.record({ name: fc.constantFrom("a", "b", "things.fuzz.example.com", "", "A!") }),
        fc.dictionary(tie("field") as fc.Arbitrary<string>, tie("value"), { maxKeys: 4 }),
        tie("value"),
      ),
      spec: tie("value"),
      data: tie("value"),
      rules: tie("value"),
    },
    { requiredKeys: [] },
  ),
}));
const body = fc.oneof(
  { weight: 6, arbitrary: (object as fc.Arbitrary<unknown>).map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: (object as fc.Arbitrary<unknown>).map((value) => JSON.stringify([value])) },
  { weight: 1, arbitrary: (object as fc.Arbitrary<unknown>).map((value) => JSON.stringify(value).slice(0, -2)) },
  { weight: 1, arbitrary: fc.string({ maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 30 }).map((text) => `k8s\u0000${text}`) },
);
const method = fc.constantFrom("GET", "POST", "PUT", "PATCH", "PATCH", "DELETE", "HEAD", "OPTIONS");

test("no request crashes the server or is answered without a reason", async () => {
  // What a request makes stays for the next ones: among them are definitions, quotas and half-made objects.
  await fc.assert(
    fc.asyncProperty(method, path, query, media, accept, body, async (verb, at, asked, type, form, text) => {
      const request = {
        method: verb,
        path: `${at}${asked}`,
        headers: { "content-type": type, accept: form },
        body: text,
      };
      const answer = await client.send(verb === "GET" || verb === "HEAD" ? { ...request, body: null } : request);
      expect(answer.status).toBeGreaterThanOrEqual(200);
      if (answer.status >= 400 && verb !== "HEAD") expect(answer.text).not.toBe("");
      if (answer.status >= 500 && verb !== "HEAD") expect(answer.text).toMatch(/"?message"?: ?\S/);
      expect(complaints).toEqual([]);
    }),
    { numRuns: 1500 },
  );
  expect((await client.send({ path: "/readyz" })).status).toBe(200);
});

test.each([
  ["POST", "application/json", "/api/v1/namespaces/default/configmaps"],
  ["POST", "application/yaml", "/api/v1/namespaces/default/configmaps"],
  ["PATCH", "application/apply-patch+yaml", "/apis/fuzz.example.com/v1/namespaces/default/deep/d?fieldManager=f"],
  ["PATCH", "application/merge-patch+json", "/api/v1/namespaces/default"],
])("a body nested a hundred thousand deep is refused: %s %s", async (verb, type, at) => {
  const deep = `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`;
  const text = `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"},"data":${deep}}`;
  const answer = await client.send({ method: verb, path: at, headers: { "content-type": type }, body: text });
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(complaints).toEqual([]);
});

test("a patch whose copies double the object each time is refused before it fills the memory", async () => {
  const path = "/api/v1/namespaces/default/configmaps/bomb";
  const headers = { "content-type": "application/json" };
  const collection = "/api/v1/namespaces/default/configmaps";
  await client.send({ method: "POST", path: collection, headers, body: { metadata: { name: "bomb" } } });
  const doubling = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "/data", path: `/data/b${i}` }));
  const patch = [{ op: "add", path: "/data", value: { a: "x".repeat(100) } }, ...doubling];
  const type = { "content-type": "application/json-patch+json" };
  expect((await client.send({ method: "PATCH", path, headers: type, body: patch })).status).toBe(422);
  expect(complaints).toEqual([]);
});

const raw = [
  ["nothing", ""],
  ["no HTTP", "hello\r\n\r\n"],
  ["a bad length", "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n{}"],
  ["a long header", `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"y".repeat(100_000)}\r\n\r\n`],
  ["bad chunks", "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"],
  ["a body that ends early", "POST /api/v1/namespaces HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{"],
  ["bytes that are no UTF-8 in its path", "GET /api/v1/namespaces/%ff%fe/pods/%C3%28 HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["CONNECT", "CONNECT /api HTTP/1.1\r\nHost: x\r\n\r\n"],
  ["two lengths", "POST /api HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"],
  ["an upgrade", "GET /api/v1/nodes HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"],
] as const;

test.each(raw)("a connection with %s does no harm", async (_name, text) => {
  const { port } = new URL(cluster.access.server);
  const ended = (socket: ReturnType<typeof connect>) =>
    new Promise<void>((resolve) => {
      socket.on("error", () => resolve());
      socket.on("close", () => resolve());
      socket.on("data", () => {});
      socket.end(text);
    });
  await ended(secureConnect({ host: "127.0.0.1", port: Number(port), rejectUnauthorized: false }));
  // And without TLS.
  await ended(connect(Number(port), "127.0.0.1"));
  expect((await client.send({ path: "/readyz" })).status).toBe(200);
  expect(complaints).toEqual([]);
});
