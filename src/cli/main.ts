import type { CliIo } from "./io.ts";
import type { Options } from "./options.ts";
import type { ProgramResult } from "./program.ts";

/**
 * Runs one command line and gives its exit code: 0 done or no changes, 1 error, 2 changes (with --detailed-exitcode),
 * 3 applied but not ready, 130 interrupted. Never throws and never exits the process.
 */
export async function main(io: CliIo): Promise<number> {
  const { createProgram } = await import("./program.ts");
  const { default: metadata } = await import("../../package.json", { with: { type: "json" } });
  const result: ProgramResult = { exitCode: 0, options: {} };
  try {
    await createProgram(io, metadata.version, result).parseAsync(io.argv as string[], { from: "user" });
    return result.exitCode;
  } catch (error) {
    if (isParserExit(error)) return error.exitCode;
    const { describeError } = await import("./exit.ts");
    const json = result.options.output === "json";
    (json ? io.stdout : io.stderr).write(describeError(error, json ? "json" : "plain"));
    if (!json) await annotate(io, result.options, error);
    return 1;
  }
}

/** GitHub shows what kept a command from starting on the lines of the files that it is about. */
async function annotate(io: CliIo, options: Options, error: unknown): Promise<void> {
  const { ciStyleOf } = await import("./views.ts");
  if (ciStyleOf(io, options) !== "github") return;
  const { problemsOf } = await import("./exit.ts");
  const { githubProblems } = await import("../view/github.ts");
  io.stdout.write(githubProblems(problemsOf(error) ?? []).join(""));
}

/** commander throws for --help and --version (exit code 0) and for wrong usage (1, already printed). */
function isParserExit(error: unknown): error is { exitCode: number } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}
