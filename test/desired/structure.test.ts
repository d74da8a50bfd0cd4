import { describe, expect, test } from "vitest";
import { createProgram } from "../../src/desired/program.ts";
import type { Desired, Results, SynthStack } from "../../src/model/desired.ts";
import { Unknown } from "../../src/model/desired.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { nothingKnown, stackOf } from "./parity.ts";

function decoded(stacks: readonly SynthStack[], results: Results = nothingKnown): Map<string, Desired> {
  const { desired, problems } = createProgram(stacks).decode(results);
  expect(problems).toEqual([]);
  return new Map(desired.map((d) => [d.origin.address, d]));
}

function one(resource: JsonObject, address: string, more: JsonObject = {}): Desired {
  const found = decoded([stackOf({ resource, ...more })]).get(address);
  if (found === undefined) throw new Error(`nothing at ${address}`);
  return found;
}

const pod = { template: { metadata: { labels: { a: "b" } }, spec: { container: [{ name: "c", image: "i" }] } } };

test("a certificate signing request may bear a name that others may not", () => {
  const manifest = {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "node:Web" },
    spec: { request: "eA==", signerName: "example.com/x" },
  };
  expect(one({ kubernetes_manifest: { x: { manifest } } }, "kubernetes_manifest.x").id.name).toBe("node:Web");
});

describe("meta-arguments", () => {
  test("for_each over a map, with unknown values that are filled per instance", () => {
    const json = {
      resource: {
        random_password: { pw: { length: 8 } },
        kubernetes_secret_v1: {
          s: {
            for_each: { blue: "b", green: "g" },
            metadata: { name: "s-${each.key}" },
            data: { v: "${each.value}", p: "${each.key}-${random_password.pw.result}" },
          },
        },
      },
    };
    const program = createProgram([stackOf(json)]);
    const { desired } = program.decode(nothingKnown);
    expect(desired.map((d) => d.origin.address)).toEqual([
      'kubernetes_secret_v1.s["blue"]',
      'kubernetes_secret_v1.s["green"]',
    ]);
    const results: Results = {
      live: new Map(),
      generated: new Map([
        ["app/random_password.pw", { type: "random_password", arguments: { length: 8 }, attributes: { result: "zz" } }],
      ]),
    };
    const filled = desired.map((d) => (program.fill("app", d.object, results) as JsonObject)["data"]);
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    expect(filled).toEqual([
      { v: base64("b"), p: base64("blue-zz") },
      { v: base64("g"), p: base64("green-zz") },
    ]);
  });

  test.each([
    ["toset", '${toset(["b", "a"])}'],
    ["one of two branches", '${true ? ["a", "b"] : toset([])}'],
    ["a local", "${local.names}"],
    ["a local that is one of two branches", "${local.either}"],
    ["a variable", "${var.names}"],
    ["the keys of another resource", "${toset(keys({ a = 1, b = 2 }))}"],
    ["a try", '${try(local.missing, toset(["a", "b"]))}'],
    ["a set made sensitive and not", '${nonsensitive(sensitive(toset(["a", "b"])))}'],
  ])("for_each over a set: %s", (_name, set) => {
    const json = {
      locals: { names: '${toset(["a", "b"])}', either: '${1 < 2 ? ["b", "a", "b"] : toset(["x"])}' },
      variable: { names: { type: "set(string)", default: ["a", "b"] } },
      resource: { kubernetes_config_map_v1: { x: { for_each: set, metadata: { name: "x-${each.value}" } } } },
    };
    expect([...decoded([stackOf(json)]).keys()]).toEqual([
      'kubernetes_config_map_v1.x["a"]',
      'kubernetes_config_map_v1.x["b"]',
    ]);
  });

  test("count, and references to its instances", () => {
    const found = decoded([
      stackOf({
        resource: {
          kubernetes_config_map_v1: {
            c: { count: 2, metadata: { name: "c-${count.index}" } },
            all: {
              metadata: { name: "all" },
              data: {
                names: '${join(",", kubernetes_config_map_v1.c[*].metadata[0].name)}',
                second: "${kubernetes_config_map_v1.c[1].metadata[0].name}",
              },
            },
          },
        },
      }),
    ]);
    expect(found.get("kubernetes_config_map_v1.all")?.object["data"]).toEqual({ names: "c-0,c-1", second: "c-1" });
    expect(found.get("kubernetes_config_map_v1.all")?.dependsOn).toHaveLength(2);
  });

  test("dynamic blocks", () => {
    const service = one(
      {
        kubernetes_service_v1: {
          s: {
            metadata: { name: "s" },
            spec: {
              dynamic: { port: { for_each: [80, 443], content: { name: "p${port.key}", port: "${port.value}" } } },
            },
          },
        },
      },
      "kubernetes_service_v1.s",
    );
    expect(service.object["spec"]).toMatchObject({
      ports: [
        { name: "p0", port: 80 },
        { name: "p1", port: 443 },
      ],
    });
  });

  const custom = { apiVersion: "example.com/v1", kind: "Cache", metadata: { name: "c" } };
  test.each([
    [
      "a field",
      { fields: { "status.phase": "^Bound$" } },
      [{ type: "matches", path: "status.phase", pattern: "^Bound$" }],
    ],
    ["any value", { fields: { "status.ip": "*" } }, [{ type: "exists", path: "status.ip" }]],
    [
      "conditions, as CDKTF's list",
      [{ condition: [{ type: "Ready", status: "True" }] }],
      [{ type: "condition", name: "Ready", status: "True" }],
    ],
    ["a rollout, which is waited for anyway", { rollout: true }, null],
  ])("a manifest waits for %s", (_, wait, of) => {
    const { wait: policy } = one({ kubernetes_manifest: { c: { manifest: custom, wait } } }, "kubernetes_manifest.c");
    expect(policy.readyWhen ?? null).toEqual(of === null ? null : { type: "all", of });
  });

  test("a manifest's pattern that is none is a problem", () => {
    const bad = stackOf({
      resource: { kubernetes_manifest: { c: { manifest: custom, wait: { fields: { "status.ip": "(" } } } } },
    });
    expect(
      createProgram([bad])
        .decode(nothingKnown)
        .problems.map((problem) => problem.message),
    ).toEqual(['wait: "(" is no pattern for status.ip']);
  });

  test("lifecycle and time-outs", () => {
    const deployment = one(
      {
        kubernetes_deployment_v1: {
          d: {
            metadata: { name: "d" },
            spec: pod,
            wait_for_rollout: false,
            timeouts: { create: "1h30m", update: "10s" },
            lifecycle: {
              prevent_destroy: true,
              ignore_changes: [
                "spec[0].replicas",
                'metadata[0].annotations["a.b/c"]',
                "spec[0].template[0].spec[0].container[0].image",
              ],
            },
          },
        },
      },
      "kubernetes_deployment_v1.d",
    );
    expect(deployment.wait).toEqual({ skip: true, timeoutSeconds: 5400 });
    expect(deployment.lifecycle).toEqual({
      preventDestroy: true,
      createBeforeDestroy: false,
      ignoreChanges: [
        ["spec", "replicas"],
        ["metadata", "annotations", "a.b/c"],
        ["spec", "template", "spec", "containers", 0, "image"],
      ],
    });
  });
});

describe("edges", () => {
  test("to the namespace, the service account and what a pod names", () => {
    const found = decoded([
      stackOf({
        resource: {
          kubernetes_namespace_v1: { ns: { metadata: { name: "web" } } },
          kubernetes_service_account_v1: { sa: { metadata: { name: "sa", namespace: "web" } } },
          kubernetes_config_map_v1: { cm: { metadata: { name: "cm", namespace: "web" } } },
          kubernetes_deployment_v1: {
            d: {
              metadata: { name: "d", namespace: "web" },
              spec: {
                template: {
                  metadata: {},
                  spec: {
                    service_account_name: "sa",
                    container: [{ name: "c", image: "i", env_from: [{ config_map_ref: { name: "cm" } }] }],
                  },
                },
              },
            },
          },
        },
      }),
    ]);
    expect(
      found.get("kubernetes_deployment_v1.d")?.dependsOn.map((d) => [d.kind, d.on.type === "object" && d.on.key]),
    ).toEqual([
      ["exists", "/Namespace//web"],
      ["exists", "/ServiceAccount/web/sa"],
      ["exists", "/ConfigMap/web/cm"],
    ]);
  });

  test("a custom resource waits for its definition", () => {
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "topics.kafka.example.com" },
      spec: { group: "kafka.example.com", names: { kind: "Topic", plural: "topics" } },
    };
    const topic = { apiVersion: "kafka.example.com/v1", kind: "Topic", metadata: { name: "t", namespace: "default" } };
    const manifests = { kubernetes_manifest: { crd: { manifest: definition }, t: { manifest: topic } } };
    expect(one(manifests, "kubernetes_manifest.t").dependsOn).toEqual([
      {
        kind: "exists",
        on: { type: "object", key: "apiextensions.k8s.io/CustomResourceDefinition//topics.kafka.example.com" },
      },
    ]);
  });

  test("what an object merely names yields to the order that the user asked for", () => {
    const resource = {
      kubernetes_config_map_v1: { cm: { metadata: { name: "cm" }, depends_on: ["kubernetes_pod_v1.p"] } },
      kubernetes_pod_v1: {
        p: {
          metadata: { name: "p" },
          spec: { container: [{ name: "c", env_from: [{ config_map_ref: { name: "cm" } }] }] },
        },
      },
    };
    expect(one(resource, "kubernetes_pod_v1.p").dependsOn).toEqual([]);
  });

  test("after a stack, and values across stacks", () => {
    const base = stackOf(
      {
        resource: { kubernetes_namespace_v1: { ns: { metadata: { name: "data" } } } },
        output: {
          "cross-stack-output-ns": { value: "${kubernetes_namespace_v1.ns.metadata[0].name}", sensitive: true },
        },
      },
      { name: "base" },
    );
    const remote = "data.terraform_remote_state.cross-stack-reference-input-base.outputs";
    const top = stackOf(
      {
        data: {
          terraform_remote_state: {
            "cross-stack-reference-input-base": { config: { path: "x/terraform.base.tfstate" } },
          },
        },
        resource: {
          kubernetes_config_map_v1: {
            cm: { metadata: { name: "cm", namespace: `\${${remote}.cross-stack-output-ns}` } },
          },
        },
      },
      { name: "top", after: ["base"] },
    );
    const found = decoded([base, top]).get("kubernetes_config_map_v1.cm");
    expect(found?.id.namespace).toBe("data");
    expect(found?.sensitive).toEqual([]);
    expect(found?.dependsOn).toEqual([
      { kind: "ready", on: { type: "stack", stack: "base" } },
      { kind: "exists", on: { type: "object", key: "/Namespace//data" } },
    ]);
  });
});

describe("values", () => {
  test("a sensitive variable marks every field that it reaches", () => {
    const cm = one(
      {
        kubernetes_config_map_v1: {
          cm: { metadata: { name: "cm" }, data: { a: "x${var.v}", b: "y", c: "${sha256(var.v)}" } },
        },
      },
      "kubernetes_config_map_v1.cm",
      { variable: { v: { default: "s", sensitive: true } } },
    );
    expect(cm.sensitive).toEqual([
      ["data", "a"],
      ["data", "c"],
    ]);
  });

  test("attributes that only the cluster knows come from the live object", () => {
    const json = {
      resource: {
        kubernetes_service_v1: { s: { metadata: { name: "s" }, spec: { type: "LoadBalancer", port: [{ port: 80 }] } } },
        kubernetes_config_map_v1: {
          cm: {
            metadata: { name: "cm" },
            data: {
              ip: "${kubernetes_service_v1.s.status[0].load_balancer[0].ingress[0].ip}",
              port: "${kubernetes_service_v1.s.spec[0].port[0].node_port}",
              id: "${kubernetes_service_v1.s.id}",
            },
          },
        },
      },
    };
    const program = createProgram([stackOf(json)]);
    const map = program.decode(nothingKnown).desired.find((d) => d.id.kind === "ConfigMap");
    const data = map?.object["data"] as { [key: string]: unknown };
    // The address stands in the status: it is there when the Service is ready, not when it exists.
    expect(map?.dependsOn).toEqual([{ kind: "ready", on: { type: "object", key: "/Service/default/s" } }]);
    const early: Results = {
      live: new Map([["/Service/default/s", { spec: { ports: [{}] }, status: {} }]]),
      generated: new Map(),
    };
    const soon = (program.fill("app", map!.object, early) as typeof data)["data"] as typeof data;
    expect(soon["ip"]).toBeInstanceOf(Unknown);
    expect(soon).not.toHaveProperty("port");
    expect(data["ip"]).toBeInstanceOf(Unknown);
    expect(data["id"]).toBe("default/s");
    const live = {
      spec: { ports: [{ port: 80, nodePort: 30080 }] },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } },
    };
    const results: Results = { live: new Map([["/Service/default/s", live]]), generated: new Map() };
    expect((program.fill("app", map!.object, results) as JsonObject)["data"]).toEqual({
      ip: "192.0.2.1",
      port: "30080",
      id: "default/s",
    });
  });

  test("a generated value of other arguments does not count", () => {
    const resource = {
      random_password: { pw: { length: 9 } },
      kubernetes_config_map_v1: { cm: { metadata: { name: "cm" }, data: { p: "${random_password.pw.result}" } } },
    };
    const kept = { type: "random_password", arguments: { length: 8 }, attributes: { result: "old" } };
    const results: Results = { live: new Map(), generated: new Map([["app/random_password.pw", kept]]) };
    const cm = decoded([stackOf({ resource })], results).get("kubernetes_config_map_v1.cm");
    expect((cm!.object["data"] as { [key: string]: unknown })["p"]).toBeInstanceOf(Unknown);
    expect(cm?.sensitive).toEqual([["data", "p"]]);
  });
});
