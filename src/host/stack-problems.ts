import { existsSync, readFileSync } from "node:fs";
import type { Problem, SourcePosition } from "../model/errors.ts";
import type { StackRequest } from "./synth-protocol.ts";
import type { UserFrames } from "./user-frames.ts";

/** What went wrong in a stack file, with the place in it and what to do. */
export function stackProblem(
  code: string,
  message: string,
  position: SourcePosition,
  remedy: string,
  address?: string,
): Problem {
  return { code, message, position, remedy, severity: "error", ...(address === undefined ? {} : { address }) };
}

export function missingFile(stack: StackRequest): Problem {
  return stackProblem(
    "stack-file-missing",
    `${stack.file} does not exist`,
    stack.position ?? { file: "k8sctl.yaml", line: 1 },
    "mend the path in k8sctl.yaml, or create the file",
  );
}

/** An error that came out of the user's code, or of loading it. */
export function thrownProblem(error: unknown, stack: StackRequest, path: string, frames: UserFrames): Problem {
  const message = error instanceof Error ? error.message : String(error);
  const syntax = /^(?:\w+): ([\s\S]*?)\s*\n\s*(\S[^\n]*):(\d+):(\d+)\s*$/.exec(message);
  if (syntax && existsSync(syntax[2]!)) return syntaxProblem(syntax, frames);
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message);
  if (missing) return importProblem(missing[1]!, path, frames);
  const name = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  return stackProblem(
    "stack-throws",
    `${name}${message.trim()}`,
    frames.of(error) ?? { file: stack.file, line: 1 },
    remedyFor(message),
  );
}

function remedyFor(message: string): string {
  if (/There is already a Construct with name/.test(message)) return "give each construct of a scope an id of its own";
  if (/without a matching provider/.test(message)) {
    return 'add new KubernetesProvider(this, "kubernetes") to the stack';
  }
  return "mend the stack file; nothing was changed";
}

function syntaxProblem([, what, file, line, column]: RegExpExecArray, frames: UserFrames): Problem {
  const text = readFileSync(file!, "utf8").split(/\r?\n/)[Number(line) - 1]?.trim() ?? "";
  const message = what!.replace(/^[^:]*\.\w+: /, "").replace(/ \(\d+:\d+\)[\s\S]*$/, "");
  return stackProblem(
    "stack-syntax",
    `${message}${text === "" ? "" : `: ${text}`}`,
    { file: frames.name(file!), line: Number(line), column: Number(column) },
    "mend the syntax",
  );
}

function importProblem(specifier: string, path: string, frames: UserFrames): Problem {
  const lines = readFileSync(path, "utf8").split(/\r?\n/);
  const index = lines.findIndex((line) => line.includes(`"${specifier}"`) || line.includes(`'${specifier}'`));
  const own = specifier.startsWith(".") || specifier.startsWith("/");
  const packageName = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  return stackProblem(
    "stack-import-missing",
    `cannot find "${own && specifier.startsWith("/") ? frames.name(specifier) : specifier}"`,
    { file: frames.name(path), line: Math.max(1, index + 1) },
    own ? "mend the path of the import" : `npm install ${packageName}`,
  );
}
