import { expect, test } from "vitest";
import { customType, withSpec } from "../custom-type.ts";
import { homeOfTest, type Json, workplace } from "./command-line.ts";
import { projectYaml } from "./stacks.ts";

const stack = `import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import * as kubernetes from "@cdktf/provider-kubernetes";
import { TerraformStack } from "cdktf";

const ports = [{ name: "http", containerPort: 80000 }];
const base = { minReadySeconds: -1 };

export default class Web extends TerraformStack {
  constructor(scope: any, id: string) {
    super(scope, id);
    new kubernetes.provider.KubernetesProvider(this, "kubernetes");
    new DeploymentV1(this, "web", {
      metadata: { name: "web", annotations: { "a/b/c": "x" } },
      spec: {
        ...base,
        selector: { matchLabels: { app: "web" } },
        template: {
          metadata: { labels: { app: "wbe" } },
          spec: {
            container: [
              { name: "main", image: "web:1", port: ports },
              { name: "Side", image: "web:1", volumeMount: [{ name: "data", mountPath: "/d" }] },
            ],
          },
        },
      },
    });
    new kubernetes.serviceV1.ServiceV1(this, "service", {
      metadata: { name: "web" },
      spec: { selector: { app: "wbe" }, port: [{ port: 80, targetPort: "htpp" }] },
    });
    new kubernetes.manifest.Manifest(this, "tick", {
      manifest: {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "tick", namespace: "default" },
        spec: { schedule: "60 * * * *", jobTemplte: {} },
      },
    });
  }
}
`;

const legacy = JSON.stringify(
  {
    resource: {
      kubernetes_config_map_v1: { page: { metadata: { name: "page" }, data: { "a b": "x" } } },
      kubernetes_pod_disruption_budget_v1: {
        both: { metadata: { name: "both" }, spec: { min_available: "1", max_unavailable: "1", selector: {} } },
      },
    },
  },
  null,
  2,
);

const files = {
  "k8sctl.yaml": projectYaml("v", ["stacks/web.ts", "legacy.tf.json"]),
  "stacks/web.ts": stack,
  "legacy.tf.json": legacy,
};

test("all findings of all stacks at once, each at the field in the source, in order", async () => {
  const run = await workplace(homeOfTest(), files).run(["validate", "--output", "json"]);
  expect(run.exitCode).toBe(1);
  const found = run.lines[0].problems.map(
    ({ severity, position, message }: Json) =>
      `${severity} ${position.file}:${position.line}:${position.column} ${message.replace(/: (?!.*: ).*$/, "")}`,
  );
  expect(found).toMatchInlineSnapshot(`
    [
      "error legacy.tf.json:9:11 data["a b"]: must be letters, digits, "-", "_" and ".", not starting with ".."",
      "error legacy.tf.json:20:11 spec.maxUnavailable: stands beside minAvailable",
      "error stacks/web.ts:5:32 spec.template.spec.containers[main].ports[80000/TCP].containerPort",
      "error stacks/web.ts:6:16 spec.minReadySeconds",
      "error stacks/web.ts:13:47 metadata.annotations["a/b/c"]: is no key such as app or example.com/app",
      "error stacks/web.ts:16:36 spec.selector.matchLabels.app: does not match the template's labels",
      "error stacks/web.ts:22:17 spec.template.spec.containers[Side].name: must be at most 63 lower-case letters, digits and "-", with a letter or digit first and last",
      "error stacks/web.ts:22:63 spec.template.spec.containers[Side].volumeMounts[data].name: mounts a volume that does not exist, "data"",
      "warning stacks/web.ts:30:60 spec.ports[0].targetPort",
      "error stacks/web.ts:37:9 spec.jobTemplate",
      "error stacks/web.ts:37:17 spec.schedule: has no minute "60"",
      "error stacks/web.ts:37:41 spec.jobTemplte",
    ]
  `);
});

test("warnings fail only where --strict asks for it", async () => {
  const place = workplace(homeOfTest(), {
    "k8sctl.yaml": projectYaml("v", ["legacy.tf.json"]),
    "legacy.tf.json": JSON.stringify({
      resource: {
        kubernetes_pod_v1: { p: { metadata: { name: "p" }, spec: { container: { name: "a", image: "A:1" } } } },
      },
    }),
  });
  expect(await place.run(["validate"])).toMatchObject({
    exitCode: 0,
    stdout: "Valid: 1 stack, 1 object, 1 warning.\n",
    stderr: expect.stringContaining("must be lower-case"),
  });
  expect(await place.run(["validate", "--strict"])).toMatchObject({
    exitCode: 1,
    stdout: "Not valid: 1 stack, 1 object, 1 warning.\n",
  });
});

const widgets = customType(
  "example.com",
  "Widget",
  withSpec({
    required: ["size"],
    properties: {
      size: { type: "integer", minimum: 1 },
      parts: {
        type: "array",
        items: { type: "object", properties: { colour: { type: "string", enum: ["red", "blue"] } } },
      },
    },
  }),
);

test("custom resources are held against a definition of the same project", async () => {
  const widget = (name: string, spec: Json, apiVersion = "example.com/v1") => ({
    manifest: { apiVersion, kind: "Widget", metadata: { name, namespace: "default" }, spec },
  });
  const manifests = {
    crd: { manifest: widgets },
    right: widget("right", { size: 1, parts: [{ colour: "red" }] }),
    wrong: widget("wrong", { parts: [{ colour: "red" }, { colour: "green" }], sise: 2 }),
    other: widget("other", { size: 1 }, "example.com/v2"),
  };
  const place = workplace(homeOfTest(), {
    "k8sctl.yaml": projectYaml("v", ["widgets.tf.json"]),
    "widgets.tf.json": JSON.stringify({ resource: { kubernetes_manifest: manifests } }, null, 1),
  });
  const run = await place.run(["validate", "--output", "json"]);
  expect(run.exitCode).toBe(1);
  const lines = JSON.stringify({ resource: { kubernetes_manifest: manifests } }, null, 1).split("\n");
  const found = run.lines[0].problems.map(({ position, message }: Json) => [
    message,
    lines[position.line - 1]?.trim().replace(/[",{[]*$/, ""),
  ]);
  expect(found).toEqual([
    ["spec.size: Required value", '"spec": '],
    ['spec.parts[1].colour: Unsupported value: "green": supported values: "red", "blue"', '"colour": "green'],
    ['spec.sise: unknown field of Widget: did you mean "size"?', '"sise": 2'],
    ["CustomResourceDefinition widgets.example.com of this project serves v1, not v2", '"other": '],
  ]);
});

test("every stack that fails is told, whatever it is written in", async () => {
  const thrower = (message: string) => `${stack.split("\n").slice(0, 3).join("\n")}
export default class Web extends TerraformStack {
  constructor(scope: any, id: string) {
    super(scope, id);
    throw new Error("${message}");
  }
}
`;
  const place = workplace(homeOfTest(), {
    "k8sctl.yaml": projectYaml("v", ["stacks/a.ts", "stacks/b.ts", "stacks/c.ts", "d.tf.json"]),
    "stacks/a.ts": thrower("first"),
    "stacks/b.ts": 'throw new Error("second");\n',
    "stacks/c.ts": thrower("third"),
    "d.tf.json": "{ no json",
  });
  const run = await place.run(["plan", "--output", "json"]);
  expect(run.exitCode).toBe(1);
  expect(
    run.lines[0].problems.map(({ message, position }: Json) => `${position.file}:${position.line} ${message}`),
  ).toEqual([
    "d.tf.json:1 not valid JSON: ',' expected",
    "stacks/b.ts:1 second",
    "stacks/a.ts:7 first",
    "stacks/c.ts:7 third",
  ]);
});
