import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { configMap } from "../cli/stacks.ts";
import { customType, withSpec } from "../custom-type.ts";
import { changed, connectTo, get, homeWithCluster, itemOf, place } from "./planning.ts";

const home = homeWithCluster();

function crd(group: string) {
  const properties = { size: { type: "integer", minimum: 1 }, colour: { type: "string", enum: ["red", "blue"] } };
  return { manifest: customType(group, "Widget", withSpec({ required: ["size"], properties })) };
}

const widget = (group: string, spec: Readonly<Record<string, unknown>>, more = {}) => ({
  manifest: {
    apiVersion: `${group}/v1`,
    kind: "Widget",
    metadata: { name: "one", namespace: "default" },
    spec,
    ...more,
  },
});

test.each([
  ["a misspelt field", { size: 1, color: "red" }, {}, 'spec.color: unknown field of Widget: did you mean "colour"?'],
  ["a wrong type", { size: "big" }, {}, "spec.size in body must be of type integer"],
  ["a missing field", { colour: "red" }, {}, "spec.size: Required value"],
  ["a value that is none", { size: 1, colour: "green" }, {}, "supported values"],
  ["a value out of bounds", { size: 0 }, {}, "greater than or equal to 1"],
  ["a version", { size: 1 }, { apiVersion: "bad.example.com/v2" }, "serves v1, not v2"],
  ["a misspelt kind", { size: 1 }, { kind: "Wigdet" }, 'did you mean "Widget"?'],
])("a custom resource is held to the definition in the same plan: %s", async (_name, spec, more, why) => {
  const group = "bad.example.com";
  await place(home, "warm", { web: { kubernetes_config_map_v1: { a: configMap("warm", {}) } } }).up();
  const p = place(home, "bad", {
    web: { kubernetes_manifest: { crd: crd(group), one: widget(group, spec, more) } },
  });
  expect(itemOf(await p.plan(), "one")).toMatchObject({ action: "blocked", why: expect.stringContaining(why) });
  expect((await p.run(["up", "--yes"])).exitCode).toBe(1);
});

test("a good one goes up with its definition", async () => {
  const group = "good.example.com";
  const p = place(home, "good", {
    web: {
      kubernetes_manifest: { crd: crd(group), one: widget(group, { size: 2, colour: "${random_pet.p.id}" }) },
      random_pet: { p: { length: 1 } },
    },
  });
  // What is not known yet fits everything; the server has the last word.
  expect(itemOf(await p.plan(), "one")).toMatchObject({ action: "create" });
  p.want({ kubernetes_manifest: { crd: crd(group), one: widget(group, { size: 2, colour: "red" }) } });
  await p.up();
  expect(changed(await p.plan())).toEqual([]);
  await p.run(["down", "--yes", "--keep-cluster"]);
});

/** Kubernetes makes both in every namespace. */
const made = (ns: string) => ({
  kubernetes_namespace_v1: { n: { metadata: { name: ns } } },
  kubernetes_manifest: {
    ca: {
      manifest: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "kube-root-ca.crt", namespace: ns },
        data: { "ca.crt": "mine" },
      },
      depends_on: ["kubernetes_config_map_v1.later"],
    },
  },
  kubernetes_config_map_v1: { later: configMap("later", { a: "b" }, ns) },
});

test("what is there by the time its namespace is, is more than was approved", async () => {
  const p = place(home, "layered", { web: made("layered") });
  expect(changed(await p.plan())).toContain("create ConfigMap layered/kube-root-ca.crt");
  const run = await p.run(["up", "--yes"]);
  expect(run.exitCode, run.all).toBe(1);
  expect(run.all.replaceAll(/\s+/g, " ")).toContain("was approved as new, and is there by now");
  const plan = await p.plan();
  expect(itemOf(plan, "kube-root-ca.crt")).toMatchObject({ action: "blocked" });
  expect(itemOf(plan, "later")).toMatchObject({ action: "unchanged" });
  await p.run(["down", "--yes", "--keep-cluster"]);
});

test("defaults of a definition in the same plan are predicted, and what has one is not missing", async () => {
  const size = { type: "integer", minimum: 1, default: 3 };
  const spec = withSpec({ required: ["size"], properties: { size } });
  const definition = { manifest: customType("preset.example.com", "Widget", spec) };
  const one = widget("preset.example.com", {});
  const p = place(home, "preset", { web: { kubernetes_manifest: { crd: definition, one } } });
  const item = itemOf(await p.plan(), "one");
  expect(item).toMatchObject({ action: "create", prediction: { because: "type-missing" } });
  expect(item.defaults).toEqual([{ path: "spec.size", value: { kind: "value", value: 3 } }]);
  expect((await p.run(["plan", "--full"])).stdout).toMatch(/spec\.size +3 +\(set by the server\)/);
  await p.up();
  expect(changed(await p.plan())).toEqual([]);
  await p.run(["down", "--yes", "--keep-cluster"]);
});

test("what a webhook makes of a new object is more than was approved", async () => {
  const { authority, server } = await makeCredentials("webhook", Date.now());
  const webhook = createServer({ key: server.key, cert: server.certificate }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { uid } = (JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string } }).request;
    const patch = Buffer.from(JSON.stringify([{ op: "replace", path: "/data/colour", value: "blue" }]));
    const answer = { uid, allowed: true, patchType: "JSONPatch", patch: patch.toString("base64") };
    response.end(JSON.stringify({ kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", response: answer }));
  });
  await new Promise<void>((resolve) => webhook.listen(0, "127.0.0.1", resolve));
  try {
    const hook = {
      metadata: { name: "paints" },
      webhook: {
        name: "paints.example.com",
        client_config: {
          url: `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
          ca_bundle: authority.certificate,
        },
        rule: { api_groups: [""], api_versions: ["v1"], resources: ["configmaps"], operations: ["CREATE"] },
        namespace_selector: { match_labels: { "kubernetes.io/metadata.name": "painted" } },
        object_selector: { match_labels: { paint: "me" } },
        side_effects: "None",
        admission_review_versions: ["v1"],
      },
    };
    const first = place(home, "paints", { web: { kubernetes_mutating_webhook_configuration_v1: { hook } } });
    await first.up();
    const page = configMap("page", { colour: "red" }, "painted");
    const p = place(home, "painted", {
      web: {
        kubernetes_namespace_v1: { n: { metadata: { name: "painted" } } },
        kubernetes_config_map_v1: { page: { ...page, metadata: { ...page.metadata, labels: { paint: "me" } } } },
      },
    });
    expect((await p.run(["plan", "--out", "plan.k8s"])).exitCode).toBe(0);
    const applied = await p.run(["apply", "plan.k8s"]);
    expect(applied.exitCode, applied.all).toBe(1);
    expect(applied.all.replaceAll(/\s+/g, " ")).toContain("the server makes something else of data.colour");
    expect(await get(await connectTo(home), "ConfigMap", "painted/page")).toBeNull();
    await p.up();
    expect((await get(await connectTo(home), "ConfigMap", "painted/page"))?.["data"]).toEqual({ colour: "blue" });
    await p.run(["down", "--yes", "--keep-cluster"]);
    await first.run(["down", "--yes", "--keep-cluster"]);
  } finally {
    webhook.close();
    webhook.closeAllConnections();
  }
});
