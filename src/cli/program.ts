import { Command } from "commander";
import { defineClusters } from "./definitions/clusters.ts";
import { defineHistory } from "./definitions/history.ts";
import { defineInventory } from "./definitions/inventory.ts";
import { defineLooking } from "./definitions/looking.ts";
import { defineMachine } from "./definitions/machine.ts";
import { defineProject } from "./definitions/project.ts";
import { defineRuns } from "./definitions/runs.ts";
import type { Register } from "./definitions/shared-options.ts";
import type { CliIo } from "./io.ts";
import { columnsOf } from "./io.ts";
import type { Options } from "./options.ts";
import { usageError } from "./usage-errors.ts";

/** Set by the action that ran; the parser itself returns nothing. */
export interface ProgramResult {
  exitCode: number;
  options: Options;
}

/**
 * The whole command line: names, options and help, and which module does the work. Nothing here or in definitions/
 * loads a command's code, so that `--help` and completion cost no more than the parser.
 */
export function createProgram(io: CliIo, version: string, result: ProgramResult): Command {
  const program = new Command("k8sctl")
    .description("Create clusters and apply TypeScript stacks to them: planned, applied, watched until ready.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .addHelpText(
      "after",
      `
Examples:
  k8sctl init                      make a project in this folder
  k8sctl up --cluster embedded     try it, without Docker
  k8sctl plan                      what would change, field by field
  k8sctl down                      remove what \`up\` made

Exit codes: 0 done or no changes, 1 error, 2 changes (with --detailed-exitcode),
3 applied but not ready, 130 interrupted.`,
    )
    .configureHelp({
      // The arguments are in each command's own help: with them the list would not fit 80 columns.
      subcommandTerm: (command) => command.name(),
      commandDescription: (command) => asSentence(command.description()),
    })
    .helpCommand(false)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => columnsOf(io.stdout),
      getErrHelpWidth: () => columnsOf(io.stderr),
    });
  const on: Register = (command, load) =>
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      result.options = { ...fromEnvironment(self, io.env), ...self.optsWithGlobals<Options>() };
      const module = await load();
      result.exitCode = await module.run(io, result.options, self.args, self);
    });

  defineRuns(program, on);
  defineLooking(program, on);
  defineProject(program, on);
  defineHistory(program, on);
  defineInventory(program, on);
  defineClusters(program, on);
  defineMachine(program, on);
  defineHelp(program);
  tellWrongUsage(program);
  return program;
}

/** `k8sctl help cluster create`; a name that is none is wrong usage, as it is elsewhere. */
function defineHelp(program: Command): void {
  program
    .command("help")
    .description("show the help of a command")
    .argument("[command...]", "as it is typed: cluster create")
    .addHelpText("after", "\nExamples:\n  k8sctl help plan\n  k8sctl help cluster create")
    .action((words: readonly string[]) => {
      let command = program;
      for (const word of words) {
        const next = command.commands.find((sub) => sub.name() === word);
        if (next === undefined) command.error(`error: unknown command '${word}'`, { code: "commander.unknownCommand" });
        else command = next;
      }
      command.help();
    });
}

/** Each command's errors name its own help. */
function tellWrongUsage(command: Command): void {
  command.configureOutput({ outputError: (text, write) => write(usageError(text, command)) });
  for (const sub of command.commands) tellWrongUsage(sub);
}

function asSentence(text: string): string {
  return text === "" || text.endsWith(".") ? text : `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

/** What the environment says where options do not. */
function fromEnvironment(command: Command, env: CliIo["env"]): Options {
  const { K8SCTL_CLUSTER: cluster = "" } = env;
  return cluster !== "" && command.options.some(({ long }) => long === "--cluster") ? { usualCluster: cluster } : {};
}
