import { beforeAll, describe, expect, test } from "vitest";
import { functions } from "../../src/desired/expression/functions.ts";
import { createProgram } from "../../src/desired/program.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { Kube } from "../../src/ports.ts";
import { planDocument } from "../../src/view/plan-document.ts";
import { renderPlanMarkdown } from "../../src/view/plan-markdown.ts";
import { nothingKnown, stackOf } from "../desired/parity.ts";
import { clusterOfFile } from "../e2e/cluster.ts";
import { planOf, upOf } from "./native.ts";

const SECRET = "hunter2-Zx9Q";
/** What is left of it when a function has been at it; short forms would be chance. */
const traces = [
  SECRET,
  SECRET.toUpperCase(),
  SECRET.toLowerCase(),
  [...SECRET].reverse().join(""),
  Buffer.from(SECRET).toString("base64"),
  Buffer.from(SECRET).toString("hex"),
];

function leaks(text: string): string[] {
  return traces.filter((trace) => text.includes(trace));
}

/** Each function with the marked value at each place, among arguments that fit many. */
const fillers = ['"a"', "1", '["a", "b"]', '{ a = "b" }'];
const calls = Object.entries(functions).flatMap(([name, { arity }]) => {
  if (name === "nonsensitive") return [];
  const [least, most] = arity;
  const counts = [...new Set([Math.max(1, least), Math.min(3, Math.max(1, most))])];
  const secrets = ["var.s", "[var.s]", "{ (var.s) = 1 }", "{ a = var.s }"];
  return counts.flatMap((count) =>
    secrets.flatMap((secret) =>
      fillers.flatMap((filler) =>
        Array.from({ length: count }, (_, place) => {
          const args = Array.from({ length: count }, (_, i) => (i === place ? secret : filler));
          return `${name}(${args.join(", ")})`;
        }),
      ),
    ),
  );
});

function jsonOf(expression: string): JsonObject {
  return {
    variable: { s: { default: SECRET, sensitive: true } },
    resource: {
      kubernetes_config_map_v1: {
        c: {
          metadata: { name: "c", annotations: { a: `x \${jsonencode(${expression})}` } },
          data: { v: `\${jsonencode(${expression})}` },
        },
      },
      kubernetes_manifest: {
        m: {
          manifest: {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "m", namespace: "default" },
            data: { v: `\${jsonencode(${expression})}` },
          },
        },
      },
    },
    output: { o: { value: `\${${expression}}` } },
  };
}

describe("a sensitive value", () => {
  test(`goes through ${calls.length} calls of all functions and stays marked or unsaid`, () => {
    const wrong: string[] = [];
    let taken = 0;
    for (const call of calls) {
      const { desired, outputs, problems } = createProgram([stackOf(jsonOf(call))]).decode(nothingKnown);
      if (leaks(JSON.stringify(problems)).length > 0) wrong.push(`said by ${call}: ${JSON.stringify(problems[0])}`);
      for (const { object, sensitive, id } of desired) {
        const paths = sensitive.map((path) => path.join("."));
        if (leaks(JSON.stringify(object)).length > 0 && !paths.includes("data.v")) wrong.push(`${id.name} of ${call}`);
      }
      for (const { value, sensitive } of outputs) {
        taken++;
        if (!sensitive && leaks(JSON.stringify(value)).length > 0) wrong.push(`output of ${call}`);
      }
    }
    expect(wrong.slice(0, 20)).toEqual([]);
    expect(taken).toBeGreaterThan(300);
  });
});

describe("on the way into a cluster", () => {
  const cluster = clusterOfFile();
  let kube: Kube;
  beforeAll(() => {
    kube = cluster.kube;
  });

  /** Fields of many kinds; in some the server refuses what it is given, and quotes it. */
  const sinks: readonly (readonly [string, JsonObject])[] = [
    ["kubernetes_config_map_v1", { metadata: { name: "x" }, data: { v: "${var.s}" } }],
    ["kubernetes_config_map_v1", { metadata: { name: "x", labels: { l: "${var.s} no label" } } }],
    ["kubernetes_config_map_v1", { metadata: { name: "x", annotations: { "a b": "${var.s}" } } }],
    ["kubernetes_config_map_v1", { metadata: { name: "${var.s}" } }],
    ["kubernetes_secret_v1", { metadata: { name: "x" }, data: { v: "${var.s}" }, type: "${var.s}" }],
    ["kubernetes_service_v1", { metadata: { name: "x" }, spec: { port: [{ port: 80 }], cluster_ip: "${var.s}" } }],
    ["kubernetes_service_v1", { metadata: { name: "x" }, spec: { port: [{ port: "${var.s}" }] } }],
    ["kubernetes_resource_quota_v1", { metadata: { name: "x" }, spec: { hard: { pods: "${var.s}" } } }],
    [
      "kubernetes_pod_v1",
      {
        metadata: { name: "x" },
        spec: {
          restart_policy: "${var.s}",
          container: [{ name: "c", image: "${var.s}", command: ["${var.s}"], env: [{ name: "E", value: "${var.s}" }] }],
        },
      },
    ],
    ["random_password", { length: "${var.s}" }],
    [
      "kubernetes_labels",
      { api_version: "v1", kind: "Namespace", metadata: { name: "default" }, labels: { l: "${var.s}" } },
    ],
    ["kubernetes_labels", { api_version: "v1", kind: "${var.s}", metadata: { name: "default" }, labels: { l: "x" } }],
  ];

  test.each(sinks)("%s %j: no plan, event or error shows it", async (type, body) => {
    const json: JsonObject = {
      variable: { s: { default: SECRET, sensitive: true } },
      resource: { [type]: { x: body } },
    };
    const said: string[] = [];
    try {
      const { plan } = await planOf(kube, "leaks", json);
      said.push(JSON.stringify(planDocument(plan)), renderPlanMarkdown(plan));
      const done = await upOf(kube, "leaks", json);
      said.push(JSON.stringify(done.events));
    } catch (error) {
      said.push(JSON.stringify((error as { problems?: unknown }).problems ?? null), String(error));
    }
    expect(said.flatMap(leaks)).toEqual([]);
    expect(said.join("").length).toBeGreaterThan(20);
  });
});
