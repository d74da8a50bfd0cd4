import { expect, test } from "vitest";
import type { Desired } from "../../src/model/desired.ts";
import { Unknown } from "../../src/model/desired.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { TemplateObject } from "../../src/plan/body.ts";
import { predictedDefaults } from "../../src/plan/defaulted.ts";
import { changedByServer } from "../../src/plan/exceeding.ts";

function desiredOf(object: TemplateObject, group: string, sensitive: Desired["sensitive"] = []): Desired {
  const { name, namespace } = object["metadata"] as { name: string; namespace: string };
  return { id: { group, kind: String(object["kind"]), namespace, name }, object, sensitive } as unknown as Desired;
}

function deployment(image: TemplateObject[string], spec: TemplateObject = {}): TemplateObject {
  const metadata = { name: "web", namespace: "default" };
  const template = { spec: { containers: [{ name: "web", image }], ...spec } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { template } };
}

function linesOf(object: TemplateObject, group = "apps", sensitive: Desired["sensitive"] = []): string[] {
  return predictedDefaults(desiredOf(object, group, sensitive), object, null).map(
    ({ path, after }) => `${path} ${after.kind === "value" ? JSON.stringify(after.value) : after.kind}`,
  );
}

test("defaults are predicted; those that hang on what is not known yet are not", () => {
  const known = linesOf(deployment("web:1"));
  expect(known).toContain('spec.strategy.rollingUpdate.maxSurge "25%"');
  expect(known).toContain('spec.template.spec.containers[web].imagePullPolicy "IfNotPresent"');
  const unknown = linesOf(deployment(new Unknown("random_pet.tag.id", [], false)));
  expect(unknown).toContain('spec.strategy.rollingUpdate.maxSurge "25%"');
  expect(unknown.join()).not.toContain("imagePullPolicy");
});

test("a default that repeats a sensitive value is not shown", () => {
  const account = { serviceAccountName: "hidden" };
  expect(linesOf(deployment("web:1", account)).join()).toContain("hidden");
  const path = ["spec", "template", "spec", "serviceAccountName"];
  expect(linesOf(deployment("web:1", account), "apps", [path]).join()).not.toContain("hidden");
});

test.each<[string, JsonObject, JsonObject, readonly string[]]>([
  ["added fields", { a: "1" }, { a: "1", b: "2" }, []],
  ["a changed value", { a: "1" }, { a: "2" }, ["data.a"]],
  ["a value that is gone", { a: "1", b: "2" }, { b: "2" }, ["data.a"]],
])("what the server made otherwise than sent: %s", (_name, sent, made, paths) => {
  const map = (data: JsonObject) =>
    ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data }) as KubeObject;
  expect(changedByServer(map(sent), map(made))).toEqual(paths);
});

test("a list that grew holds what was sent; one that lost an element does not", () => {
  const pod = (tolerations: JsonObject[]) =>
    ({ apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { tolerations } }) as unknown as KubeObject;
  const [a, b] = [
    { key: "a", operator: "Exists" },
    { key: "b", operator: "Exists" },
  ];
  expect(changedByServer(pod([a]), pod([a, b]))).toEqual([]);
  expect(changedByServer(pod([a, b]), pod([b]))).toEqual(["spec.tolerations"]);
});
