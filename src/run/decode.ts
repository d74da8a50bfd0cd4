import { createProgram, type Program } from "../desired/program.ts";
import type { Results, SynthStack } from "../model/desired.ts";
import { UserError } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import type { Ports } from "../ports.ts";
import { stackFiles } from "./stack-files.ts";

/** What data sources may make known as soon as a cluster is asked. */
const NOT_KNOWN: ReadonlySet<string> = new Set(
  "unknown-arguments unknown-block unknown-count unknown-for-each unknown-identity unknown-key".split(" "),
);

/** All problems at once, before anything is touched. */
export function decodeOrThrow(
  program: Program,
  results: Results,
  when: "before-reading" | "with-answers" = "with-answers",
): ReturnType<Program["decode"]> {
  const decoded = program.decode(results);
  const mayCome = when === "before-reading" && program.reads(results).length > 0;
  const errors = decoded.problems.filter(
    (problem) => problem.severity === "error" && !(mayCome && NOT_KNOWN.has(problem.code)),
  );
  if (errors.length > 0) throw new UserError(errors);
  return decoded;
}

/** What the stacks say, without asking any cluster. Throws UserError with all problems. */
export function decodeStacks(
  ports: Pick<Ports, "sourceFile">,
  project: Project,
  stacks: readonly SynthStack[],
): ReturnType<Program["decode"]> {
  const decoded = inspectStacks(ports, project, stacks);
  const errors = decoded.problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new UserError(errors);
  return decoded;
}

/** The same with its errors, beside what could be decoded. */
export function inspectStacks(
  ports: Pick<Ports, "sourceFile">,
  project: Project,
  stacks: readonly SynthStack[],
): ReturnType<Program["decode"]> {
  const program = createProgram(stacks, stackFiles(ports, project, stacks));
  const results: Results = { live: new Map(), generated: new Map() };
  const decoded = program.decode(results);
  const mayCome = program.reads(results).length > 0;
  return { ...decoded, problems: decoded.problems.filter(({ code }) => !(mayCome && NOT_KNOWN.has(code))) };
}
