import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
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
export function thrownProblem(error: unknown, stack: StackRequest, root: string, frames: UserFrames): Problem {
  const position = frames.of(error) ?? { file: stack.file, line: 1 };
  const message = error instanceof Error ? error.message : String(error);
  const syntax = /^(?:\w+): ([\s\S]*?)\s*\n\s*(\S[^\n]*):(\d+):(\d+)\s*$/.exec(message);
  if (syntax && existsSync(syntax[2]!)) return syntaxProblem(syntax, frames);
  const missing = /^Cannot find (?:module|package) '([^']+)'/.exec(message);
  if (missing) return importProblem(missing[1]!, position, root);
  const name = error instanceof Error && error.name !== "Error" ? `${error.name}: ` : "";
  return stackProblem("stack-throws", `${name}${message.trim()}`, position, remedyFor(message));
}

function remedyFor(message: string): string {
  if (/There is already a Construct with name/.test(message)) return "give each construct of a scope an id of its own";
  return "mend the stack file; nothing was changed";
}

export function validationRemedy(message: string): string {
  const [, named] = /without a matching provider[\s\S]*following providers: ([\w, -]+)/.exec(message) ?? [];
  if (named !== undefined) {
    const made = named
      .split(", ")
      .map(
        (name) => `new ${name.replaceAll(/(?:^|-)(\w)/g, (_, l: string) => l.toUpperCase())}Provider(this, "${name}")`,
      );
    return `add ${made.join(" and ")} to the stack`;
  }
  return "mend the stack file; nothing was changed";
}

function syntaxProblem([, what, file, line, column]: RegExpExecArray, frames: UserFrames): Problem {
  const text = readFileSync(file!, "utf8").split(/\r?\n/)[Number(line) - 1]?.trim() ?? "";
  const message = what!.replace(/^[^:]*\.\w+: /, "").replace(/ \(\d+:\d+\)[\s\S]*$/, "");
  return stackProblem(
    "stack-syntax",
    `${message}${text === "" ? "" : `: ${text}`}`,
    { file: frames.name(file!), line: Number(line), column: Number(column) + 1 },
    "mend the syntax",
  );
}

function importProblem(specifier: string, importer: SourcePosition, root: string): Problem {
  const lines = readFileSync(join(root, importer.file), "utf8").split(/\r?\n/);
  const index = lines.findIndex((line) => line.includes(`"${specifier}"`) || line.includes(`'${specifier}'`));
  const packageName = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  return stackProblem(
    "stack-import-missing",
    `cannot find "${specifier}"`,
    { file: importer.file, line: index < 0 ? importer.line : index + 1 },
    specifier.startsWith(".") ? "mend the path of the import" : `npm install ${packageName}`,
  );
}
