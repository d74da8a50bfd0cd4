import type { Problem } from "../model/errors.ts";
import { describeProblem } from "./exit.ts";
import type { CliIo } from "./io.ts";

/** Warnings go to stderr, so that what a command prints stays fit for a pipe. */
export function printWarnings(io: CliIo, warnings: readonly Problem[]): void {
  for (const warning of warnings) io.stderr.write(describeProblem(warning));
}
