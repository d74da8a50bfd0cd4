import { UserError } from "../model/errors.ts";
import type { Exec, ExecOptions, ExecResult } from "../ports.ts";
import { kindProblem } from "./kind-output.ts";
import { preflightKind } from "./preflight.ts";

const SHORT_MS = 60_000;

export type RunKind = (args: readonly string[], what: string, options?: ExecOptions) => Promise<ExecResult>;

/**
 * Runs kind. What fails is a UserError that says why: the machine's lack of an engine where that is the reason, else
 * kind's own report on `what` it could not do. `config` is the file that kind was given, as the user knows it.
 */
export function kindRunner(exec: Exec, engine: string, config: string | null): RunKind {
  return async (args, what, options = {}) => {
    let stderr: string;
    try {
      const result = await exec.run(["kind", ...args], { timeoutMs: SHORT_MS, ...options });
      if (result.exitCode === 0) return result;
      stderr = result.stderr;
    } catch (error) {
      if (error instanceof UserError && error.problems.some((problem) => problem.code === "program-missing")) {
        throw new UserError(await preflightKind(exec, engine), { cause: error });
      }
      throw error;
    }
    // A missing or sleeping engine explains more than kind's own words about it.
    const missing = await preflightKind(exec, engine);
    throw new UserError(missing.length > 0 ? missing : kindProblem(what, stderr, config));
  };
}
