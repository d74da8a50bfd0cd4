import { describe, expect, test } from "vitest";
import { describePosition, UserError } from "../../src/model/errors.ts";
import { parseProject } from "../../src/project/parse.ts";
import { selectStacks } from "../../src/project/stacks.ts";

const where = { file: "k8sctl.yaml", root: "/home/me/shop" };

function problemsOf(text: string): string[] {
  try {
    parseProject(text, where);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(
      (p) => `${p.code} ${describePosition(p.position!)} ${p.message}${p.remedy ? ` | ${p.remedy}` : ""}`,
    );
  }
  return [];
}

test("the whole format", () => {
  const project = parseProject(
    `# yaml-language-server: $schema=./node_modules/k8sctl/k8sctl.schema.json
project: shop
clusters:
  kind:     { provider: kind, name: dev, config: kind-config.yaml }
  embedded: { provider: embedded }
  prod:     { provider: context, context: prod-eu }
defaultCluster: kind
inventoryNamespace: ops
variables: { domain: shop.test }
stacks:
  - { file: stacks/nginx-ingress.ts }
  - { file: stacks/postgres.ts, after: [nginx-ingress], vars: { storage: 5Gi } }
  - { file: legacy.tf.json }
  - { file: stacks/postgres.ts, name: reports, after: [postgres] }
`,
    where,
  );
  expect(project).toEqual({
    name: "shop",
    root: "/home/me/shop",
    clusters: {
      kind: { provider: "kind", name: "dev", config: "kind-config.yaml" },
      embedded: { provider: "embedded", name: "shop" },
      prod: { provider: "context", context: "prod-eu", kubeconfig: null },
    },
    defaultCluster: "kind",
    inventoryNamespace: "ops",
    variables: { domain: "shop.test" },
    variablePositions: { domain: { file: "k8sctl.yaml", line: 9, column: 14 } },
    stacks: [
      {
        name: "nginx-ingress",
        file: "stacks/nginx-ingress.ts",
        after: [],
        vars: {},
        position: { file: "k8sctl.yaml", line: 11, column: 13 },
      },
      {
        name: "postgres",
        file: "stacks/postgres.ts",
        after: ["nginx-ingress"],
        vars: { storage: "5Gi" },
        varPositions: { storage: { file: "k8sctl.yaml", line: 12, column: 65 } },
        position: { file: "k8sctl.yaml", line: 12, column: 13 },
      },
      {
        name: "legacy",
        file: "legacy.tf.json",
        after: [],
        vars: {},
        position: { file: "k8sctl.yaml", line: 13, column: 13 },
      },
      {
        name: "reports",
        file: "stacks/postgres.ts",
        after: ["postgres"],
        vars: {},
        position: { file: "k8sctl.yaml", line: 14, column: 13 },
      },
    ],
  });
});

const start = "project: shop\nclusters: { dev: { provider: embedded } }\n";
const one = "stacks:\n  - { file: stacks/a.ts }\n";

test("a project may want nothing any more, so that it can still be taken down", () => {
  const text = "project: shop\nclusters: { dev: { provider: embedded } }\nstacks: []\n";
  expect(parseProject(text, where).stacks).toEqual([]);
  expect(problemsOf(text.replace("stacks: []\n", ""))).toHaveLength(1);
});

describe("what is wrong is told with line, column and remedy", () => {
  const cases: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
    [
      "empty file",
      "",
      [
        'project-invalid k8sctl.yaml:1:1 "project" is missing | add project: shop',
        'project-invalid k8sctl.yaml:1:1 "clusters" is missing | add clusters: { dev: { provider: embedded } }',
        'project-invalid k8sctl.yaml:1:1 "stacks" is missing | add stacks: [{ file: stacks/hello.ts }]',
      ],
    ],
    ["a list", "- a\n", ["project-invalid k8sctl.yaml:1:1 the file must be a mapping"]],
    [
      "no YAML",
      'project: "shop\n',
      ['project-syntax k8sctl.yaml:2:1 not valid YAML: Missing closing "quote | mind indentation, colons and quotes'],
    ],
    [
      "a key twice",
      `${start}project: other\n${one}`,
      ['project-syntax k8sctl.yaml:3:1 the key "project" is there twice | keep one of the two'],
    ],
    [
      "a misspelt key",
      `${start}stack:\n  - { file: stacks/a.ts }\n${one}`,
      ['project-unknown-key k8sctl.yaml:3:1 unknown key "stack" | did you mean "stacks"?'],
    ],
    [
      "a misspelt key of a stack",
      `${start}stacks:\n  - file: stacks/a.ts\n    afer: [b]\n`,
      ['project-unknown-key k8sctl.yaml:5:5 unknown key "afer" in `stacks[0]` | did you mean "after"?'],
    ],
    [
      "a key of another provider",
      `project: shop\nclusters: { dev: { provider: embedded, config: kind.yaml } }\n${one}`,
      ['project-unknown-key k8sctl.yaml:2:40 unknown key "config" in `clusters.dev` | known keys here: provider, name'],
    ],
    [
      "an unknown provider",
      `project: shop\nclusters:\n  dev: { provider: knid }\n${one}`,
      ['project-invalid k8sctl.yaml:3:20 unknown provider "knid" in `clusters.dev` | did you mean "kind"?'],
    ],
    [
      "no provider",
      `project: shop\nclusters:\n  dev: { name: x }\n${one}`,
      [
        'project-invalid k8sctl.yaml:3:8 "provider" is missing in `clusters.dev` | add provider: one of kind, embedded, context',
      ],
    ],
    [
      "a name that Kubernetes refuses",
      `project: My_Shop\nclusters: { dev: { provider: embedded } }\n${one}`,
      [
        'project-invalid k8sctl.yaml:1:10 "My_Shop" is not a name that Kubernetes takes | use lower-case letters, digits and -, with a letter or digit first and last',
      ],
    ],
    [
      "a number for a list",
      `${start}stacks: 3\n`,
      ["project-invalid k8sctl.yaml:3:9 `stacks` must be a list | write it as stacks: [{ file: stacks/hello.ts }]"],
    ],
    [
      "not a stack file",
      `${start}stacks:\n  - { file: stacks/a.yaml }\n`,
      [
        'project-invalid k8sctl.yaml:4:13 "stacks/a.yaml" is not a stack file | name a .ts file, or Terraform JSON that ends in .tf.json',
      ],
    ],
    [
      "an absolute path",
      `${start}stacks:\n  - { file: /etc/a.ts }\n`,
      ["project-invalid k8sctl.yaml:4:13 a stack file is named by an absolute path | name it relative to k8sctl.yaml"],
    ],
    [
      "a variable that cannot be one",
      `${start}variables: { 1st: x }\n${one}`,
      [
        'project-invalid k8sctl.yaml:3:14 "1st" is not a name that `variables` can hold | use letters, digits and -, starting with a letter',
      ],
    ],
    [
      "after leads nowhere",
      `${start}stacks:\n  - { file: stacks/postgres.ts }\n  - { file: stacks/web.ts, after: [postgers] }\n`,
      [
        'stack-after-unknown k8sctl.yaml:5:36 stack "web" comes after "postgers", which is not a stack of this project | did you mean "postgres"?',
      ],
    ],
    [
      "a circle",
      `${start}stacks:\n  - { file: a.ts, after: [b] }\n  - { file: b.ts, after: [c] }\n  - { file: c.ts, after: [b] }\n`,
      ["stack-cycle k8sctl.yaml:6:19 stacks wait for each other: b after c after b | remove one `after`"],
    ],
    [
      "a stack after itself",
      `${start}stacks:\n  - { file: a.ts, after: [a] }\n`,
      ["stack-cycle k8sctl.yaml:4:19 stacks wait for each other: a after a | remove one `after`"],
    ],
    [
      "two stacks of one name",
      `${start}stacks:\n  - { file: a.ts }\n  - { file: more/a.ts }\n`,
      [
        'stack-duplicate k8sctl.yaml:5:13 two stacks are named "a" (the other at line 4) | give one of them a `name:` of its own',
      ],
    ],
    [
      "a file whose base name cannot name a stack",
      `${start}stacks:\n  - { file: My_Stack.ts }\n`,
      [
        'project-invalid k8sctl.yaml:4:13 the file\'s base name "My_Stack" cannot name a stack | add a `name:` of lower-case letters, digits and -',
      ],
    ],
    [
      "a default cluster that does not exist",
      `${start}defaultCluster: dve\n${one}`,
      ['cluster-unknown k8sctl.yaml:3:17 defaultCluster "dve" is not one of the clusters | did you mean "dev"?'],
    ],
    [
      "several clusters and no default",
      `project: shop\nclusters:\n  dev: { provider: embedded }\n  prod: { provider: context, context: eu }\n${one}`,
      ["cluster-unknown k8sctl.yaml:2:1 2 clusters and no defaultCluster | add defaultCluster: dev"],
    ],
  ];
  test.each(cases)("%s", (_name, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });
});

test("a selected stack brings what it comes after, in order", () => {
  const stack = (name: string, ...after: string[]) => ({ name, file: `${name}.ts`, after, vars: {} });
  const stacks = [
    stack("web", "db", "queue"),
    stack("db", "storage"),
    stack("queue"),
    stack("storage"),
    stack("other"),
  ];
  expect(selectStacks(stacks, ["web"]).map((s) => s.name)).toEqual(["storage", "db", "queue", "web"]);
  expect(selectStacks(stacks, null).map((s) => s.name)).toEqual(["storage", "db", "queue", "web", "other"]);
});
