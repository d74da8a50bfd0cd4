import { expect, test } from "vitest";
import { createSynth } from "../../src/host/synth.ts";
import { type Problem, UserError } from "../../src/model/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import { parseProject } from "../../src/project/parse.ts";
import { temporaryProject } from "./temporary-project.ts";

const KAFKA = { "stacks/kafka.ts": 'export { default } from "k8sctl/stacks/kafka";\n' };
const REDIS = { "stacks/redis.ts": 'export { default } from "k8sctl/stacks/redis";\n' };
/** Reads its vars without a word about which. */
const PLAIN = {
  "stacks/plain.ts": `import { TerraformStack } from "cdktf";
export default class Plain extends TerraformStack {}
`,
};

/** What is said of a project with these stacks: code, place, message and remedy. */
async function said(
  files: Record<string, string>,
  stacks: readonly string[],
  given: { readonly variables?: string; readonly vars?: JsonObject } = {},
): Promise<string[]> {
  const yaml = `project: shop
clusters: { dev: { provider: embedded } }
variables: ${given.variables ?? "{}"}
stacks:
${stacks.map((stack) => `  - ${stack}\n`).join("")}`;
  const project = parseProject(yaml, { file: "k8sctl.yaml", root: temporaryProject(files) });
  const synth = createSynth({ timeoutMs: 25_000, onPrint: () => {} });
  try {
    return (await synth.synth(project, { stacks: null, vars: given.vars ?? {} })).problems.map(line);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.problems.map(line);
  }
}

function line({ code, position, message, remedy }: Problem): string {
  const place = position === undefined ? "-" : `${position.file}:${position.line}:${position.column ?? ""}`;
  return `${code} ${place} ${message} (${remedy})`;
}

test("an unknown option and a wrong value are told at their lines in k8sctl.yaml", async () => {
  expect(
    await said({ ...KAFKA, ...REDIS }, [
      "{ file: stacks/kafka.ts, vars: { replicas: 0, brokers: 0 } }",
      "{ file: stacks/redis.ts, vars: { storge: 1Gi } }",
    ]),
  ).toEqual([
    expect.stringMatching(
      /^stack-option-unknown k8sctl.yaml:5:38 kafka: there is no option replicas \(known options: /,
    ),
    expect.stringMatching(/^stack-option-invalid k8sctl.yaml:5:51 kafka: option brokers: 0 /),
    'stack-option-unknown k8sctl.yaml:6:38 redis: there is no option storge (did you mean "storage"?)',
  ]);
});

test("what all stacks are given may be another's, but must be somebody's", async () => {
  const both = ["{ file: stacks/kafka.ts }", "{ file: stacks/redis.ts }"];
  const fits = { variables: "{ preset: development, brokers: 3 }", vars: { eviction: "noeviction" } };
  expect(await said({ ...KAFKA, ...REDIS }, both, fits)).toEqual([]);
  const strange = { variables: "{ region: eu }", vars: { evictoin: "noeviction" } };
  expect(await said({ ...KAFKA, ...REDIS }, both, strange)).toEqual([
    expect.stringMatching(/^var-unknown k8sctl.yaml:3:14 variables: no stack of this project has an option region /),
    'var-unknown - --var evictoin: no stack of this project has an option evictoin (did you mean "eviction"?)',
  ]);
  expect(
    await said({ ...KAFKA, ...PLAIN }, ["{ file: stacks/kafka.ts }", "{ file: stacks/plain.ts }"], strange),
  ).toEqual(["var-unread - --var evictoin: no stack reads it (mind its spelling)"]);
});

test("a wrong --var is told by its name: it stands nowhere", async () => {
  expect(await said(KAFKA, ["{ file: stacks/kafka.ts, vars: { brokers: 1 } }"], { vars: { brokers: 2 } })).toEqual([
    expect.stringMatching(/^stack-option-invalid - --var brokers: kafka: option brokers: 2 is neither/),
  ]);
});

test("a slip in the name of a var that own code reads is a warning, with what was asked for in vain", async () => {
  const reads = (what: string) => ({
    "stacks/own.ts": `import { TerraformStack, TerraformOutput } from "cdktf";
export default class Own extends TerraformStack {
  constructor(scope, id, { vars }) {
    super(scope, id);
    new TerraformOutput(this, "o", { value: ${what} });
  }
}
`,
  });
  const own = ["{ file: stacks/own.ts, vars: { greetng: hi, other: 1 } }"];
  const slip = 'var-unread k8sctl.yaml:5:36 the code of own does not read the var greetng (did you mean "greeting"?)';
  expect(await said(reads("vars.greeting"), own)).toEqual([slip]);
  expect(await said(reads("vars.greeting ?? vars.greetng"), own)).toEqual([]);
  expect(await said(reads("({ ...vars }).greeting ?? 1"), own)).toEqual([]);
  expect(await said(reads("vars.unlike ?? 1"), own)).toEqual([]);
  expect(await said(reads("vars.greeting"), ["{ file: stacks/own.ts }"], { vars: { greetin: "hi" } })).toEqual([
    'var-unread - --var greetin: no stack reads it (did you mean "greeting"?)',
  ]);
  // Also where k8sctl.yaml gives what was meant, so that no code asks in vain.
  const given = ["{ file: stacks/own.ts, vars: { greeting: hi } }"];
  expect(await said(reads("vars.greeting"), given, { vars: { greetin: "ho" } })).toEqual([
    'var-unread - --var greetin: no stack reads it (did you mean "greeting"?)',
  ]);
  expect(await said(reads("vars.greeting"), given, { vars: { unlike: 1 } })).toEqual([
    "var-unread - --var unlike: no stack reads it (they read greeting)",
  ]);
  expect(await said(reads("vars.greeting"), given, { vars: { greeting: "ho" } })).toEqual([]);
});
