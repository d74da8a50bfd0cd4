import type { Command } from "commander";
import { UserError, userError } from "../../model/errors.ts";
import type { Project } from "../../model/project.ts";
import { bashScript, fishScript, zshScript } from "../completion-scripts.ts";
import { type CommandWords, completionWords } from "../completion-words.ts";
import type { CliIo } from "../io.ts";
import { loadProject } from "../options.ts";

/** Prints a script that completes commands, options and their values; for that script, names of the project. */
export async function run(io: CliIo, _options: unknown, args: readonly string[], self: Command): Promise<number> {
  const what = args[0] ?? "";
  const names = NAMES[what];
  if (names !== undefined) {
    for (const name of await namesOf(io, names)) io.stdout.write(`${name}\n`);
    return 0;
  }
  const script = SCRIPTS[what];
  if (script === undefined) {
    throw userError("unknown-shell", `no completion for "${what}"`, { remedy: "use bash, zsh or fish" });
  }
  io.stdout.write(script(completionWords(self.parent ?? self)));
  return 0;
}

/** Somebody is in the middle of a line: what is wrong with the project is told when the command runs. */
async function namesOf(io: CliIo, names: (project: Project) => readonly string[]): Promise<readonly string[]> {
  try {
    return names(await loadProject(io, {}));
  } catch (error) {
    if (error instanceof UserError) return [];
    throw error;
  }
}

const NAMES: Readonly<Record<string, (project: Project) => readonly string[]>> = {
  clusters: ({ clusters }) => Object.keys(clusters),
  stacks: ({ stacks }) => stacks.map(({ name }) => name),
};

const SCRIPTS: Readonly<Record<string, (words: readonly CommandWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};
