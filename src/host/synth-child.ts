/**
 * The child process that runs the user's stack files. It may hang, exit, print or eat memory: the parent (synth.ts)
 * keeps the time and reads only ANSWER_FD.
 */
import { existsSync, readFileSync, writeSync } from "node:fs";
import module from "node:module";
import { join } from "node:path";
import { createJiti } from "jiti";
import type { SourcePosition } from "../model/errors.ts";
import { type Problem, UserError } from "../model/errors.ts";
import {
  annotationsOf,
  cdktfAliases,
  findCdktf,
  isStack,
  isStackClass,
  loadCdktf,
  pinCdktf,
  prepareAll,
  renderStack,
  type StackClass,
  type StackInstance,
  watchConstructs,
} from "./cdktf.ts";
import { missingFile, stackProblem, thrownProblem } from "./stack-problems.ts";
import {
  ANSWER_FD,
  REQUEST_FD,
  type StackAnswer,
  type StackRequest,
  type SynthMessage,
  type SynthRequest,
} from "./synth-protocol.ts";
import { UserFrames } from "./user-frames.ts";

const request = JSON.parse(readFileSync(REQUEST_FD, "utf8")) as SynthRequest;
const frames = new UserFrames(request.root, request.ownPackage);
const reallyExit = process.exit.bind(process);
let current: StackRequest | null = null;
let finished = false;

function say(message: SynthMessage): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let sent = 0; sent < bytes.length; ) sent += writeSync(ANSWER_FD, bytes, sent);
}

function doing(step: "load" | "construct" | "synthesize", stack: StackRequest): void {
  current = stack;
  say({ type: "doing", step, stack: stack.name });
}

function finish(message: SynthMessage): never {
  finished = true;
  say(message);
  // Timers and sockets that user code left open must not hold the run.
  return reallyExit(0);
}

function fileOf(stack: StackRequest): string {
  return join(request.root, stack.file);
}

function failWith(error: unknown, stack: StackRequest): never {
  const problems = error instanceof UserError ? error.problems : [thrownProblem(error, stack, fileOf(stack), frames)];
  return finish({ type: "failed", problems });
}

/** User code that ends the process, or lets a promise hang with nothing left to wait for, is told as such. */
function guardProcess(): void {
  process.exit = ((code?: number) => {
    const stack = current ?? request.stacks[0]!;
    const position = frames.here() ?? { file: stack.file, line: 1 };
    const message = `the stack file called process.exit(${code ?? ""})`;
    return finish({
      type: "failed",
      problems: [stackProblem("stack-exits", message, position, "throw an Error instead")],
    });
  }) as typeof process.exit;
  process.on("beforeExit", () => {
    if (finished || current === null) return;
    const message = "waits for a promise that is never settled";
    const position = { file: current.file, line: 1 };
    finish({
      type: "failed",
      problems: [stackProblem("stack-never-returned", message, position, "settle what the file awaits")],
    });
  });
  for (const event of ["uncaughtException", "unhandledRejection"] as const) {
    process.on(event, (error: unknown) => {
      if (!finished) failWith(error, current ?? request.stacks[0]!);
    });
  }
}

/** `export default class` of each file; a file that two stacks share is loaded once. */
async function loadClasses(): Promise<Map<string, unknown>> {
  const jiti = createJiti(join(request.root, "k8sctl.yaml"), {
    fsCache: request.cacheFolder,
    interopDefault: false,
    alias: { ...cdktfAliases(home, request.root, request.ownPackage), ...stackLibraryAlias() },
  });
  const missing = request.stacks.filter((stack) => !existsSync(fileOf(stack)));
  if (missing.length > 0) throw new UserError(missing.map(missingFile));
  const loaded = new Map<string, unknown>();
  for (const stack of request.stacks) {
    if (loaded.has(stack.file)) continue;
    doing("load", stack);
    try {
      const exports = (await jiti.import(fileOf(stack))) as { default?: unknown };
      loaded.set(stack.file, exports);
    } catch (error) {
      failWith(error, stack);
    }
  }
  return loaded;
}

/** `k8sctl/stacks/postgres`: the project's own k8sctl first, else the one that runs; in a checkout its sources. */
function stackLibraryAlias(): Record<string, string> {
  const installed = join(request.root, "node_modules/k8sctl");
  const folder = existsSync(installed) ? installed : request.ownPackage;
  const sources = join(folder, "stacks");
  return { "k8sctl/stacks": existsSync(sources) ? sources : join(folder, "dist/stacks") };
}

function stackClass(exports: unknown, stack: StackRequest): StackClass {
  const value = (exports as { default?: unknown } | null)?.default;
  if (isStackClass(library, value)) return value;
  const what =
    value === undefined
      ? "has no default export"
      : typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value))
        ? `exports the class ${value.name}, which does not extend TerraformStack`
        : isStack(library, value)
          ? "exports an instance, not a class"
          : typeof value === "function"
            ? "exports a function, not a class"
            : `exports ${Array.isArray(value) ? "a list" : value === null ? "null" : `a value of type ${typeof value}`}, not a class`;
  throw new UserError(
    stackProblem(
      value === undefined ? "stack-no-default-export" : "stack-wrong-export",
      `${stack.file} ${what}`,
      { file: stack.file, line: exportLine(stack) },
      "write: export default class extends TerraformStack { constructor(scope, id, { vars, stacks }) { super(scope, id); ... } }",
    ),
  );
}

function exportLine(stack: StackRequest): number {
  const lines = readFileSync(fileOf(stack), "utf8").split(/\r?\n/);
  return Math.max(1, lines.findIndex((line) => /\bexport\s+default\b|\bas\s+default\b|module\.exports/.test(line)) + 1);
}

const positions: Record<string, SourcePosition> = {};
let constructing = true;

function watch(): void {
  watchConstructs(home, (path) => {
    const position = frames.here();
    if (position !== null) positions[path] = position;
    if (!constructing && current !== null && position !== null) {
      const message = `${path} is made after the stack's constructor has returned`;
      failWith(
        new UserError(
          stackProblem(
            "stack-async",
            message,
            position,
            "make constructs in the constructor; await at the file's top level",
          ),
        ),
        current,
      );
    }
  });
}

async function construct(loaded: ReadonlyMap<string, unknown>): Promise<Map<StackRequest, StackInstance>> {
  const app = new library.App({ outdir: request.scratchFolder });
  const instances = new Map<string, StackInstance>();
  const made = new Map<StackRequest, StackInstance>();
  for (const stack of request.stacks) {
    doing("construct", stack);
    try {
      const Stack = stackClass(loaded.get(stack.file), stack);
      const before = Object.fromEntries(
        stack.after.flatMap((name) => {
          const instance = instances.get(name);
          return instance === undefined ? [] : [[name, instance] as const];
        }),
      );
      const instance: unknown = new Stack(app, stack.name, { vars: stack.vars, stacks: before });
      if (!isStack(library, instance)) {
        const message = `the constructor of ${Stack.name || "the stack"} returns ${instance instanceof Promise ? "a promise" : "something else"}, not the stack`;
        throw new UserError(
          stackProblem(
            "stack-async",
            message,
            { file: stack.file, line: exportLine(stack) },
            "return nothing from the constructor; await at the file's top level",
          ),
        );
      }
      for (const dependency of Object.values(before)) instance.addDependency(dependency);
      instances.set(stack.name, instance);
      made.set(stack, instance);
    } catch (error) {
      failWith(error, stack);
    }
  }
  constructing = false;
  // Lets what an unawaited promise still makes come to light instead of being dropped.
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  return made;
}

function render(made: ReadonlyMap<StackRequest, StackInstance>): { stacks: StackAnswer[]; warnings: Problem[] } {
  const warnings: Problem[] = [];
  const stacks: StackAnswer[] = [];
  constructing = true;
  const [first] = made.keys();
  if (first) doing("synthesize", first);
  prepareAll([...made.values()]);
  for (const [stack, instance] of made) {
    doing("synthesize", stack);
    try {
      const json = renderStack(home, instance);
      const notes = annotationsOf(instance).map((note): Problem => {
        const position = positions[note.path];
        return {
          code: note.level === "error" ? "stack-annotation-error" : "stack-annotation",
          message: note.message,
          address: note.path,
          severity: note.level === "error" ? "error" : "warning",
          ...(position === undefined ? {} : { position }),
        };
      });
      const errors = notes.filter((note) => note.severity === "error");
      if (errors.length > 0) throw new UserError(errors);
      warnings.push(...notes);
      const after = new Set([...stack.after, ...instance.dependencies.map((d) => d.node.id)]);
      const own = Object.entries(positions).filter(
        ([path]) => path === stack.name || path.startsWith(`${stack.name}/`),
      );
      stacks.push({ name: stack.name, after: [...after], json, positions: Object.fromEntries(own) });
    } catch (error) {
      failWith(error, stack);
    }
  }
  return { stacks, warnings };
}

guardProcess();
// From Node 22 on; the types are those of Node 20.
(module as { enableCompileCache?: () => unknown }).enableCompileCache?.();
Error.stackTraceLimit = 50;
const home = findCdktf(request.root, request.ownPackage);
pinCdktf(home);
const library = loadCdktf(home);
watch();
try {
  const made = await construct(await loadClasses());
  finish({ type: "done", ...render(made) });
} catch (error) {
  failWith(error, current ?? request.stacks[0]!);
}
