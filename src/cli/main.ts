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
    return 1;
  }
}

/** commander throws for --help and --version (exit code 0) and for wrong usage (1, already printed). */
function isParserExit(error: unknown): error is { exitCode: number } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}
