/**
 * The child process that runs the user's stack files. It may hang, exit, print or eat memory: the parent (synth.ts)
 * keeps the time and reads only ANSWER_FD.
 */
import { readFileSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import v8 from "node:v8";
import { type Problem, type SourcePosition, UserError } from "../model/errors.ts";
import {
  annotationsOf,
  assetContext,
  assetsOf,
  dropCreationTraces,
  findCdktf,
  isStack,
  loadCdktf,
  pinCdktf,
  prepareAll,
  renderStack,
  type StackInstance,
  validateStack,
  watchConstructs,
} from "./cdktf.ts";
import { exportLine, loadStackFiles, stackClassOf } from "./stack-loader.ts";
import { stackProblem, validationRemedy } from "./stack-problems.ts";
import { REQUEST_FD, type StackAnswer, type StackRequest, type SynthRequest } from "./synth-protocol.ts";
import { SynthReporter } from "./synth-reporter.ts";
import { UserFrames } from "./user-frames.ts";
import { VarReads } from "./var-reads.ts";

const IN_CONSTRUCTOR = "make constructs in the constructor; await at the file's top level";

const request = JSON.parse(readFileSync(REQUEST_FD, "utf8")) as SynthRequest;
const frames = new UserFrames(request.root, request.ownPackage);
const reporter = new SynthReporter(request, frames);
reporter.guardProcess();
// From Node 22 on; the types are those of Node 20.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();
// As in bin/k8sctl.js, whose words apply: the tenth part of the synthesis of a thousand constructs.
if (process.versions.v8.startsWith("11.")) v8.setFlagsFromString("--interrupt-budget=1000000");
// Far enough up to leave the frames of a deep library below.
Error.stackTraceLimit = 50;

const home = findCdktf(request.root, request.ownPackage);
pinCdktf(home);
const library = loadCdktf(home);
dropCreationTraces(home);
const positions: Record<string, SourcePosition> = {};
const reads = new VarReads();
/** Between the last constructor's return and synthesis nobody may add anything: it would be there or not by chance. */
let closed = false;
watchConstructs(home, (path) => {
  const position = frames.here();
  if (position === null) return;
  positions[path] = position;
  if (!closed) return;
  const message = `${path} is made after the stack's constructor has returned`;
  reporter.fail(new UserError(stackProblem("stack-async", message, position, IN_CONSTRUCTOR)));
});

/**
 * One App for all, so that references across stacks work. What throws is noted, and its dependents are left out: they
 * would only fail for the lack of it.
 */
async function construct(loaded: ReadonlyMap<string, unknown>): Promise<Map<StackRequest, StackInstance>> {
  const app = new library.App({ outdir: request.scratchFolder, context: assetContext(request.root) });
  const instances = new Map<string, StackInstance>();
  const made = new Map<StackRequest, StackInstance>();
  const failed = new Set<string>();
  for (const stack of request.stacks) {
    if (!loaded.has(stack.file) || stack.after.some((name) => failed.has(name))) {
      failed.add(stack.name);
      continue;
    }
    reporter.doing("construct", stack);
    try {
      const instance = constructOne(stack);
      instances.set(stack.name, instance);
      made.set(stack, instance);
    } catch (error) {
      failed.add(stack.name);
      reporter.note(error);
    }
  }
  reporter.failIfNoted();
  closed = true;
  // Lets what an unawaited promise still makes come to light instead of being dropped.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  closed = false;
  return made;

  function constructOne(stack: StackRequest): StackInstance {
    const Stack = stackClassOf(loaded.get(stack.file), stack, request.root, library);
    const stacks: Record<string, StackInstance> = {};
    for (const name of stack.after) {
      const before = instances.get(name);
      if (before !== undefined) stacks[name] = before;
    }
    const instance: unknown = new Stack(app, stack.name, { vars: reads.watched(stack), own: stack.own, stacks });
    if (!isStack(library, instance)) {
      const what = instance instanceof Promise ? "a promise" : "something else than the stack";
      const position = { file: stack.file, line: exportLine(join(request.root, stack.file)) };
      throw new UserError(stackProblem("stack-async", `the constructor returns ${what}`, position, IN_CONSTRUCTOR));
    }
    for (const before of Object.values(stacks)) instance.addDependency(before);
    return instance;
  }
}

function render(made: ReadonlyMap<StackRequest, StackInstance>): { stacks: StackAnswer[]; warnings: Problem[] } {
  const warnings = reads.slips();
  const stacks: StackAnswer[] = [];
  prepareAll([...made.values()]);
  for (const [stack, instance] of made) {
    reporter.doing("synthesize", stack);
    const problems = problemsOf(instance);
    const errors = problems.filter((problem) => problem.severity === "error");
    if (errors.length > 0) {
      reporter.note(new UserError(errors));
      continue;
    }
    warnings.push(...problems);
    const json = renderStack(instance);
    const after = new Set([...stack.after, ...instance.dependencies.map((dependency) => dependency.node.id)]);
    const own = Object.entries(positions).filter(([path]) => path === stack.name || path.startsWith(`${stack.name}/`));
    const assets = assetsOf(home, library, instance, request.scratchFolder);
    stacks.push({
      name: stack.name,
      after: [...after],
      json,
      positions: Object.fromEntries(own),
      ...(Object.keys(assets).length === 0 ? {} : { assets }),
      ...optionsOf(instance),
    });
  }
  reporter.failIfNoted();
  return { stacks, warnings };
}

/** What `readOptions` of the library has noted. */
function optionsOf(instance: StackInstance): { options?: readonly string[] } {
  const noted = instance.node.metadata.filter(({ type }) => type === "k8sctl:options");
  return noted.length === 0 ? {} : { options: noted.flatMap(({ data }) => data as string[]) };
}

/** What validations and annotations have to say, at the place where the construct was made. */
function problemsOf(stack: StackInstance): Problem[] {
  const at = (path: string): { address: string; position?: SourcePosition } => {
    const position = positions[path];
    return position === undefined ? { address: path } : { address: path, position };
  };
  return [
    ...validateStack(home, stack).map(({ path, message }): Problem => {
      return { code: "stack-invalid", message, remedy: validationRemedy(message), severity: "error", ...at(path) };
    }),
    ...annotationsOf(stack).map(({ path, level, message }): Problem => {
      const remedy = "the stack's own code says so";
      const severity = level === "error" ? "error" : "warning";
      return { code: "stack-annotation", message, remedy, severity, ...at(path) };
    }),
  ];
}

try {
  const made = await construct(await loadStackFiles(request, home, reporter));
  reporter.doing("synthesize", request.stacks[0]!);
  reporter.finish({ type: "done", ...render(made) });
} catch (error) {
  reporter.fail(error);
}
