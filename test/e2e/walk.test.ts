import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject } from "../../src/model/objects.ts";
import type { Kube, ObjectRef } from "../../src/ports.ts";
import { readInventories } from "../../src/run/inventory.ts";
import { clusterOfFile } from "./cluster.ts";
import { planLines, projectOn, type Resources, troubles } from "./runs.ts";

const cluster = clusterOfFile();
let kube: Kube;
beforeAll(() => {
  kube = cluster.kube;
});

const deployment = (namespace: string, name: string): ObjectRef => ({
  group: "apps",
  version: "v1",
  kind: "Deployment",
  namespace,
  name,
});
const configMap = (namespace: string, name: string): ObjectRef => ({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  namespace,
  name,
});

const labels = { app: "web" };

function web(namespace: string, fields: { replicas?: string; image?: string; selector?: JsonObject } = {}): JsonObject {
  return {
    metadata: { name: "web", namespace },
    spec: {
      replicas: fields.replicas ?? "2",
      selector: { match_labels: fields.selector ?? labels },
      template: {
        metadata: { labels: { ...labels, ...fields.selector } },
        spec: {
          container: [
            {
              name: "web",
              image: fields.image ?? "nginx:1.29",
              port: [{ container_port: 80, name: "http" }],
              env: [
                { name: "A", value: "1" },
                { name: "B", value: "2" },
              ],
              resources: { requests: { cpu: "10m", memory: "16Mi" } },
            },
          ],
        },
      },
    },
  };
}

/** A namespace with one of most things. */
function shop(ns: string, more: Resources = {}): Resources {
  const base: Resources = {
    kubernetes_namespace_v1: { ns: { metadata: { name: ns } } },
    kubernetes_config_map_v1: { env: { metadata: { name: "env", namespace: ns }, data: { a: "1", b: "2" } } },
    kubernetes_secret_v1: { key: { metadata: { name: "key", namespace: ns }, data: { password: "pw" } } },
    kubernetes_deployment_v1: { web: web(ns) },
    kubernetes_service_v1: {
      web: {
        metadata: { name: "web", namespace: ns },
        spec: { selector: labels, port: [{ name: "http", port: 80, target_port: "http" }] },
      },
    },
    kubernetes_stateful_set_v1: {
      db: {
        metadata: { name: "db", namespace: ns },
        spec: {
          replicas: "2",
          service_name: "db",
          selector: { match_labels: { app: "db" } },
          template: {
            metadata: { labels: { app: "db" } },
            spec: { container: [{ name: "db", image: "postgres:17" }] },
          },
          volume_claim_template: [
            {
              metadata: { name: "data" },
              spec: { access_modes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
            },
          ],
        },
      },
    },
    kubernetes_job_v1: { migrate: job(ns, "migrate:1") },
    kubernetes_service_account_v1: { robot: { metadata: { name: "robot", namespace: ns } } },
    kubernetes_role_v1: {
      reader: {
        metadata: { name: "reader", namespace: ns },
        rule: [{ api_groups: [""], resources: ["pods"], verbs: ["get", "list"] }],
      },
    },
    kubernetes_role_binding_v1: {
      reader: {
        metadata: { name: "reader", namespace: ns },
        role_ref: { api_group: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
        subject: [{ kind: "ServiceAccount", name: "robot", namespace: ns }],
      },
    },
  };
  return { ...base, ...more };
}

function job(namespace: string, image: string): JsonObject {
  return {
    metadata: { name: "migrate", namespace },
    spec: {
      template: {
        metadata: {},
        spec: { container: [{ name: "migrate", image }], restart_policy: "Never" },
      },
    },
    wait_for_completion: true,
  };
}

function without(resources: Resources, ...types: string[]): Resources {
  return Object.fromEntries(Object.entries(resources).filter(([type]) => !types.includes(type)));
}

describe("a project from nothing to nothing", () => {
  const ns = "walk";
  const project = projectOn("walk");

  test("up makes all of it and waits until it is ready", async () => {
    const { result, events, plan } = await project.up({ shop: shop(ns) });
    expect(troubles(events)).toEqual([]);
    expect(plan.counts).toMatchObject({ create: 10, update: 0, blocked: 0 });
    expect(result).toMatchObject({ exitCode: 0, counts: { create: 10, failed: 0 } });
    const statuses = events.flatMap((e) => (e.type === "object-status" && e.status.id.name === "db" ? [e.status] : []));
    expect(statuses.at(-1)).toMatchObject({ phase: "ready", ready: 2, total: 2 });
  });

  test("again: nothing to do, proved without a dry run wherever nothing was filled in", async () => {
    const { result, plan, requests } = await project.up({ shop: shop(ns) });
    expect(planLines(plan)).toEqual([]);
    expect(requests.filter((request) => /^(dry-run|apply|create|replace|delete|patch)/.test(request))).toEqual([
      // Their claim templates and their template's empty metadata live with more in them than was sent.
      "dry-run StatefulSet",
      "dry-run Job",
      "create Lease",
      "delete Lease",
    ]);
    expect(result).toMatchObject({ exitCode: 0, counts: { unchanged: 10 } });
  });

  test("an edit is shown field by field, applied, and then gone from the plan", async () => {
    const edited = shop(ns, {
      kubernetes_deployment_v1: { web: web(ns, { image: "nginx:1.30", replicas: "3" }) },
      kubernetes_config_map_v1: { env: { metadata: { name: "env", namespace: ns }, data: { a: "1", c: "3" } } },
    });
    const { plan, events } = await project.up({ shop: edited });
    expect(troubles(events)).toEqual([]);
    expect(planLines(plan)).toEqual([
      "update ConfigMap walk/env",
      '  data.b: "2" -> absent (config)',
      '  data.c: absent -> "3" (config)',
      "update Deployment walk/web",
      "  spec.replicas: 2 -> 3 (config)",
      '  spec.template.spec.containers[web].image: "nginx:1.29" -> "nginx:1.30" (config)',
    ]);
    expect(planLines(await project.plan({ shop: edited }))).toEqual([]);
    await project.up({ shop: shop(ns) });
  });

  test("what left the stack is pruned with its uid as precondition", async () => {
    const less = without(shop(ns), "kubernetes_config_map_v1", "kubernetes_service_v1");
    const { plan, events, requests } = await project.up({ shop: less });
    expect(troubles(events)).toEqual([]);
    expect(planLines(plan)).toEqual([
      "delete ConfigMap walk/env: no longer in stacks/shop.ts",
      "delete Service walk/web: no longer in stacks/shop.ts",
    ]);
    expect(requests.filter((request) => request.includes("without uid"))).toEqual([]);
    expect(await kube.get(configMap(ns, "env"))).toBeNull();
    const inventory = (await readInventories(kube, "walk", "default")).get("shop")?.inventory;
    expect(inventory?.entries.map((entry) => entry.id.kind)).not.toContain("ConfigMap");
    expect(inventory?.entries.every((entry) => entry.uid !== null)).toBe(true);
  });

  test("down leaves nothing", async () => {
    const { result, events, requests } = await project.down();
    expect(troubles(events)).toEqual([]);
    expect(result.exitCode).toBe(0);
    expect(requests.filter((request) => request.includes("without uid"))).toEqual([]);
    expect(await kube.get({ group: "", version: "v1", kind: "Namespace", namespace: "", name: ns })).toBeNull();
    expect((await readInventories(kube, "walk", "default")).size).toBe(0);
  });
});

describe("others at work on the same objects", () => {
  const ns = "others";
  const project = projectOn("others");
  const mine = () => without(shop(ns), "kubernetes_stateful_set_v1", "kubernetes_service_v1", "kubernetes_secret_v1");
  beforeAll(async () => {
    const { events } = await project.up({ shop: mine() });
    expect(troubles(events)).toEqual([]);
  });
  afterAll(async () => {
    await project.down();
  });

  test("a plain update over our fields is drift, and is set right", async () => {
    await kube.patch(configMap(ns, "env"), { data: { a: "edited" } }, "kubectl-edit");
    await kube.patch(deployment(ns, "web"), { spec: { replicas: 5 } }, "kubectl-edit");
    const { plan, events } = await project.up({ shop: mine() });
    expect(troubles(events)).toEqual([]);
    expect(planLines(plan)).toEqual([
      "update ConfigMap others/env",
      '  data.a: "edited" -> "1" (drift kubectl-edit)',
      "update Deployment others/web",
      "  spec.replicas: 5 -> 2 (drift kubectl-edit)",
    ]);
    expect(planLines(await project.plan({ shop: mine() }))).toEqual([]);
  });

  test("a field that nobody of ours owns is left alone", async () => {
    await kube.patch(configMap(ns, "env"), { data: { theirs: "1" } }, "kubectl-edit");
    const { plan } = await project.up({ shop: mine() });
    expect(planLines(plan)).toEqual([]);
    expect((await kube.get(configMap(ns, "env")))?.["data"]).toEqual({ a: "1", b: "2", theirs: "1" });
  });

  test("a field that another manager applies is a conflict; --force-conflicts takes it", async () => {
    const theirs: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "env", namespace: ns },
      data: { a: "theirs" },
    };
    await kube.apply(theirs, { fieldManager: "argo", force: true, dryRun: false });
    const blocked = await project.plan({ shop: mine() });
    expect(planLines(blocked)).toEqual([
      "blocked ConfigMap others/env: another manager owns a field; --take FIELD or --force-conflicts takes it",
      '  data.a: "theirs" -> "1" (conflict argo)',
    ]);
    await expect(project.up({ shop: mine() })).rejects.toThrow(/another manager owns a field/);
    expect((await kube.get(configMap(ns, "env")))?.["data"]).toMatchObject({ a: "theirs" });

    const { events } = await project.up({ shop: mine() }, { forceConflicts: true });
    expect(troubles(events)).toEqual([]);
    expect((await kube.get(configMap(ns, "env")))?.["data"]).toMatchObject({ a: "1" });
    expect(planLines(await project.plan({ shop: mine() }))).toEqual([]);
  });

  test.each([
    ["a Job's template", { kubernetes_job_v1: { migrate: job(ns, "migrate:2") } }, "replace Job others/migrate"],
    [
      "a Deployment's selector",
      { kubernetes_deployment_v1: { web: web(ns, { selector: { tier: "front" } }) } },
      "replace Deployment others/web",
    ],
    [
      "a RoleBinding's role",
      {
        kubernetes_role_binding_v1: {
          reader: {
            metadata: { name: "reader", namespace: ns },
            role_ref: { api_group: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
            subject: [{ kind: "ServiceAccount", name: "robot", namespace: ns }],
          },
        },
      },
      "replace RoleBinding others/reader",
    ],
  ])("%s is immutable: the object is replaced", async (_, changed, line) => {
    const desired = { ...mine(), ...changed };
    const { plan, events, result } = await project.up({ shop: desired });
    expect(troubles(events)).toEqual([]);
    expect(planLines(plan).filter((text) => !text.startsWith(" "))).toEqual([line]);
    expect(result).toMatchObject({ exitCode: 0, counts: { replace: 1 } });
    expect(planLines(await project.plan({ shop: desired }))).toEqual([]);
    await project.up({ shop: mine() });
  });

  test("an object that is there already is adopted, with what changes in it", async () => {
    const found: KubeObject = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "found", namespace: ns },
      data: { a: "0" },
    };
    const before = await kube.create(found, "kubectl-create");
    const desired = (data: JsonObject): Resources => ({
      ...mine(),
      kubernetes_config_map_v1: {
        env: { metadata: { name: "env", namespace: ns }, data: { a: "1", b: "2" } },
        found: { metadata: { name: "found", namespace: ns }, data },
      },
    });
    const { plan, events } = await project.up({ shop: desired({ a: "0", b: "1" }) });
    expect(troubles(events)).toEqual([]);
    expect(planLines(plan)).toEqual([
      "adopt ConfigMap others/found: exists already; taken over from kubectl-create",
      '  data.b: absent -> "1" (config)',
      "  immutable: absent -> false (config)",
    ]);
    const after = await kube.get(configMap(ns, "found"));
    expect(after?.metadata.uid).toBe(before.metadata.uid);
    expect(planLines(await project.plan({ shop: desired({ a: "0", b: "1" }) }))).toEqual([]);
    const { plan: pruned } = await project.up({ shop: mine() });
    expect(planLines(pruned)).toEqual(["delete ConfigMap others/found: no longer in stacks/shop.ts"]);
  });

  test("another object under the same name is not ours to delete", async () => {
    const desired = {
      ...mine(),
      kubernetes_config_map_v1: {
        env: { metadata: { name: "env", namespace: ns }, data: { a: "1", b: "2" } },
        twin: { metadata: { name: "twin", namespace: ns }, data: { a: "1" } },
      },
    };
    await project.up({ shop: desired });
    await kube.delete(configMap(ns, "twin"), { propagation: "Background" });
    await kube.create(
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "twin", namespace: ns }, data: { of: "somebody" } },
      "kubectl-create",
    );
    const { plan, result } = await project.up({ shop: mine() });
    expect(planLines(plan)).toEqual(["forget ConfigMap others/twin: another object has taken its name"]);
    expect(result.exitCode).toBe(0);
    expect((await kube.get(configMap(ns, "twin")))?.["data"]).toEqual({ of: "somebody" });
    await kube.delete(configMap(ns, "twin"), { propagation: "Background" });
  });

  test("what the server refuses blocks the plan before anything is changed", async () => {
    const desired = {
      ...mine(),
      kubernetes_config_map_v1: {
        env: { metadata: { name: "env", namespace: ns }, data: { a: "changed", b: "2" } },
        bad: { metadata: { name: "Not_A_Name", namespace: ns }, data: {} },
      },
    };
    await expect(project.up({ shop: desired })).rejects.toThrow(/Not_A_Name/);
    expect((await kube.get(configMap(ns, "env")))?.["data"]).toMatchObject({ a: "1" });
  });
});
