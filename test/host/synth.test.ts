import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test, vi } from "vitest";
import { readProject } from "../../src/host/project-file.ts";
import { createSynth } from "../../src/host/synth.ts";
import { UserError } from "../../src/model/errors.ts";
import type { SynthOutcome } from "../../src/ports.ts";
import { parseProject } from "../../src/project/parse.ts";
import { temporaryProject } from "./temporary-project.ts";

const hello = fileURLToPath(new URL("../../examples/01-hello", import.meta.url));

function synth(
  root: string,
  options: { stacks?: string[]; vars?: Record<string, string | number>; printed?: string[]; signal?: AbortSignal } = {},
): Promise<SynthOutcome> {
  const port = createSynth({ timeoutMs: 25_000, onPrint: (line) => options.printed?.push(line) });
  return port.synth(readProject(root), {
    stacks: options.stacks ?? null,
    vars: options.vars ?? {},
    ...(options.signal ? { signal: options.signal } : {}),
  });
}

const imports = `import { TerraformStack } from "cdktf";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
`;
const base = `${imports}export default class Base extends TerraformStack {
  readonly namespace: NamespaceV1;
  constructor(scope: any, id: string, readonly options: any) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    this.namespace = new NamespaceV1(this, "namespace", { metadata: { name: options.vars.name } });
  }
}
`;
const web = `${imports}import type Base from "./base";
export default class Web extends TerraformStack {
  constructor(scope: any, id: string, { stacks }: { stacks: { base: Base } }) {
    super(scope, id);
    console.log("stacks:", Object.keys(stacks).join());
    new KubernetesProvider(this, "kubernetes");
    new NamespaceV1(this, "copy", { metadata: { name: stacks.base.namespace.metadata.name + "-copy" } });
  }
}
`;
const two = {
  "k8sctl.yaml": `project: shop
clusters: { dev: { provider: embedded } }
variables: { name: everywhere, colour: red }
stacks:
  - { file: stacks/web.ts, after: [base] }
  - { file: stacks/base.ts, vars: { name: shop } }
  - { file: stacks/base.ts, name: other }
  - { file: old.tf.json, after: [base] }
`,
  "stacks/base.ts": base,
  "stacks/web.ts": web,
  "old.tf.json": '{ "resource": { "kubernetes_namespace_v1": { "old": { "metadata": { "name": "old" } } } } }',
};

afterEach(() => {
  vi.unstubAllEnvs();
});

test("examples/01-hello becomes Terraform JSON with positions in the user's file", async () => {
  const { stacks } = await synth(hello, { vars: { replicas: 3 } });

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
  const source = readFileSync(join(hello, "stacks/hello.ts"), "utf8").split("\n");
  const line = source.findIndex((l) => l.includes("new DeploymentV1")) + 1;
  expect(stacks[0]!.positions["hello/web"]).toEqual({ file: "stacks/hello.ts", line });
});

test("stacks share one App: instances, references and variables", async () => {
  const printed: string[] = [];
  const { stacks } = await synth(temporaryProject(two), { printed, vars: { colour: "blue" } });

  expect(stacks.map((s) => [s.name, s.after, s.vars])).toEqual([
    ["base", [], { name: "shop", colour: "blue" }],
    ["web", ["base"], { name: "everywhere", colour: "blue" }],
    ["other", [], { name: "everywhere", colour: "blue" }],
    ["old", ["base"], { name: "everywhere", colour: "blue" }],
  ]);
  const [baseStack, webStack, other, old] = stacks;
  expect(Object.values(baseStack!.json["output"] as object)).toEqual([
    { sensitive: true, value: "${kubernetes_namespace_v1.namespace.metadata[0].name}" },
  ]);
  expect(JSON.stringify(webStack!.json["resource"])).toContain(
    "${data.terraform_remote_state.cross-stack-reference-input-base.outputs.cross-stack-output-kubernetes_namespace_v1namespacemetadata0name}-copy",
  );
  expect(JSON.stringify(other!.json["resource"])).toContain('"name":"everywhere"');
  expect(old!.json).toEqual(JSON.parse(two["old.tf.json"]));
  expect(printed).toEqual(["stacks: base"]);
});

test("a selected stack is made with only what it comes after", async () => {
  const { stacks } = await synth(temporaryProject(two), { stacks: ["web"] });
  expect(stacks.map((s) => s.name)).toEqual(["base", "web"]);
});

test("an unknown stack is refused with what was meant", async () => {
  const error = await synth(temporaryProject(two), { stacks: ["wbe"] }).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).problems).toMatchObject([{ code: "stack-unknown", remedy: 'did you mean "web"?' }]);
});

test("in the k8sctl repository itself, stack files are the user's and its own code is not", async () => {
  const repository = dirname(dirname(hello));
  const text =
    "project: p\nclusters: { dev: { provider: embedded } }\nstacks: [{ file: examples/01-hello/stacks/hello.ts }]\n";
  const project = parseProject(text, { file: "k8sctl.yaml", root: repository });
  const port = createSynth({ timeoutMs: 25_000, onPrint: () => {} });
  const { stacks } = await port.synth(project, { stacks: null, vars: {} });
  expect(new Set(Object.values(stacks[0]!.positions).map((p) => p.file))).toEqual(
    new Set(["examples/01-hello/stacks/hello.ts"]),
  );
});

test("path aliases of the project's tsconfig.json are followed", async () => {
  const root = temporaryProject({
    "k8sctl.yaml": "project: p\nclusters: { dev: { provider: embedded } }\nstacks: [{ file: a.ts }]\n",
    "tsconfig.json": '{ "compilerOptions": { "paths": { "@lib/*": ["./lib/*"] } } }',
    "lib/base.ts": base,
    "a.ts": 'export { default } from "@lib/base";\n',
  });
  const { stacks } = await synth(root, { vars: { name: "aliased" } });
  expect(JSON.stringify(stacks[0]!.json["resource"])).toContain('"name":"aliased"');
});

test("a provider imported by its index is loaded lazily and is the same as by its parts", async () => {
  const root = temporaryProject({
    "k8sctl.yaml": "project: p\nclusters: { dev: { provider: embedded } }\nstacks: [{ file: a.ts }]\n",
    "a.ts": `import { TerraformStack, Fn } from "cdktf";
import * as kubernetes from "@cdktf/provider-kubernetes";
import { namespaceV1, provider } from "@cdktf/provider-kubernetes";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { password } from "@cdktf/provider-random";
import { Construct } from "constructs";
enum Names { A = "a" }
export default class A extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    if (!(scope instanceof Construct)) throw new Error("two copies of constructs");
    if (namespaceV1.NamespaceV1 !== NamespaceV1 || kubernetes.namespaceV1 !== namespaceV1) throw new Error("two copies");
    new provider.KubernetesProvider(this, "kubernetes");
    new NamespaceV1(this, "n", { metadata: { name: Fn.lower(Names.A) } });
    if (password.Password === undefined) throw new Error("no random provider");
  }
}
`,
  });
  const { stacks } = await synth(root);
  expect(stacks[0]!.json["resource"]).toMatchObject({
    kubernetes_namespace_v1: { n: { metadata: { name: '${lower("a")}' } } },
  });
});

test("the library of stacks is found under its published name", async () => {
  const root = temporaryProject({
    "k8sctl.yaml": "project: p\nclusters: { dev: { provider: embedded } }\nstacks: [{ file: a.ts }]\n",
    "node_modules/k8sctl/package.json": '{ "name": "k8sctl", "type": "module" }',
    "node_modules/k8sctl/dist/stacks/cache.js": `import { TerraformStack } from "cdktf";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider/index.js";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1/index.js";
export default class Cache extends TerraformStack {
  constructor(scope, id, options) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    new NamespaceV1(this, "n", { metadata: { name: "cache" } });
  }
}
`,
    "a.ts": `import Cache from "k8sctl/stacks/cache";

export default class Mine extends Cache {
  constructor(scope: any, id: string, options: any) {
    super(scope, id, options);
  }
}
`,
  });
  const { stacks } = await synth(root);
  // What the library makes is reported at the place where the user called it.
  expect(stacks[0]!.positions["a/n"]).toEqual({ file: "a.ts", line: 5 });
});

test("nothing is left in the temporary folder, and an aborted run ends at once", async () => {
  const scratch = temporaryProject({});
  const good = temporaryProject(two);
  const endless = temporaryProject({ ...two, "stacks/base.ts": "for (;;);\n" });
  vi.stubEnv("TMPDIR", scratch);
  await synth(good);
  expect(readdirSync(scratch).filter((name) => name.startsWith("k8sctl-synth-"))).toEqual([]);

  const abort = new AbortController();
  const run = synth(endless, { signal: abort.signal });
  setImmediate(() => abort.abort(new Error("stop")));
  await expect(run).rejects.toThrow("stop");
  expect(readdirSync(scratch).filter((name) => name.startsWith("k8sctl-synth-"))).toEqual([]);
});
