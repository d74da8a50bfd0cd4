import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SynthStack } from "../model/desired.ts";
import { type Problem, type SourcePosition, UserError, userError } from "../model/errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { Project, StackConfig } from "../model/project.ts";
import type { Synth, SynthOutcome } from "../ports.ts";
import { selectStacks } from "../project/stacks.ts";
import { suggest } from "../project/suggest.ts";
import { jsonPositions } from "./json-positions.ts";
import { jsonSyntaxError } from "./json-syntax.ts";
import { strayVars } from "./option-problems.ts";
import { runSynthProcess, type SynthSettings } from "./synth-process.ts";
import type { StackAnswer, StackRequest } from "./synth-protocol.ts";

/** Seconds in K8SCTL_SYNTH_TIMEOUT, else 60. */
export function synthTimeoutMs(env: Readonly<Record<string, string | undefined>>): number {
  const seconds = Number(env["K8SCTL_SYNTH_TIMEOUT"]);
  return (seconds > 0 ? seconds : 60) * 1000;
}

export function createSynth(settings: SynthSettings): Synth {
  return {
    async synth(project, { stacks: names, vars, signal }): Promise<SynthOutcome> {
      const started = performance.now();
      const chosen = chooseStacks(project, names).map(
        (stack): StackRequest => ({
          ...stack,
          vars: { ...project.variables, ...stack.vars, ...vars },
          own: Object.keys(stack.vars),
          varPositions: varPositions(project, stack, vars),
        }),
      );
      const problems: Problem[] = [];
      const note = (error: unknown): void => {
        if (!(error instanceof UserError)) throw error;
        problems.push(...error.problems);
      };
      const plain = new Map<string, StackAnswer>();
      for (const stack of chosen.filter(isTerraformJson)) {
        try {
          plain.set(stack.name, { ...stack, ...readJson(project, stack) });
        } catch (error) {
          note(error);
        }
      }
      const coded = chosen.filter((stack) => !isTerraformJson(stack));
      let answer: Awaited<ReturnType<typeof runSynthProcess>> = { stacks: [], warnings: [] };
      try {
        if (coded.length > 0) answer = await runSynthProcess(project, coded, settings, signal);
      } catch (error) {
        note(error);
      }
      if (problems.length > 0) throw new UserError(problems);
      const stray = strayVars(project, vars, [...plain.values(), ...answer.stacks]);
      if (stray.length > 0) throw new UserError(stray);
      const answers = new Map<string, StackAnswer>([...plain, ...answer.stacks.map((s) => [s.name, s] as const)]);
      const stacks = chosen.map(({ name, file, vars }): SynthStack => {
        const { after, json, positions, assets } = answers.get(name)!;
        return { name, file, after, vars, json, positions, ...(assets === undefined ? {} : { assets }) };
      });
      // A var that no code reads may be a variable of Terraform's.
      const unread = ({ code, position }: Problem): boolean => code === "var-unread" && position === undefined;
      const warnings = plain.size === 0 ? answer.warnings : answer.warnings.filter((problem) => !unread(problem));
      return { stacks, problems: warnings, ms: performance.now() - started };
    },
  };
}

function chooseStacks(project: Project, names: readonly string[] | null): StackConfig[] {
  const known = project.stacks.map((s) => s.name);
  for (const name of names ?? []) {
    if (!known.includes(name)) {
      throw userError("stack-unknown", `there is no stack "${name}" in this project`, {
        remedy: suggest(name, known, "stacks"),
      });
    }
  }
  return selectStacks(project.stacks, names);
}

/** Where k8sctl.yaml gives what the stack gets; what `--var` overrides stands nowhere. */
function varPositions(project: Project, stack: StackConfig, given: JsonObject): Record<string, SourcePosition> {
  const all = { ...project.variablePositions, ...stack.varPositions };
  return Object.fromEntries(Object.entries(all).filter(([name]) => !Object.hasOwn(given, name)));
}

function isTerraformJson(stack: { readonly file: string }): boolean {
  return stack.file.endsWith(".tf.json");
}

function readJson(project: Project, stack: StackConfig): Pick<StackAnswer, "json" | "positions"> {
  const position = stack.position ?? { file: "k8sctl.yaml", line: 1 };
  let text: string;
  try {
    text = readFileSync(join(project.root, stack.file), "utf8");
  } catch (cause) {
    throw userError("stack-file-missing", `${stack.file} cannot be read`, {
      position,
      remedy: "mend the path in k8sctl.yaml, or create the file",
      cause,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isJsonObject(value)) return { json: value, positions: jsonPositions(stack.file, text) };
  } catch (cause) {
    const { message, ...place } = jsonSyntaxError(project.root, text);
    const position = { file: stack.file, ...place };
    throw userError("stack-syntax", `not valid JSON: ${message}`, { position, remedy: "mend the syntax", cause });
  }
  throw userError("stack-wrong-export", "Terraform JSON must be an object", {
    position: { file: stack.file, line: 1 },
    remedy: 'start with { "resource": { ... } }',
  });
}
