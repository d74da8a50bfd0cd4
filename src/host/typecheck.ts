import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve, sep } from "node:path";
import type TypeScript from "typescript";
import type { Problem } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import { cdktfOrigins, findCdktf } from "./cdktf.ts";
import { ownPackageRoot } from "./own-package.ts";
import { stackLibrary } from "./stack-library.ts";
import { UserFrames } from "./user-frames.ts";

type Ts = typeof TypeScript;

/**
 * Type errors in the project's own files that its stacks reach. CDKTF checks nothing when it runs: a misspelt field
 * vanishes from the JSON, so this is the only place where it comes to light.
 */
export async function typecheckStacks(project: Project): Promise<Problem[]> {
  const ownPackage = ownPackageRoot();
  const ts = loadTypeScript(project.root, ownPackage);
  const files = project.stacks
    .map((stack) => resolve(project.root, stack.file))
    .filter((file) => /\.[cm]?ts$/.test(file) && existsSync(file));
  const { options, problems } = compilerOptions(ts, project.root);
  if (problems.length > 0) return problems;
  const program = ts.createProgram([...new Set(files)], options, compilerHost(ts, options, project.root, ownPackage));
  const frames = new UserFrames(project.root, ownPackage);
  return program
    .getSourceFiles()
    .filter((file) => !file.isDeclarationFile && isUsers(file.fileName, project.root, files))
    .flatMap((file) => {
      // What the types say of a broken sentence is noise.
      const broken = program.getSyntacticDiagnostics(file);
      return broken.length > 0 ? broken.slice(0, 1) : program.getSemanticDiagnostics(file);
    })
    .filter((diagnostic) => diagnostic.category === ts.DiagnosticCategory.Error)
    .map((diagnostic) => problemOf(ts, diagnostic, frames));
}

function isUsers(file: string, root: string, stacks: readonly string[]): boolean {
  return (file.startsWith(root + sep) && !file.includes("/node_modules/")) || stacks.includes(file);
}

/** The project's own TypeScript where it has one that can be called (7 has another interface), else ours. */
export function loadTypeScript(root: string, ownPackage: string): Ts {
  for (const folder of [root, ownPackage]) {
    try {
      const ts = createRequire(join(folder, "package.json"))("typescript") as Ts;
      if (/^[56]\./.test(ts.version)) return ts;
    } catch {
      // the next place
    }
  }
  throw new Error("typescript is not installed beside k8sctl");
}

/** The project's tsconfig.json, else strict settings that allow what the loader of stack files allows. */
function compilerOptions(ts: Ts, root: string): { options: TypeScript.CompilerOptions; problems: Problem[] } {
  const forced = { noEmit: true, skipLibCheck: true, composite: false, incremental: false, declaration: false };
  const file = join(root, "tsconfig.json");
  if (!existsSync(file)) {
    return {
      options: {
        target: ts.ScriptTarget.ES2023,
        lib: ["lib.es2023.d.ts"],
        module: ts.ModuleKind.Preserve,
        moduleResolution: ts.ModuleResolutionKind.Bundler,
        allowImportingTsExtensions: true,
        resolveJsonModule: true,
        strict: true,
        types: ["node"],
        ...forced,
      },
      problems: [],
    };
  }
  const frames = new UserFrames(root, ownPackageRoot());
  const read = ts.readConfigFile(file, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(read.config ?? {}, ts.sys, root, forced, file);
  const NO_INPUTS = 18003;
  const errors = [...(read.error ? [read.error] : []), ...parsed.errors].filter((error) => error.code !== NO_INPUTS);
  return { options: parsed.options, problems: errors.map((error) => problemOf(ts, error, frames, file)) };
}

/** Finds CDKTF, providers and `k8sctl/stacks/*` where the loader finds them, also when the project has no packages. */
function compilerHost(
  ts: Ts,
  options: TypeScript.CompilerOptions,
  root: string,
  ownPackage: string,
): TypeScript.CompilerHost {
  const host = ts.createCompilerHost(options);
  const cache = ts.createModuleResolutionCache(root, (name) => name, options);
  const home = findCdktf(root, ownPackage);
  const library = stackLibrary(root, ownPackage);
  host.resolveModuleNameLiterals = (literals, importer, redirected, settings, source) =>
    literals.map((literal) => {
      const mode = ts.getModeForUsageLocation(source, literal, settings);
      const find = (name: string, from: string) =>
        ts.resolveModuleName(name, from, settings, host, cache, redirected, mode);
      if (literal.text.startsWith("k8sctl/stacks/")) {
        // By path, so with an ending: what the package's export map adds to the published name.
        return find(`${join(library, literal.text.slice("k8sctl/stacks/".length))}.js`, importer);
      }
      for (const folder of cdktfOrigins(literal.text, home, root, ownPackage) ?? []) {
        const found = find(literal.text, join(folder, "importer.ts"));
        if (found.resolvedModule !== undefined) return found;
      }
      return find(literal.text, importer);
    });
  host.resolveTypeReferenceDirectiveReferences = (references, importer, redirected, settings) =>
    references.map((reference) => {
      const name = typeof reference === "string" ? reference : reference.fileName;
      const find = (from: string) => ts.resolveTypeReferenceDirective(name, from, settings, host, redirected);
      const found = find(importer);
      return found.resolvedTypeReferenceDirective ? found : find(join(ownPackage, "importer.ts"));
    });
  return host;
}

const NO_MODULE = 2307;

/** TypeScript numbers complaints of syntax from 1000 on, of types from 2000 on. */
function remedyOf(code: number, message: string): string {
  if (code < 2000) return "mend the syntax";
  if (code !== NO_MODULE) return "mend it: at run time a field of a wrong name or type is dropped silently";
  const name = /'([^']+)'/.exec(message)?.[1] ?? "";
  if (/^[./]/.test(name)) return "mend the path, or create the file";
  const parts = name.replace(/^node:/, "").split("/");
  return `install it: npm install ${parts.slice(0, name.startsWith("@") ? 2 : 1).join("/")}`;
}

function problemOf(ts: Ts, diagnostic: TypeScript.Diagnostic, frames: UserFrames, fallbackFile?: string): Problem {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, " ").replace(/\s+/g, " ");
  const { file, start } = diagnostic;
  const place = file && start !== undefined ? file.getLineAndCharacterOfPosition(start) : { line: 0, character: 0 };
  const name = file?.fileName ?? fallbackFile;
  const position = name && { file: frames.name(name), line: place.line + 1, column: place.character + 1 };
  return {
    code: "stack-type",
    message,
    ...(position ? { position } : {}),
    remedy: fallbackFile ? "mend tsconfig.json" : remedyOf(diagnostic.code, message),
    severity: "error",
  };
}
