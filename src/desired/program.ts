import type { DataRead, DesiredOutput, GeneratedValue, Results, SynthStack, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { UserError } from "../model/errors.ts";
import { checkWarnings, outputProblems } from "./block-checks.ts";
import { evaluateBody } from "./body.ts";
import { knownReads } from "./data-reads.ts";
import { type Decoded, Decoding } from "./decoding.ts";
import { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare } from "./expression/value.ts";
import { keyOfInstance } from "./identity.ts";
import { conditionsOf } from "./meta-arguments.ts";
import { movedValues, movesOf } from "./moves.ts";
import { isGenerated } from "./random.ts";
import { conditionProblems } from "./resource-conditions.ts";
import type { StackSource } from "./source.ts";
import { readSource } from "./source.ts";
import type { FileReader } from "./surroundings.ts";

/** The Terraform JSON of a project, read once and evaluated as often as results come in. */
export interface Program {
  /** Everything that the project wants, under what is known by now. */
  decode(results: Results): Decoded;
  /**
   * Fills the unknown leaves of a template that `decode` made for a stack. What stays unknown stays an `Unknown`.
   * Throws a UserError when an expression fails, now that its values are known.
   */
  fill(stack: string, template: Template, results: Results): Template;
  outputs(results: Results): readonly DesiredOutput[];
  /** Data sources whose arguments are known, that `results` has no answer for and does not defer. */
  reads(results: Results): readonly DataRead[];
  /** Pre- or postconditions of a resource instance that do not hold, or cannot be judged even now. */
  conditions(stack: string, address: string, when: "before" | "after", results: Results): readonly Problem[];
  /** The kept values of a stack, under the addresses of now where `moved` blocks name former ones. */
  moved(stack: string, values: Readonly<Record<string, GeneratedValue>>): Readonly<Record<string, GeneratedValue>>;
  /** What `check` blocks (warnings) and preconditions of outputs (errors) say. */
  verdicts(results: Results): readonly Problem[];
}

const noFiles: FileReader = () => null;

/** `files` is what `file()` and its kind read; without it there are none. */
export function createProgram(stacks: readonly SynthStack[], files: FileReader = noFiles): Program {
  const sources = new Map(stacks.map((stack) => [stack.name, readSource(stack)]));
  const evaluationOf = (results: Results): Evaluation => new Evaluation(sources, results, files, keyOfInstance);
  const decode = (results: Results): Decoded => new Decoding(sources, evaluationOf(results)).run();
  let bare: { readonly now: number | undefined; readonly decoded: Decoded } | null = null;
  return {
    decode(results) {
      if (!isBare(results)) return decode(results);
      // Asked for twice by every plan: before the cluster is asked, and when it knew nothing that counts.
      if (bare === null || bare.now !== results.now) bare = { now: results.now, decoded: decode(results) };
      return bare.decoded;
    },
    fill: (stack, template, results) => filled(template, evaluationOf(results), stack),
    outputs: (results) => new Decoding(sources, evaluationOf(results)).outputs(),
    conditions: (stack, address, when, results) => conditionsAt(sources, evaluationOf(results), stack, address, when),
    reads(results) {
      return knownReads(sources, evaluationOf(results)).filter(
        ({ key }) => results.data?.has(key) !== true && results.deferred?.has(key) !== true,
      );
    },
    moved(stack, values) {
      const source = sources.get(stack);
      const moves = source === undefined ? new Map<string, string>() : movesOf(source.stack);
      if (source === undefined || moves.size === 0) return values;
      const evaluation = evaluationOf({ live: new Map(), generated: new Map() });
      return movedValues(moves, generatedAddresses(source, evaluation), values);
    },
    verdicts(results) {
      const evaluation = evaluationOf(results);
      return [...sources.values()].flatMap((source) => [
        ...checkWarnings(source, evaluation),
        ...outputProblems(source, evaluation),
      ]);
    },
  };
}

/** Nothing is known but the code and the time of the plan. */
function isBare({ live, generated, data, applied }: Results): boolean {
  return live.size === 0 && generated.size === 0 && (data?.size ?? 0) === 0 && applied === undefined;
}

function generatedAddresses(source: StackSource, evaluation: Evaluation): string[] {
  return [...source.resources.values()]
    .filter((resource) => isGenerated(resource.type))
    .flatMap((resource) => {
      try {
        return evaluation.instancesOf(resource).map((instance) => instance.address);
      } catch (error) {
        if (error instanceof ExpressionError) return [];
        throw error;
      }
    });
}

function conditionsAt(
  sources: ReadonlyMap<string, StackSource>,
  evaluation: Evaluation,
  stack: string,
  address: string,
  when: "before" | "after",
): Problem[] {
  const resource = sources.get(stack)?.resources.get(address.replace(/\[.*$/s, ""));
  if (resource === undefined || conditionsOf(resource.body, when).length === 0) return [];
  const instance = evaluation.instancesOf(resource).find((each) => each.address === address);
  return instance === undefined ? [] : conditionProblems(evaluation, instance, when, "fail");
}

function filled(template: Template, evaluation: Evaluation, stack: string): Template {
  if (template instanceof Unknown) {
    try {
      const bare = layBare(evaluateBody(template.expression, evaluation.context(stack), []));
      return bare.needs === null ? (bare.plain as Template) : template;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const message = `${template.expression}: ${error.message}`;
      throw new UserError({ code: error.code, message, severity: "error" }, { cause: error });
    }
  }
  if (Array.isArray(template)) return template.map((item) => filled(item, evaluation, stack));
  if (typeof template !== "object" || template === null) return template;
  const entries = Object.entries(template).map(([k, v]) => [k, filled(v, evaluation, stack), v] as const);
  // A value that turned out to be null is an attribute that is not set.
  return Object.fromEntries(entries.filter(([, now, was]) => now !== null || was === null));
}
