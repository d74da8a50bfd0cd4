import { createInterface } from "node:readline/promises";
import { userError } from "../model/errors.ts";
import type { CliIo } from "./io.ts";
import { isTerminal } from "./io.ts";
import type { Options } from "./options.ts";

/** Asks for a yes on the terminal; --yes answers for the person. Throws UserError where nobody can say yes, or says no. */
export async function confirm(io: CliIo, options: Options, question: string): Promise<void> {
  if (options.yes === true) return;
  if (!isTerminal(io.stdin)) {
    throw userError("approval-needed", `${question} There is no terminal to ask on`, { remedy: "say so with --yes" });
  }
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  try {
    const answer = await lines.question(`${question} [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) throw userError("declined", "nothing was changed");
  } finally {
    lines.close();
  }
}
