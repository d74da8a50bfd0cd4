import type { Command } from "commander";
import { project, type Register } from "./shared-options.ts";

/** What concerns this machine rather than a project. */
export function defineMachine(program: Command, on: Register): void {
  program.commandsGroup("This machine:");
  on(
    project(program.command("doctor"), false).description("check what this machine has and lacks, per provider"),
    () => import("../commands/doctor.ts"),
  );
  on(
    program
      .command("completion")
      .description("print a completion script")
      .argument("<shell>", "bash, zsh or fish")
      .addHelpText("after", "\nExamples:\n  source <(k8sctl completion bash)\n  k8sctl completion fish | source"),
    () => import("../commands/completion.ts"),
  );
}
