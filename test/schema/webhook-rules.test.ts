import { expect, test } from "vitest";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";

const good = {
  name: "a.b.c",
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  clientConfig: { url: "https://hooks.example.com" },
};
const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };

// Each is refused with 422 by a real API server of 1.34 for the field named here; the first is taken.
test.each<[object, string[]]>([
  [{}, []],
  [{ name: "short" }, ['webhooks[short].name must have three parts, such as a.example.com: "short"']],
  [{ sideEffects: "Some" }, ['webhooks[a.b.c].sideEffects must be one of None, NoneOnDryRun, is "Some"']],
  [{ failurePolicy: "Maybe" }, ['webhooks[a.b.c].failurePolicy must be one of Ignore, Fail, is "Maybe"']],
  [{ matchPolicy: "X" }, ['webhooks[a.b.c].matchPolicy must be one of Exact, Equivalent, is "X"']],
  [{ clientConfig: { url: "http://x" } }, ['webhooks[a.b.c].clientConfig.url must start with https://: "http://x"']],
  [
    { clientConfig: { url: "https://x", service: { name: "a", namespace: "b" } } },
    ["webhooks[a.b.c].clientConfig.service stands beside url: only one address is allowed"],
  ],
  [{ clientConfig: {} }, ["webhooks[a.b.c].clientConfig has no address"]],
  [
    { rules: [{ ...rule, operations: ["MAKE"] }] },
    ['webhooks[a.b.c].rules[0].operations[0] must be one of *, CREATE, UPDATE, DELETE, CONNECT, is "MAKE"'],
  ],
  [
    { rules: [{ ...rule, scope: "All" }] },
    ['webhooks[a.b.c].rules[0].scope must be one of *, Cluster, Namespaced, is "All"'],
  ],
])("a webhook with %j", (more, wrong) => {
  const configuration = {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "a" },
    webhooks: [{ ...good, ...more }],
  };
  const found = validateObject(configuration, builtinTypes);
  expect(found.map(({ path, message }) => `${path} ${message}`)).toEqual(wrong);
});
