import type { Desired } from "../../model/desired.ts";
import type { Problem } from "../../model/errors.ts";
import { UserError } from "../../model/errors.ts";
import { decodeStacks } from "../../run/plan.ts";
import { Scrubber } from "../../run/scrub.ts";
import { deduceUnknown } from "../../schema/deduced.ts";
import { findDeprecation } from "../../schema/deprecations.ts";
import { builtinTypes } from "../../schema/table.ts";
import { validateObject } from "../../schema/validate.ts";
import { describeProblem, problemsOf } from "../exit.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject, readVars, stacksOf } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts, typecheck } from "../wire.ts";

/**
 * Everything that can be known without a cluster: types of the stack files (CDKTF drops a misspelt field silently),
 * what they synthesize to, and every object against the schema of the API.
 */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const vars = await readVars(options);
  const stacks = stacksOf(project, options);
  const ports = makePorts(io);
  const synth = ports.synth.synth(project, { stacks, vars, signal: interruptSignal(io) });
  synth.catch(() => undefined);
  const problems: Problem[] = [...(await typecheck(project))];
  let objects = 0;
  try {
    const outcome = await synth;
    problems.push(...outcome.problems);
    const { desired, problems: warnings } = decodeStacks(ports, project, outcome.stacks);
    objects = desired.length;
    problems.push(...warnings, ...desired.flatMap(removedProblems), ...desired.flatMap(schemaProblems));
  } catch (error) {
    const found = problemsOf(error);
    if (found === null) throw error;
    problems.push(...found);
  }
  return report(io, options, problems, { stacks: stacks?.length ?? project.stacks.length, objects });
}

/** A warning: an old cluster may serve it still. */
function removedProblems({ object, id, origin }: Desired): Problem[] {
  const apiVersion = String(object["apiVersion"]);
  const gone = findDeprecation(apiVersion, id.kind);
  if (gone === null || gone.removedIn === null) return [];
  const message = `${apiVersion} ${id.kind} is served by no Kubernetes since ${gone.removedIn}`;
  return [
    {
      code: "removed-api",
      message,
      id,
      remedy: `use ${gone.instead}`,
      address: origin.address,
      ...(origin.position === undefined ? {} : { position: origin.position }),
      severity: "warning",
    },
  ];
}

function schemaProblems({ object, id, origin, sensitive }: Desired): Problem[] {
  // The schema's complaints quote what they refuse.
  const scrubber = new Scrubber();
  scrubber.addPaths(object, sensitive);
  return validateObject(object, deduceUnknown(builtinTypes)).map(({ path, message }) => ({
    code: "schema",
    message: scrubber.scrub(path === "" ? message : `${path}: ${message}`),
    id,
    remedy: "mend the field in the stack file",
    address: origin.address,
    ...(origin.position === undefined ? {} : { position: origin.position }),
    severity: "error",
  }));
}

const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

function report(
  io: CliIo,
  options: Options,
  problems: readonly Problem[],
  counts: { readonly stacks: number; readonly objects: number },
): number {
  const errors = problems.filter((problem) => problem.severity === "error");
  if (options.output === "json") {
    io.stdout.write(`${JSON.stringify({ v: 1, valid: errors.length === 0, ...counts, problems })}\n`);
    return errors.length === 0 ? 0 : 1;
  }
  for (const problem of problems) if (problem.severity === "warning") io.stderr.write(describeProblem(problem));
  if (errors.length > 0) throw new UserError(errors);
  io.stdout.write(`Valid: ${counted(counts.stacks, "stack")}, ${counted(counts.objects, "object")}.\n`);
  return 0;
}
