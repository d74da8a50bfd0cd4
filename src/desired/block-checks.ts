import type { Problem } from "../model/errors.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { evaluateBody } from "./body.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare, toBool } from "./expression/value.ts";
import { problemOf } from "./problems.ts";
import type { StackSource } from "./source.ts";

/** What is wrong with the blocks of a stack beside its resources: modules, providers, variables, unknown ones. */
export function blockProblems(source: StackSource, evaluation: Evaluation): Problem[] {
  return [
    ...moduleProblems(source),
    ...providerWarnings(source),
    ...unreadBlocks(source),
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

/** `moved` and `import` only concern a state file, which we do not have. */
const readBlocks: ReadonlySet<string> = new Set(
  "// terraform provider resource data variable locals output module moved import".split(" "),
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
  return (Array.isArray(rules) ? rules : [rules])
    .filter((rule) => isJsonObject(rule))
    .map((rule) => failedRule(source, evaluation, name, rule))
    .filter((error) => error !== null)
    .map((error) => problemOf(error, origin));
}

function failedRule(
  source: StackSource,
  evaluation: Evaluation,
  name: string,
  rule: JsonObject,
): ExpressionError | null {
  const context = evaluation.context(source.stack.name);
  try {
    const verdict = layBare(evaluateBody(rule["condition"] ?? true, context, []));
    if (verdict.needs !== null || toBool(verdict.plain)) return null;
    const text = layBare(evaluateBody(rule["error_message"] ?? "", context, []));
    const reason = text.needs === null && !text.sensitive ? String(text.plain) : "its validation fails";
    return new ExpressionError("variable-validation", `variable "${name}": ${reason}`);
  } catch (error) {
    if (error instanceof ExpressionError) return error;
    throw error;
  }
}
