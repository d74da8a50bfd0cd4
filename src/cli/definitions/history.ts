import type { Command } from "commander";
import { type Load, parallelism, type Register, timeout, wholeNumber, withoutCode, yes } from "./shared-options.ts";

/** What happened to the stacks, and the way back. */
export function defineHistory(program: Command, on: Register): void {
  program.commandsGroup("History:");
  const load: Load = () => import("../commands/history.ts");
  const history = withoutCode(program.command("history"))
    .description("the runs that changed something: when, by whom, what, and how they ended")
    .addHelpText(
      "after",
      `
Examples:
  k8sctl history
  k8sctl history --stack postgres
  k8sctl history show 7                  what run 7 changed, field by field
  k8sctl history --output json | jq '.[-1].result'`,
    );
  on(history, load);
  on(
    withoutCode(history.command("show"))
      .description("what one run changed, as its plan showed it")
      .argument("<number>", "of the run", wholeNumber(1, 1_000_000_000))
      .addHelpText("after", "\nExamples:\n  k8sctl history show 7"),
    load,
  );
  on(
    withoutCode(program.command("rollback"))
      .description("go back to what an earlier run left: planned, asked, applied, watched like any change")
      .argument("[number]", "of the run (default: the last good one before the last)", wholeNumber(1, 1_000_000_000))
      .addOption(yes())
      .addOption(parallelism())
      .addOption(timeout())
      .option("--force-conflicts", "take fields that another manager owns")
      .option("--allow-data-loss", "without a question, also delete and replace what loses data")
      .option("--detailed-exitcode", "exit 2 when something was changed, 0 when nothing was")
      .addHelpText(
        "after",
        `
Each stack goes back to its newest revision up to that number. Secrets and
generated values are those of then. Data in volumes is not touched; what was
deleted with a volume, or done by a Job, does not come back: the plan says so.
The code on disk is not changed: the next \`k8sctl up\` applies it again.

Examples:
  k8sctl rollback                        undo the last run
  k8sctl rollback 7                      as after run 7
  k8sctl rollback 7 --stack shop --yes`,
      ),
    () => import("../commands/rollback.ts"),
  );
}
