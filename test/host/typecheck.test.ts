import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { readProject } from "../../src/host/project-file.ts";
import { typecheckStacks } from "../../src/host/typecheck.ts";
import { describePosition } from "../../src/model/errors.ts";
import { temporaryProject } from "./temporary-project.ts";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const yaml = "project: p\nclusters: { dev: { provider: embedded } }\nstacks: [{ file: stacks/a.ts }]\n";
const stack = (spec: string) => `import { TerraformStack } from "cdktf";
import { DeploymentV1 } from "@cdktf/provider-kubernetes/lib/deployment-v1";
import type { Construct } from "constructs";
import { label } from "./label";
export default class A extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    console.log(process.version);
    new DeploymentV1(this, "web", {
      metadata: { name: label("web") },
      spec: { ${spec} template: { metadata: {}, spec: { container: [{ name: "web" }] } } },
    });
  }
}
`;
const label = "export function label(name: string): string {\n  return name;\n}\n";

async function check(files: Record<string, string>): Promise<string[]> {
  const problems = await typecheckStacks(readProject(temporaryProject({ "k8sctl.yaml": yaml, ...files })));
  return problems.map((p) => `${p.code} ${describePosition(p.position!)} ${p.message}`);
}

test("examples/01-hello is sound", async () => {
  expect(await typecheckStacks(readProject(`${repository}/examples/01-hello`))).toEqual([]);
});

test("a project without packages of its own is checked against ours", async () => {
  expect(await check({ "stacks/a.ts": stack('replicas: "2",'), "stacks/label.ts": label })).toEqual([]);
});

test("a misspelt field, which the run itself drops silently", async () => {
  const found = await check({ "stacks/a.ts": stack('replica: "2",'), "stacks/label.ts": label });
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(/^stack-type stacks\/a\.ts:11:15 .*'replica'.* Did you mean to write 'replicas'\?/);
});

test("an error in a file that a stack imports, and a syntax error", async () => {
  const found = await check({
    "stacks/a.ts": stack(""),
    "stacks/label.ts": "export const label = (n: strin) => n;\nlet;\n",
  });
  expect(found).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^stack-type stacks\/label\.ts:1:26 Cannot find name 'strin'/),
      expect.stringMatching(/^stack-type stacks\/label\.ts:2:/),
    ]),
  );
});

test("the project's tsconfig.json is heard", async () => {
  const loose = { "stacks/a.ts": stack("").replace("id: string", "id"), "stacks/label.ts": label };
  expect(await check(loose)).toEqual(["stack-type stacks/a.ts:6:33 Parameter 'id' implicitly has an 'any' type."]);
  const settings = { strict: false, module: "preserve", types: ["node"] };
  expect(await check({ ...loose, "tsconfig.json": JSON.stringify({ compilerOptions: settings }) })).toEqual([]);
  expect(await check({ ...loose, "tsconfig.json": '{ "compilerOptions": { "modul": 1 } }' })).toEqual([
    expect.stringMatching(/^stack-type tsconfig\.json:1:\d+ Unknown compiler option 'modul'/),
  ]);
});

test("what to do depends on what is wrong, and a broken sentence is told once", async () => {
  const remedies = async (text: string) =>
    (
      await typecheckStacks(
        readProject(
          temporaryProject({ "k8sctl.yaml": yaml, "stacks/a.ts": `${stack("")}${text}`, "stacks/label.ts": label }),
        ),
      )
    ).map(({ message, remedy }) => `${message} → ${remedy}`);
  expect(await remedies('import { x } from "@acme/nothing/lib/x";\nx();\n')).toEqual([
    expect.stringMatching(/^Cannot find module '@acme.* → install it: npm install @acme\/nothing$/),
  ]);
  expect(await remedies('import { x } from "./nothing";\nx();\n')).toEqual([
    expect.stringMatching(/ → mend the path, or create the file$/),
  ]);
  expect(await remedies("const a = {{ b: nothing };\n")).toEqual([
    expect.stringMatching(/^Property assignment expected\. → mend the syntax$/),
  ]);
});
