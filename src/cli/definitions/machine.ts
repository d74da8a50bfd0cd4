import type { Command } from "commander";
import { project, type Register } from "./shared-options.ts";

/** What concerns this machine rather than a project. */
export function defineMachine(program: Command, on: Register): void {
  program.commandsGroup("This machine:");
  on(
    project(program.command("doctor"), false)
      .description("check what this machine has and lacks, per provider")
      .addHelpText("after", "\nExamples:\n  k8sctl doctor\n  k8sctl doctor --output json"),
    () => import("../commands/doctor.ts"),
  );
  on(
    program
      .command("completion")
      .description("print a completion script")
      .argument("<shell>", "bash, zsh or fish")
      .addHelpText(
        "after",
        `
Examples:
  source <(k8sctl completion bash)       in ~/.bashrc
  source <(k8sctl completion zsh)        in ~/.zshrc
  k8sctl completion fish | source        in ~/.config/fish/config.fish`,
      ),
    () => import("../commands/completion.ts"),
  );
}
