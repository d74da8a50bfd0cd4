import type { Problem } from "../model/errors.ts";
import type { Json } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { originOfBlock } from "./block-origin.ts";
import { failedRule, rulesOf } from "./conditions.ts";
import type { Evaluation } from "./evaluation.ts";
import { isReference, type Reference } from "./expression/scope.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { problemOf } from "./problems.ts";
import { type StackSource, singleBlock } from "./source.ts";

/** What is wrong with the blocks of a stack beside its resources: modules, providers, variables, unknown ones. */
export function blockProblems(source: StackSource, evaluation: Evaluation): Problem[] {
  return [
    ...moduleProblems(source),
    ...providerWarnings(source),
    ...backendWarnings(source),
    ...unreadBlocks(source),
    ...checkWarnings(source, evaluation),
    ...outputProblems(source, evaluation),
    ...[...source.variables].flatMap(([name, body]) => {
      const wrong = failureOf(source, evaluation, "var", name);
      // Told here alone, not by everyone who reads it. One without a value is told by who needs it.
      if (wrong !== null && wrong.code !== "missing-variable") return [wrong];
      return validationProblems(source, evaluation, name, body["validation"]);
    }),
  ];
}

/** Local values that fail: who reads one says so as well. */
export function localProblems(source: StackSource, evaluation: Evaluation): Problem[] {
  return [...source.locals.keys()].flatMap((name) => failureOf(source, evaluation, "local", name) ?? []);
}

function failureOf(source: StackSource, evaluation: Evaluation, kind: "var" | "local", name: string): Problem | null {
  try {
    const all = evaluation.context(source.stack.name).scope.name(kind) as Reference;
    evaluation.collecting(() => {
      const found = all.step(name);
      return isReference(found) ? found.value() : found;
    });
    return null;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return problemOf(error, originOfBlock(source, `${kind}.${name}`));
  }
}

function moduleProblems(source: StackSource): Problem[] {
  const message = "Terraform modules are not supported";
  return source.modules.map((name) =>
    problemOf(new ExpressionError("unsupported-module", message), originOfBlock(source, `module.${name}`)),
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

const readBlocks: ReadonlySet<string> = new Set(
  "// terraform provider resource data variable locals output module moved removed check".split(" "),
);

/** Blocks of Terraform that say nothing to k8sctl, with the reason. */
const effectless: Readonly<Record<string, string>> = {
  ephemeral: "values of ephemeral blocks are not made",
  import: "there is no state file; `k8sctl import` adopts what lives",
};

function unreadBlocks(source: StackSource): Problem[] {
  const { json, name } = source.stack;
  const blocks = Object.keys(json).filter((block) => !readBlocks.has(block));
  const isManifest = typeof json["apiVersion"] === "string" && typeof json["kind"] === "string";
  if (isManifest) {
    const message = `stack ${name} is an object of Kubernetes, not Terraform JSON`;
    const remedy = 'put it under resource -> kubernetes_manifest -> NAME -> "manifest"';
    return [problemOf(new ExpressionError("unknown-block", message, remedy), originOfBlock(source, "kind"))];
  }
  return blocks.map((block): Problem => {
    const origin = originOfBlock(source, block);
    const why = effectless[block];
    if (why === undefined) {
      const message = `stack ${name} has a block that Terraform does not know: ${block}`;
      return problemOf(new ExpressionError("unknown-block", message, didYouMean(block, readBlocks)), origin);
    }
    return {
      ...problemOf(new ExpressionError("unsupported-block", `${block} blocks have no effect: ${why}`), origin),
      severity: "warning",
    };
  });
}

/** Where Terraform would keep its state; CDKTF always names the local one. */
function backendWarnings(source: StackSource): Problem[] {
  const terraform = singleBlock(source.stack.json["terraform"]);
  const backends = [...Object.keys(singleBlock(terraform["backend"])), ...("cloud" in terraform ? ["cloud"] : [])];
  return backends
    .filter((backend) => backend !== "local")
    .map((backend) => {
      const message = `the backend ${backend} is not used: what k8sctl knows of a stack lies in the cluster`;
      return {
        ...problemOf(new ExpressionError("unsupported-block", message), originOfBlock(source, "terraform")),
        severity: "warning",
      };
    });
}

function validationProblems(
  source: StackSource,
  evaluation: Evaluation,
  name: string,
  rules: Json | undefined,
): Problem[] {
  const origin = originOfBlock(source, `var.${name}`);
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
    const origin = originOfBlock(source, `check.${name}`);
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
    const origin = originOfBlock(source, `output.${name}`);
    const words = { code: "precondition-failed", what: `output "${name}"`, unknown: "wait" } as const;
    return rulesOf(body["precondition"])
      .map((rule) => failedRule(rule, evaluation.context(stack), words))
      .filter((error) => error !== null)
      .map((error) => problemOf(error, origin));
  });
}
