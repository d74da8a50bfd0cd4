import { portWarnings } from "../../desired/cross-checks.ts";
import type { Problem } from "../../model/errors.ts";
import { UserError } from "../../model/errors.ts";
import { customTypesOf } from "../../plan/custom-types.ts";
import { inspectStacks } from "../../run/decode.ts";
import { describeProblem, problemsOf } from "../exit.ts";
import { findingsOf, sortedProblems } from "../findings.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { clusterOf, loadProject, readVars, stacksOf } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts, placeFields, typecheck } from "../wire.ts";

/**
 * Everything that can be known without a cluster: types of the stack files (CDKTF drops a misspelt field silently),
 * what they synthesize to, and every object against the schema and the rules of the API. All of it at once.
 */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  clusterOf(project, options);
  const vars = await readVars(options);
  const stacks = stacksOf(project, options);
  const ports = makePorts(io);
  const synth = ports.synth.synth(project, { stacks, vars, signal: interruptSignal(io) });
  synth.catch(() => undefined);
  const problems: Problem[] = [...(await typecheck(project))];
  let objects = 0;
  try {
    const outcome = await synth;
    const decoded = inspectStacks(ports, project, outcome.stacks);
    const wrong = new Set(decoded.problems.filter((p) => p.severity === "error").map((p) => p.address));
    objects = decoded.desired.length;
    const custom = customTypesOf(decoded.desired);
    problems.push(
      ...outcome.problems,
      ...decoded.problems,
      ...portWarnings(decoded.desired),
      ...decoded.desired.flatMap((desired) => findingsOf(desired, wrong.has(desired.origin.address), custom)),
    );
  } catch (error) {
    const found = problemsOf(error);
    if (found === null) throw error;
    problems.push(...found);
  }
  const all = sortedProblems(await placeFields(project, problems));
  return report(io, options, all, { stacks: stacks?.length ?? project.stacks.length, objects });
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

function report(
  io: CliIo,
  options: Options,
  problems: readonly Problem[],
  counts: { readonly stacks: number; readonly objects: number },
): number {
  const errors = problems.filter((problem) => problem.severity === "error");
  const warnings = problems.length - errors.length;
  const valid = errors.length === 0 && (warnings === 0 || options.strict !== true);
  if (options.output === "json") {
    io.stdout.write(`${JSON.stringify({ v: 1, valid, ...counts, problems })}\n`);
    return valid ? 0 : 1;
  }
  for (const problem of problems) if (problem.severity === "warning") io.stderr.write(describeProblem(problem));
  if (errors.length > 0) throw new UserError(errors);
  const told = warnings === 0 ? "" : `, ${counted(warnings, "warning")}`;
  io.stdout.write(
    `${valid ? "Valid" : "Not valid"}: ${counted(counts.stacks, "stack")}, ${counted(counts.objects, "object")}${told}.\n`,
  );
  return valid ? 0 : 1;
}
