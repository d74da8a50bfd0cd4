import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createJiti } from "jiti";
import { UserError } from "../model/errors.ts";
import { type CdktfHome, type CdktfLibrary, cdktfAliases, isStack, isStackClass, type StackClass } from "./cdktf.ts";
import { stackLibrary } from "./stack-library.ts";
import { missingFile, stackProblem } from "./stack-problems.ts";
import type { StackRequest, SynthRequest } from "./synth-protocol.ts";
import type { SynthReporter } from "./synth-reporter.ts";

const CONTRACT =
  "write: export default class extends TerraformStack { constructor(scope, id, { vars, stacks }) { super(scope, id); … } }";

/**
 * Loads each file once, also when two stacks share it. Returns file -> what it exports; a file that throws is noted and
 * left out.
 */
export async function loadStackFiles(
  request: SynthRequest,
  home: CdktfHome,
  reporter: SynthReporter,
): Promise<Map<string, unknown>> {
  const missing = request.stacks.filter((stack) => !existsSync(join(request.root, stack.file)));
  if (missing.length > 0) throw new UserError(missing.map(missingFile));
  const tsconfig = join(request.root, "tsconfig.json");
  const jiti = createJiti(join(request.root, "k8sctl.yaml"), {
    fsCache: request.cacheFolder,
    interopDefault: false,
    // Whatever the type checker takes must load too.
    tsconfigPaths: existsSync(tsconfig) ? tsconfig : false,
    alias: {
      ...cdktfAliases(home, request.root, request.ownPackage),
      "k8sctl/stacks": stackLibrary(request.root, request.ownPackage),
    },
  });
  const loaded = new Map<string, unknown>();
  const tried = new Set<string>();
  for (const stack of request.stacks) {
    if (tried.has(stack.file)) continue;
    tried.add(stack.file);
    reporter.doing("load", stack);
    try {
      loaded.set(stack.file, await jiti.import(join(request.root, stack.file)));
    } catch (error) {
      reporter.note(error);
    }
  }
  return loaded;
}

/** The default export, or a UserError that says what stands there instead. */
export function stackClassOf(exports: unknown, stack: StackRequest, root: string, library: CdktfLibrary): StackClass {
  const value = (exports as { default?: unknown } | null)?.default;
  if (isStackClass(library, value)) return value;
  throw new UserError(
    stackProblem(
      value === undefined ? "stack-no-default-export" : "stack-wrong-export",
      `${stack.file} ${describeExport(value, library)}`,
      { file: stack.file, line: exportLine(join(root, stack.file)) },
      CONTRACT,
    ),
  );
}

function describeExport(value: unknown, library: CdktfLibrary): string {
  if (value === undefined) return "has no default export";
  if (isStack(library, value)) return "exports an instance, not a class";
  if (typeof value !== "function")
    return `exports ${value === null ? "null" : `a value of type ${typeof value}`}, not a class`;
  return /^class\b/.test(Function.prototype.toString.call(value))
    ? `exports the class ${value.name}, which does not extend TerraformStack`
    : "exports a function, not a class";
}

export function exportLine(file: string): number {
  const lines = readFileSync(file, "utf8").split(/\r?\n/);
  return Math.max(1, lines.findIndex((line) => /\bexport\s+default\b|\bas\s+default\b|module\.exports/.test(line)) + 1);
}
