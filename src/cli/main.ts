import type { CliIo } from "./io.ts";

/**
 * Runs one command line and gives its exit code: 0 done or no changes, 1 error, 2 changes (with --detailed-exitcode),
 * 3 applied but not ready, 130 interrupted. Never throws and never exits the process.
 */
export async function main(io: CliIo): Promise<number> {
  const { createProgram } = await import("./program.ts");
  const { default: metadata } = await import("../../package.json", { with: { type: "json" } });
  const result = { exitCode: 0 };
  try {
    await createProgram(io, metadata.version, result).parseAsync(io.argv as string[], { from: "user" });
    return result.exitCode;
  } catch (error) {
    if (isParserExit(error)) return error.exitCode;
    const { describeError } = await import("./exit.ts");
    const json = io.argv.some(
      (arg, i) => arg === "--output=json" || (arg === "json" && /^(-o|--output)$/.test(io.argv[i - 1] ?? "")),
    );
    (json ? io.stdout : io.stderr).write(describeError(error, json ? "json" : "plain"));
    if (!json) await annotate(io, error);
    return 1;
  }
}

/** GitHub shows what kept a command from starting on the lines of the files that it is about. */
async function annotate(io: CliIo, error: unknown): Promise<void> {
  if (io.env.GITHUB_ACTIONS !== "true" || /(^| )--ci[ =](none|gitlab)( |$)/.test(io.argv.join(" "))) return;
  const { problemsOf } = await import("./exit.ts");
  const { githubProblems } = await import("../view/github.ts");
  io.stdout.write(githubProblems(problemsOf(error) ?? []).join(""));
}

/** commander throws for --help and --version (exit code 0) and for wrong usage (1, already printed). */
function isParserExit(error: unknown): error is { exitCode: number } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}
