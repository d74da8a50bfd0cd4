import { afterAll, beforeAll, expect, test } from "vitest";
import { type EmbeddedServer, startEmbedded } from "../../src/embedded/server.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { customType } from "../custom-type.ts";
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

const json = { "content-type": "application/json" };
const post = (path: string, body: object) => client.send({ method: "POST", path, headers: json, body });
const patch = (path: string, body: object) =>
  client.send({ method: "PATCH", path, headers: { "content-type": "application/merge-patch+json" }, body });
const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const messageOf = ({ body }: { body: unknown }) => (body as { message?: string }).message ?? "";

/** Defines `NAME.rules.example.com` with one schema of `spec`. */
async function define(name: string, spec: object): Promise<{ status: number; body: unknown; path: string }> {
  const kind = name[0]!.toUpperCase() + name.slice(1);
  const answer = await post(
    definitions,
    customType("rules.example.com", kind, { type: "object", properties: { spec: spec as JsonObject } }),
  );
  const path = `/apis/rules.example.com/v1/namespaces/default/${name}s`;
  if (answer.status === 201)
    await expect.poll(async () => (await client.send({ path })).status, { timeout: 5000 }).toBe(200);
  return { ...answer, path };
}

const rules = (...texts: (string | object)[]) => ({
  "x-kubernetes-validations": texts.map((text) => (typeof text === "string" ? { rule: text } : text)),
});
const integer = { type: "integer" };
const text = { type: "string" };

const judged: readonly (readonly [name: string, schema: object, good: object, bad: object, message: string])[] = [
  [
    "compare",
    { ...rules("self.min <= self.max"), properties: { min: integer, max: integer } },
    { min: 1, max: 2 },
    { min: 3, max: 2 },
    'spec: Invalid value: "object": failed rule: self.min <= self.max',
  ],
  [
    "word",
    { ...rules({ rule: "self.min < 3", messageExpression: "'is ' + string(self.min)" }), properties: { min: integer } },
    { min: 1 },
    { min: 3 },
    'spec: Invalid value: "object": is 3',
  ],
  [
    "item",
    { properties: { list: { type: "array", items: { ...text, ...rules("self.startsWith('a')") } } } },
    { list: ["a"] },
    { list: ["a", "b"] },
    "spec.list[1]: Invalid value: \"string\": failed rule: self.startsWith('a')",
  ],
  [
    "value",
    { properties: { map: { type: "object", additionalProperties: { ...integer, ...rules("self > 0") } } } },
    { map: { a: 1 } },
    { map: { a: 0 } },
    'spec.map[a]: Invalid value: "integer": failed rule: self > 0',
  ],
  [
    "dash",
    { ...rules("self.my__dash__name.size() > 1"), properties: { "my-name": text } },
    { "my-name": "ab" },
    { "my-name": "a" },
    'spec: Invalid value: "object": failed rule: self.my__dash__name.size() > 1',
  ],
  [
    "reason",
    {
      ...rules({ rule: "self.a", message: "not so", reason: "FieldValueForbidden", fieldPath: ".a" }),
      properties: { a: { type: "boolean" } },
    },
    { a: true },
    { a: false },
    "spec.a: Forbidden: not so",
  ],
  [
    "amount",
    { ...rules("quantity(self.q).isLessThan(quantity('1Gi'))"), properties: { q: text } },
    { q: "512Mi" },
    { q: "2Gi" },
    "spec: Invalid value: \"object\": failed rule: quantity(self.q).isLessThan(quantity('1Gi'))",
  ],
  [
    "time",
    { ...rules("self.t > timestamp('2020-01-01T00:00:00Z')"), properties: { t: { ...text, format: "date-time" } } },
    { t: "2021-01-01T00:00:00Z" },
    { t: "2019-01-01T00:00:00Z" },
    "spec: Invalid value: \"object\": failed rule: self.t > timestamp('2020-01-01T00:00:00Z')",
  ],
  [
    "lack",
    { ...rules("self.a > 1"), properties: { a: integer } },
    { a: 2 },
    {},
    'spec: Invalid value: "object": no such key: a evaluating rule: self.a > 1',
  ],
];

test.each(judged)("a definition's rule judges new objects: %s", async (name, schema, good, bad, message) => {
  const { path, status } = await define(name, { type: "object", ...schema });
  expect(status).toBe(201);
  const object = (spec: object) => ({ metadata: { name: "one" }, spec });
  const refused = await post(path, object(bad));
  expect([refused.status, messageOf(refused)]).toEqual([422, expect.stringContaining(message)]);
  expect((await post(path, object(good))).status).toBe(201);
});

test("a rule about oldSelf judges changes, by the keys of a list too", async () => {
  const { path } = await define("fixed", {
    type: "object",
    properties: {
      a: { ...text, ...rules({ rule: "self == oldSelf", message: "a stays" }) },
      b: {
        ...text,
        ...rules({ rule: "!oldSelf.hasValue() || oldSelf.value() == self", message: "b stays", optionalOldSelf: true }),
      },
      parts: {
        type: "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        items: {
          type: "object",
          required: ["name"],
          properties: { name: text, n: integer },
          ...rules("self.n >= oldSelf.n"),
        },
      },
    },
  });
  const spec = { a: "x", b: "y", parts: [{ name: "p", n: 2 }] };
  expect((await post(path, { metadata: { name: "one" }, spec })).status).toBe(201);
  const one = `${path}/one`;
  expect(messageOf(await patch(one, { spec: { a: "z" } }))).toContain("a stays");
  expect(messageOf(await patch(one, { spec: { b: "z" } }))).toContain("b stays");
  const parts = [
    { name: "q", n: 0 },
    { name: "p", n: 1 },
  ];
  expect(messageOf(await patch(one, { spec: { parts } }))).toContain("spec.parts[1]");
  expect((await patch(one, { spec: { parts: [parts[0], { name: "p", n: 3 }] } })).status).toBe(200);
});

test("a definition whose rule is no expression is refused", async () => {
  const refused = await define("broken", { type: "object", ...rules("self.a +"), properties: { a: integer } });
  expect(refused.status).toBe(422);
  const where = "spec.validation.openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule";
  expect(messageOf(refused)).toContain(where);
});

const admission = "/apis/admissionregistration.k8s.io/v1";

async function policy(name: string, spec: object, binding: object): Promise<void> {
  const resourceRules = [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["configmaps"] }];
  const match = { matchConstraints: { resourceRules, objectSelector: { matchLabels: { policy: name } } } };
  const made = await post(`${admission}/validatingadmissionpolicies`, {
    metadata: { name },
    spec: { ...match, ...spec },
  });
  expect(made.status).toBe(201);
  const bound = { policyName: name, validationActions: ["Deny"], ...binding };
  const path = `${admission}/validatingadmissionpolicybindings`;
  expect((await post(path, { metadata: { name: `${name}-bound` }, spec: bound })).status).toBe(201);
}

const maps = "/api/v1/namespaces/default/configmaps";
const labelled = (name: string, policyName: string, data: object) => ({
  metadata: { name, labels: { policy: policyName } },
  data,
});

test("a bound ValidatingAdmissionPolicy denies a create, a change and a deletion, and nothing without its binding's subject", async () => {
  await policy(
    "short",
    {
      variables: [{ name: "n", expression: "size(object.data)" }],
      validations: [
        {
          expression: "request.operation == 'DELETE' || variables.n <= 1",
          messageExpression: "'too many: ' + string(variables.n)",
        },
        {
          expression: "request.operation != 'DELETE' || oldObject.metadata.name != 'kept'",
          message: "kept",
          reason: "Forbidden",
        },
      ],
    },
    {},
  );
  const denied = await post(maps, labelled("many", "short", { a: "1", b: "2" }));
  const by = "ValidatingAdmissionPolicy 'short' with binding 'short-bound' denied request: too many: 2";
  expect(denied.status).toBe(422);
  expect(messageOf(denied)).toBe(`configmaps "many" is forbidden: ${by}`);
  expect((await post(maps, labelled("kept", "short", { a: "1" }))).status).toBe(201);
  expect((await patch(`${maps}/kept`, { data: { b: "2" } })).status).toBe(422);
  expect((await client.send({ method: "DELETE", path: `${maps}/kept` })).status).toBe(403);
  expect((await post(maps, { metadata: { name: "free" }, data: { a: "1", b: "2" } })).status).toBe(201);
});

test("a policy that only warns lets pass, and one with parameters reads them", async () => {
  await policy("warns", { validations: [{ expression: "false", message: "never" }] }, { validationActions: ["Warn"] });
  const warned = await post(maps, labelled("warned", "warns", {}));
  expect([warned.status, String(warned.headers["warning"])]).toEqual([201, expect.stringContaining("never")]);
  expect((await post(maps, { metadata: { name: "limits" }, data: { most: "1" } })).status).toBe(201);
  await policy(
    "limited",
    {
      paramKind: { apiVersion: "v1", kind: "ConfigMap" },
      validations: [{ expression: "size(object.data) <= int(params.data.most)" }],
    },
    { paramRef: { name: "limits", namespace: "default", parameterNotFoundAction: "Deny" } },
  );
  expect((await post(maps, labelled("two", "limited", { a: "1", b: "2" }))).status).toBe(422);
  expect((await post(maps, labelled("one", "limited", { a: "1" }))).status).toBe(201);
});

test("an expression that fails denies, unless the policy ignores failures", async () => {
  const validations = [{ expression: "object.data.missing == 'x'" }];
  await policy("strict", { validations }, {});
  await policy("lenient", { failurePolicy: "Ignore", validations }, {});
  expect((await post(maps, labelled("a", "strict", { b: "c" }))).status).toBe(422);
  expect((await post(maps, labelled("b", "lenient", { b: "c" }))).status).toBe(201);
});
