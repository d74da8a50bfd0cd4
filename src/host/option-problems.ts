import { isDeepStrictEqual } from "node:util";
import type { Problem, SourcePosition } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import { suggest } from "../project/suggest.ts";
import type { StackAnswer, StackRequest } from "./synth-protocol.ts";
import type { UserFrames } from "./user-frames.ts";

/** One entry of an OptionError of `k8sctl/stacks/options`; known by its shape, as the project may have a library of its own. */
interface OptionProblem {
  readonly option: string;
  readonly message: string;
  readonly value?: unknown;
  readonly known?: readonly string[];
}

/** What an OptionError says, each at the line of k8sctl.yaml that gives the option; null for any other error. */
export function optionProblems(error: unknown, stack: StackRequest, frames: UserFrames): Problem[] | null {
  if (!(error instanceof Error) || error.name !== "OptionError" || !("problems" in error)) return null;
  return (error.problems as readonly OptionProblem[]).map(({ option, message, value, known }) => {
    const isVar = isGivenByVar(option, value, stack);
    const position = isVar
      ? stack.varPositions[option]
      : (frames.of(error) ?? stack.position ?? { file: stack.file, line: 1 });
    const from = isVar && position === undefined ? `--var ${option}: ` : "";
    return {
      code: known === undefined ? "stack-option-invalid" : "stack-option-unknown",
      message: `${from}${stack.name}: ${message}`,
      ...(position === undefined ? {} : { position }),
      remedy: known === undefined ? "give it another value; nothing was changed" : suggest(option, known, "options"),
      severity: "error" as const,
    };
  });
}

/** Code may give an option another value than the var of its name has: then the code is the place. */
function isGivenByVar(option: string, value: unknown, { vars }: StackRequest): boolean {
  return Object.hasOwn(vars, option) && isDeepStrictEqual(value, vars[option]);
}

/**
 * Names given to all stacks, by `variables` and `--var`, that none knows. Nobody can tell where a stack reads its vars
 * without saying which.
 */
export function strayVars(
  project: Project,
  given: Readonly<Record<string, unknown>>,
  answers: readonly StackAnswer[],
): Problem[] {
  // Without any stack, all of them wait for the next one.
  if (
    answers.length === 0 ||
    answers.length < project.stacks.length ||
    answers.some(({ options }) => options === undefined)
  )
    return [];
  const known = [...new Set(answers.flatMap(({ options = [] }) => options))];
  const problem = (name: string, from: string, position?: SourcePosition): Problem[] => {
    if (known.includes(name)) return [];
    const message = `${from}: no stack of this project has an option ${name}`;
    const remedy = suggest(name, known, "options");
    return [
      { code: "var-unknown", message, remedy, severity: "error", ...(position === undefined ? {} : { position }) },
    ];
  };
  return [
    ...Object.keys(project.variables).flatMap((name) =>
      problem(name, "variables", project.variablePositions?.[name] ?? { file: "k8sctl.yaml", line: 1 }),
    ),
    ...Object.keys(given).flatMap((name) => problem(name, `--var ${name}`)),
  ];
}
