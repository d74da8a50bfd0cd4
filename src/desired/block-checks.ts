import type { Problem } from "../model/errors.ts";
import type { Json } from "../model/json.ts";
import { failedRule, rulesOf } from "./conditions.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { problemOf } from "./problems.ts";
import type { StackSource } from "./source.ts";

/** What is wrong with the blocks of a stack beside its resources: modules, providers, variables, unknown ones. */
export function blockProblems(source: StackSource, evaluation: Evaluation): Problem[] {
  return [
    ...moduleProblems(source),
    ...providerWarnings(source),
    ...unreadBlocks(source),
    ...checkWarnings(source, evaluation),
    ...outputProblems(source, evaluation),
    ...[...source.variables].flatMap(([name, body]) =>
      validationProblems(source, evaluation, name, body["validation"]),
    ),
  ];
}

function moduleProblems(source: StackSource): Problem[] {
  const message = "Terraform modules are not supported by the native engine";
  return source.modules.map((name) =>
    problemOf(new ExpressionError("unsupported-module", message), {
      stack: source.stack.name,
      address: `module.${name}`,
      constructPath: "",
    }),
  );
}

/** An engine passes the cluster by environment; what the block says would silently be another one. */
function providerWarnings(source: StackSource): Problem[] {
  const blocks = source.providers.get("kubernetes") ?? [];
  const settings = blocks.flatMap((block) => Object.keys(block)).filter((key) => key !== "//" && key !== "alias");
  if (settings.length === 0) return [];
  return [
    {
      code: "provider-settings-ignored",
      message: `the provider block sets ${settings.join(", ")}, which k8sctl ignores: it talks to the chosen cluster`,
      address: "provider.kubernetes",
      remedy: "leave the provider block empty and name the cluster in k8sctl.yaml",
      severity: "warning",
    },
  ];
}

/** `import` only concerns a state file, which we do not have. */
const readBlocks: ReadonlySet<string> = new Set(
  "// terraform provider resource data variable locals output module moved import check".split(" "),
);

function unreadBlocks(source: StackSource): Problem[] {
  return Object.keys(source.stack.json)
    .filter((block) => !readBlocks.has(block))
    .map((block) => ({
      code: "unsupported-block",
      message: `the ${block} blocks of stack ${source.stack.name} have no effect: the native engine does not read them`,
      address: block,
      severity: "warning",
    }));
}

function validationProblems(
  source: StackSource,
  evaluation: Evaluation,
  name: string,
  rules: Json | undefined,
): Problem[] {
  const origin = { stack: source.stack.name, address: `var.${name}`, constructPath: "" };
  const words = { code: "variable-validation", what: `variable "${name}"`, unknown: "wait" } as const;
  return rulesOf(rules)
    .map((rule) => failedRule(rule, evaluation.context(source.stack.name), words))
    .filter((error) => error !== null)
    .map((error) => problemOf(error, origin));
}

/** Assertions of `check` blocks: they warn, and stop nothing. */
export function checkWarnings(source: StackSource, evaluation: Evaluation): Problem[] {
  const { name: stack, json } = source.stack;
  const checks = rulesOf(json["check"]).flatMap((block) => Object.entries(block));
  return checks.flatMap(([name, body]) => {
    const origin = { stack, address: `check.${name}`, constructPath: "" };
    const words = { code: "check-failed", what: `check "${name}"`, unknown: "wait" } as const;
    return rulesOf(body)
      .flatMap((block) => rulesOf(block["assert"]))
      .map((rule) => failedRule(rule, evaluation.context(stack), words))
      .filter((error) => error !== null)
      .map((error): Problem => ({ ...problemOf(error, origin), severity: "warning" }));
  });
}

/** Preconditions of outputs. */
export function outputProblems(source: StackSource, evaluation: Evaluation): Problem[] {
  const stack = source.stack.name;
  return [...source.outputs].flatMap(([name, body]) => {
    const origin = { stack, address: `output.${name}`, constructPath: "" };
    const words = { code: "precondition-failed", what: `output "${name}"`, unknown: "wait" } as const;
    return rulesOf(body["precondition"])
      .map((rule) => failedRule(rule, evaluation.context(stack), words))
      .filter((error) => error !== null)
      .map((error) => problemOf(error, origin));
  });
}
