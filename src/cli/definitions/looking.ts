import type { Command } from "commander";
import { project, type Register } from "./shared-options.ts";

/** What shows how things are. */
export function defineLooking(program: Command, on: Register): void {
  program.commandsGroup("Look:");
  on(
    project(program.command("status"))
      .description("health of everything that is managed")
      .option("-w, --watch", "keep watching")
      .addHelpText("after", "\nExit code 3 when something is not ready."),
    () => import("../commands/status.ts"),
  );
}
