import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { homeOfTest, type Json, workplace } from "./command-line.ts";
import { configMap, projectYaml, terraformJson, typescriptStack } from "./stacks.ts";

/** What the user did wrong, and what one paragraph must say about it. */
interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where, as it is printed in front. */
  readonly at: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

/** The codes that docs/errors.md lists. */
const errorCodes = [
  ...readFileSync(new URL("../../docs/errors.md", import.meta.url), "utf8").matchAll(/^\| `([a-z-]+)`/gm),
].map((m) => m[1]);

const UP = ["up", "--yes"];
const good = { "stacks/web.tf.json": terraformJson({ kubernetes_config_map_v1: { page: configMap("page", {}) } }) };
const coded = (web: string) => ({
  "k8sctl.yaml": projectYaml("shop", ["stacks/web.ts"]),
  "stacks/web.ts": web,
});
const json = (resource: Parameters<typeof terraformJson>[0], more = {}) => ({
  "k8sctl.yaml": projectYaml("shop", ["stacks/web.tf.json"]),
  "stacks/web.tf.json": terraformJson(resource, more),
});

const cases: readonly Case[] = [
  { name: "no k8sctl.yaml", files: {}, at: "", says: /k8sctl\.yaml/, remedy: /k8sctl init/ },
  {
    name: "a number for the project's name",
    files: { ...good, "k8sctl.yaml": projectYaml("shop", ["stacks/web.tf.json"]).replace("shop", "12") },
    at: "k8sctl.yaml:1:10",
    says: /`project` must be text/,
    remedy: /write it in quotes: \\?"12/,
  },
  {
    name: "nothing where the stacks stand",
    files: { "k8sctl.yaml": projectYaml("shop", []).replace(/stacks:.*/s, "stacks:\n") },
    at: "k8sctl.yaml:",
    says: /`stacks` must be a list/,
    remedy: /it is empty: add stacks: /,
  },
  {
    name: "an unknown key",
    files: { ...good, "k8sctl.yaml": `${projectYaml("shop", ["stacks/web.tf.json"])}stakcs: []\n` },
    at: "k8sctl.yaml:6:1",
    says: /stakcs/,
    remedy: /stacks/,
  },
  {
    name: "YAML that is none",
    files: { ...good, "k8sctl.yaml": "project: [shop\n" },
    at: "k8sctl.yaml:",
    says: /not valid YAML/,
    remedy: /\S/,
  },
  {
    name: "an unknown cluster",
    files: json({ kubernetes_config_map_v1: { page: configMap("page", {}) } }),
    argv: [...UP, "--cluster", "prod"],
    at: "",
    says: /no cluster \\?"prod/,
    remedy: /dev/,
  },
  {
    name: "an unknown stack",
    files: json({ kubernetes_config_map_v1: { page: configMap("page", {}) } }),
    argv: [...UP, "--stack", "wbe"],
    at: "",
    says: /no stack \\?"wbe/,
    remedy: /web/,
  },
  {
    name: "a --var that is none",
    files: json({ kubernetes_config_map_v1: { page: configMap("page", {}) } }),
    argv: [...UP, "--var", "=3"],
    at: "",
    says: /not of the form key=value/,
    remedy: /--var replicas=3/,
  },
  {
    name: "a --var whose value is not YAML",
    files: json({ kubernetes_config_map_v1: { page: configMap("page", {}) } }),
    argv: [...UP, "--var", "hosts=[a"],
    at: "",
    says: /--var hosts: the value is not valid YAML/,
    remedy: /quotes/,
  },
  {
    name: "a stack file that throws",
    files: coded(typescriptStack('throw new Error("no such colour");')),
    at: "stacks/web.ts:9",
    says: /no such colour/,
    remedy: /\S/,
  },
  {
    name: "a stack file with a syntax error",
    files: coded("export default class Web extends {\n  oops(\n}\n"),
    at: "stacks/web.ts:3",
    says: /\S/,
    remedy: /syntax/,
  },
  {
    name: "a stack file that never returns",
    files: coded(typescriptStack("for (;;);")),
    env: { K8SCTL_SYNTH_TIMEOUT: "2" },
    at: "stacks/web.ts:1",
    says: /did not return within 2 s/,
    remedy: /K8SCTL_SYNTH_TIMEOUT/,
  },
  {
    name: "a stack file that exports something else",
    files: coded("export default { replicas: 3 };\n"),
    at: "stacks/web.ts:1",
    says: /exports a value of type object/,
    remedy: /extends TerraformStack/,
  },
  {
    name: "a misspelt field, told by validate",
    files: coded(typescriptStack('new ConfigMapV1(this, "page", { metadata: { nmae: "page" } });')),
    argv: ["validate"],
    at: "stacks/web.ts:9",
    says: /nmae/,
    remedy: /\S/,
  },
  {
    name: "a reference to a missing resource",
    files: json({
      kubernetes_config_map_v1: { page: configMap("page", { ns: "$" + "{kubernetes_namespace_v1.none.id}" }) },
    }),
    at: "kubernetes_config_map_v1.page",
    says: /no resource of type kubernetes_namespace_v1/,
    remedy: /\S/,
  },
  {
    name: "a cycle",
    files: json({
      kubernetes_config_map_v1: {
        a: configMap("a", { b: "$" + "{kubernetes_config_map_v1.b.metadata[0].uid}" }),
        b: configMap("b", { a: "$" + "{kubernetes_config_map_v1.a.metadata[0].uid}" }),
      },
    }),
    at: "kubernetes_config_map_v1.",
    says: /cycle|each other/,
    remedy: /\S/,
  },
  {
    name: "two resources for one object",
    files: coded(
      typescriptStack(
        'new ConfigMapV1(this, "one", { metadata: { name: "page" } });',
        'new ConfigMapV1(this, "two", { metadata: { name: "page" } });',
      ),
    ),
    at: "stacks/web.ts:10 kubernetes_config_map_v1.two",
    says: /kubernetes_config_map_v1\.one/,
    remedy: /\S/,
  },
  {
    name: "an unsupported resource type",
    files: json({ aws_instance: { server: { ami: "ami-1" } } }),
    at: "aws_instance.server",
    says: /aws_instance/,
    remedy: /\S/,
  },
  {
    name: "an unsupported function",
    files: json({ kubernetes_config_map_v1: { page: configMap("page", { key: "$" + '{bcrypt("secret")}' }) } }),
    at: "kubernetes_config_map_v1.page",
    says: /bcrypt/,
    remedy: /\S/,
  },
  {
    name: "a variable whose value is invalid",
    files: json(
      { kubernetes_config_map_v1: { page: configMap("page", { n: "$" + "{var.replicas}" }) } },
      {
        variable: {
          replicas: {
            type: "number",
            validation: { condition: "$" + "{var.replicas < 4}", error_message: "at most three" },
          },
        },
      },
    ),
    argv: [...UP, "--var", "replicas=9"],
    at: "stacks/web.tf.json:16:5 var.replicas",
    says: /at most three/,
    remedy: /\S/,
  },
  {
    name: "a variable without a value",
    files: json(
      { kubernetes_config_map_v1: { page: configMap("page", { n: "$" + "{var.replicas}" }) } },
      { variable: { replicas: { type: "number" } } },
    ),
    at: "",
    says: /replicas/,
    remedy: /--var/,
  },
];

/** The one paragraph of an error: what is wrong, and the line after the arrow; joined where lines were broken. */
function paragraphOf(text: string): { message: string; advice: string } {
  const [, message = "", advice = ""] =
    /^(?:Error: |✖ )((?:.*\n)(?: {2}(?! *→).*\n)*) *→ ((?:.*\n)(?: {4}.*\n)*)/m.exec(text) ?? [];
  return { message: joined(message), advice: joined(advice) };
}

const joined = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

describe("refused before anything is made", () => {
  test.each(cases)("$name", async ({ files, argv = UP, env = {}, at, says, remedy }) => {
    const home = homeOfTest();
    const project = workplace(home, files);
    const plain = await project.run(argv, { env });
    const words = plain.stdout + plain.stderr;
    expect(plain.exitCode, words).toBe(1);
    const { message, advice } = paragraphOf(words);
    expect(message.replace(/^\S+\.tf\.json:\d+:\d+ (?=[a-z]+_)/, "").startsWith(at), words).toBe(true);
    expect(message, words).toMatch(says);
    expect(advice, words).toMatch(remedy);
    expect(words).not.toMatch(/^\s+at .*\(/m);
    // No cluster was created, no state kept.
    expect(readdirSync(home)).toEqual([]);
  });

  test.each(cases)("$name, as JSON", async ({ files, argv = UP, env = {}, says, remedy }) => {
    const home = homeOfTest();
    const run = await workplace(home, files).run([...argv, "--output", "json"], { env });
    expect(run.exitCode).toBe(1);
    expect(run.stderr).toBe("");
    expect(readdirSync(home)).toEqual([]);
    if (argv[0] === "validate") {
      const [report] = run.lines;
      expect(report).toMatchObject({ v: 1, valid: false });
      expect(report.problems.map((problem: Json) => problem.message).join("\n")).toMatch(says);
      return;
    }
    const [failure, last] = run.lines.slice(-2);
    expect(failure).toMatchObject({ v: 1, type: "error", code: expect.stringMatching(/^[a-z]+(-[a-z]+)*$/) });
    expect(failure.message).toMatch(says);
    expect(failure.remedy).toMatch(remedy);
    expect(errorCodes).toContain(failure.code);
    const counts = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
    expect(last).toEqual({ v: 1, type: "finished", ok: false, exitCode: 1, counts });
  });
});

describe("before a cluster is asked, refused is", () => {
  test.each([
    ...["graph", "synth", "validate"].map((command) => ({
      argv: [command, "--cluster", "prod"],
      says: /k8sctl\.yaml has no cluster "prod"\n {2}→ use one of: dev/,
    })),
    {
      argv: ["plan", "--project", "stacks"],
      says: /no k8sctl\.yaml in \S+stacks\n {2}→ there is one in \S+: go there,/,
    },
    { argv: ["plan", "--project", "/"], says: /no k8sctl\.yaml in \/\n {2}→ go to the project's folder, / },
    {
      argv: ["plan", "--take", "Deployment web/shop"],
      says: /--take "Deployment web\/shop" names no field\n {2}→ write it as/,
    },
    { argv: ["plan", "--yield", "data:"], says: /--yield "data:" names no field\n {2}→ write it as/ },
    { argv: ["apply", "stacks"], says: /stacks: it is a folder\n {2}→ name a file/ },
    { argv: ["plan", "--out", "stacks"], says: /^Error: cannot read \S+stacks: it is a folder\n {2}→ name a file\n$/ },
    { argv: ["graph", "--output", "json", "--format", "dot"], says: /"code":"graph-two-forms"/ },
  ])("$argv", async ({ argv, says }) => {
    const files = json({ kubernetes_config_map_v1: { page: configMap("page", {}) } });
    const run = await workplace(homeOfTest(), files).run(argv);
    expect(run.exitCode).toBe(1);
    expect(`${run.stdout}${run.stderr}`).toMatch(says);
  });
});
