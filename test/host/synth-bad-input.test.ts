import { afterEach, describe, expect, test, vi } from "vitest";
import { createSynth } from "../../src/host/synth.ts";
import { describePosition, UserError } from "../../src/model/errors.ts";
import { parseProject } from "../../src/project/parse.ts";
import { temporaryProject } from "./temporary-project.ts";

const yaml = `project: shop
clusters: { dev: { provider: embedded } }
stacks:
  - { file: stacks/web.ts }
`;

const head = `import { TerraformStack } from "cdktf";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
`;

/** A stack whose constructor holds the lines given; the first of them stands at line 7. */
const stack = (...lines: string[]): string => `${head}export default class Web extends TerraformStack {
  constructor(scope: any, id: string) {
    super(scope, id);
${lines.map((line) => `    ${line}`).join("\n")}
  }
}
`;

interface Case {
  readonly name: string;
  readonly web?: string;
  readonly more?: Record<string, string>;
  readonly timeoutMs?: number;
  readonly env?: Record<string, string>;
  readonly code: string;
  readonly at: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const cases: readonly Case[] = [
  {
    name: "no file",
    code: "stack-file-missing",
    at: "k8sctl.yaml:4:13",
    says: /stacks\/web\.ts does not exist/,
    remedy: /create the file/,
  },
  {
    name: "syntax error",
    web: `${head}export default class Web extends {\n  oops(\n}\n`,
    code: "stack-syntax",
    at: "stacks/web.ts:6:1",
    says: /\S/,
    remedy: /syntax/,
  },
  {
    name: "an import that cannot be found",
    web: `${head}import { left } from "left-pad-of-nobody";\nexport default left;\n`,
    code: "stack-import-missing",
    at: "stacks/web.ts:4",
    says: /"left-pad-of-nobody"/,
    remedy: /npm install left-pad-of-nobody/,
  },
  {
    name: "a relative import that cannot be found",
    web: `${head}import { left } from "./left";\nexport default left;\n`,
    code: "stack-import-missing",
    at: "stacks/web.ts:4",
    says: /"\.\/left"/,
    remedy: /path of the import/,
  },
  {
    name: "an import that cannot be found in an imported file",
    web: 'import "./lib/colors";\nexport default 1;\n',
    more: { "stacks/lib/colors.ts": '\nimport "nowhere-at-all";\n' },
    code: "stack-import-missing",
    at: "stacks/lib/colors.ts:2",
    says: /"nowhere-at-all"/,
    remedy: /npm install/,
  },
  {
    name: "throws when loaded",
    web: `${head}\nthrow new TypeError("no such colour");\n`,
    code: "stack-throws",
    at: "stacks/web.ts:5",
    says: /TypeError: no such colour/,
    remedy: /\S/,
  },
  {
    name: "throws in the constructor",
    web: stack("const nothing: any = undefined;", "nothing.field();"),
    code: "stack-throws",
    at: "stacks/web.ts:8",
    says: /TypeError/,
    remedy: /\S/,
  },
  {
    name: "throws in a file that it imports",
    web: 'import { color } from "./lib/colors";\nexport default color("red");\n',
    more: { "stacks/lib/colors.ts": '\nexport function color(name: string) {\n  throw new Error("no " + name);\n}\n' },
    code: "stack-throws",
    at: "stacks/lib/colors.ts:3",
    says: /no red/,
    remedy: /\S/,
  },
  {
    name: "throws something that is no Error",
    web: "throw 'just words';\n",
    code: "stack-throws",
    at: "stacks/web.ts:1",
    says: /just words/,
    remedy: /\S/,
  },
  {
    name: "rejects later",
    web: stack("void Promise.reject(new Error('too late'));"),
    code: "stack-throws",
    at: "stacks/web.ts:7",
    says: /too late/,
    remedy: /\S/,
  },
  {
    name: "throws in a value that is made late",
    web: stack(
      'new KubernetesProvider(this, "k");',
      'const name = Lazy.stringValue({ produce: () => { throw new Error("no name yet"); } });',
      'new NamespaceV1(this, "a", { metadata: { name } });',
    ).replace("{ TerraformStack }", "{ Lazy, TerraformStack }"),
    code: "stack-throws",
    at: "stacks/web.ts:8",
    // And no stack trace after it.
    says: /no name yet\.*$/,
    remedy: /\S/,
  },
  {
    name: "no default export",
    web: `${head}export class Web extends TerraformStack {}\n`,
    code: "stack-no-default-export",
    at: "stacks/web.ts:1",
    says: /no default export/,
    remedy: /export default class extends TerraformStack/,
  },
  {
    name: "exports a function",
    web: "\nexport default async () => {};\n",
    code: "stack-wrong-export",
    at: "stacks/web.ts:2",
    says: /exports a function, not a class/,
    remedy: /export default class/,
  },
  {
    name: "exports a class of another kind",
    web: "\n\nexport default class Web {}\n",
    code: "stack-wrong-export",
    at: "stacks/web.ts:3",
    says: /class Web, which does not extend TerraformStack/,
    remedy: /export default class/,
  },
  {
    name: "exports an instance",
    web: `${head}import { App } from "cdktf";\nexport default new TerraformStack(new App(), "web");\n`,
    code: "stack-wrong-export",
    at: "stacks/web.ts:5",
    says: /an instance/,
    remedy: /export default class/,
  },
  {
    name: "loops for ever",
    web: stack("for (;;);"),
    timeoutMs: 6000,
    code: "stack-never-returned",
    at: "stacks/web.ts:1",
    says: /its constructor did not return within 6 s/,
    remedy: /K8SCTL_SYNTH_TIMEOUT/,
  },
  {
    name: "awaits for ever with a timer running",
    web: "setInterval(() => {}, 1000);\nawait new Promise(() => {});\nexport default 1;\n",
    timeoutMs: 6000,
    code: "stack-never-returned",
    at: "stacks/web.ts:1",
    says: /loading the file did not return within 6 s/,
    remedy: /K8SCTL_SYNTH_TIMEOUT/,
  },
  {
    name: "awaits for ever with nothing left to happen",
    web: "await new Promise(() => {});\nexport default 1;\n",
    code: "stack-never-returned",
    at: "stacks/web.ts:1",
    says: /never settled/,
    remedy: /\S/,
  },
  {
    name: "calls process.exit",
    web: stack("process.exit(0);"),
    code: "stack-exits",
    at: "stacks/web.ts:7",
    says: /process\.exit\(0\)/,
    remedy: /throw an Error/,
  },
  {
    name: "kills its own process",
    web: stack("process.kill(process.pid, 'SIGKILL');"),
    code: "stack-crashed",
    at: "stacks/web.ts:1",
    says: /SIGKILL/,
    remedy: /\S/,
  },
  {
    name: "eats all memory",
    web: "const all: unknown[] = [];\nfor (;;) all.push(new Array(1000).fill(all.length));\n",
    env: { NODE_OPTIONS: "--max-old-space-size=96" },
    code: "stack-out-of-memory",
    at: "stacks/web.ts:1",
    says: /ran out of memory/,
    remedy: /max-old-space-size/,
  },
  {
    name: "returns a promise from the constructor",
    web: stack("return (async () => this)() as any;"),
    code: "stack-async",
    at: "stacks/web.ts:4",
    says: /returns a promise/,
    remedy: /await at the file's top level/,
  },
  {
    name: "makes constructs after the constructor returned",
    web: stack(
      'new KubernetesProvider(this, "k");',
      "void (async () => {",
      "  await null;",
      '  new NamespaceV1(this, "late", {});',
      "})();",
    ),
    code: "stack-async",
    at: "stacks/web.ts:10",
    says: /web\/late is made after/,
    remedy: /in the constructor/,
  },
  {
    name: "two constructs of one id",
    web: stack('new NamespaceV1(this, "a", {});', 'new NamespaceV1(this, "a", {});'),
    code: "stack-throws",
    at: "stacks/web.ts:8",
    says: /already a Construct with name 'a'/,
    remedy: /an id of its own/,
  },
  {
    name: "no provider",
    web: stack('new NamespaceV1(this, "a", {});'),
    code: "stack-invalid",
    at: "stacks/web.ts:6",
    says: /without a matching provider/i,
    remedy: /new KubernetesProvider/,
  },
  {
    name: "no provider but that of Kubernetes",
    web: stack('new KubernetesProvider(this, "k");', 'new Password(this, "a", { length: 8 });').replace(
      "import",
      'import { Password } from "@cdktf/provider-random/lib/password";\nimport',
    ),
    code: "stack-invalid",
    at: "stacks/web.ts:7",
    says: /without a matching provider/i,
    remedy: /^add new RandomProvider\(this, "random"\) to the stack$/,
  },
  {
    name: "an error annotation",
    web: stack(
      'new KubernetesProvider(this, "k");',
      'Annotations.of(new NamespaceV1(this, "a", {})).addError("names must be longer");',
    ).replace("{ TerraformStack }", "{ Annotations, TerraformStack }"),
    code: "stack-annotation",
    at: "stacks/web.ts:8",
    says: /names must be longer/,
    remedy: /\S/,
  },
];

afterEach(() => {
  vi.unstubAllEnvs();
});

describe("a stack file that", () => {
  test.each(cases)("$name", async ({ web, more, timeoutMs, env, code, at, says, remedy }) => {
    for (const [name, value] of Object.entries(env ?? {})) vi.stubEnv(name, value);
    const root = temporaryProject({ ...(web === undefined ? {} : { "stacks/web.ts": web }), ...more });
    const project = parseProject(yaml, { file: "k8sctl.yaml", root });
    const synth = createSynth({ timeoutMs: timeoutMs ?? 25_000, onPrint: () => {} });

    const error = await synth.synth(project, { stacks: null, vars: {} }).then(
      () => null,
      (e: unknown) => e,
    );

    if (!(error instanceof UserError)) throw error ?? new Error("it synthesized");
    const [problem] = error.problems;
    expect(problem).toMatchObject({
      code,
      severity: "error",
      message: expect.stringMatching(says),
      remedy: expect.stringMatching(remedy),
    });
    expect(describePosition(problem!.position!)).toMatch(new RegExp(`^${at}(:\\d+)?$`));
  });
});
