import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createSynth } from "../../src/host/synth.ts";
import { parseProject } from "../../src/project/parse.ts";

const hello = fileURLToPath(new URL("../../examples/01-hello", import.meta.url));

test("examples/01-hello becomes Terraform JSON with positions in the user's file", async () => {
  const text = readFileSync(join(hello, "k8sctl.yaml"), "utf8");
  const project = parseProject(text, { file: "k8sctl.yaml", root: hello });
  const synth = createSynth({ timeoutMs: 60_000, onPrint: () => {} });

  const { stacks } = await synth.synth(project, { stacks: null, vars: { replicas: 3 } });

  expect(stacks.map((s) => [s.name, s.file, s.vars])).toEqual([
    ["hello", "stacks/hello.ts", { replicas: 3, greeting: "Hello from k8sctl" }],
  ]);
  const resources = stacks[0]!.json["resource"] as Record<string, Record<string, { spec: { replicas: string } }>>;
  expect(Object.keys(resources)).toEqual([
    "kubernetes_namespace_v1",
    "kubernetes_config_map_v1",
    "kubernetes_deployment_v1",
    "kubernetes_service_v1",
  ]);
  expect(resources["kubernetes_deployment_v1"]!["web"]!.spec.replicas).toBe("3");
  const line = readFileSync(join(hello, "stacks/hello.ts"), "utf8")
    .split("\n")
    .findIndex((l) => l.includes("new DeploymentV1"));
  expect(stacks[0]!.positions["hello/web"]).toEqual({ file: "stacks/hello.ts", line: line + 1 });
});
