import { type Command, Option } from "commander";
import { cluster, duration, project, type Register, wholeNumber } from "./shared-options.ts";

/** What shows how things are. */
export function defineLooking(program: Command, on: Register): void {
  program.commandsGroup("Look:");
  on(
    project(program.command("status"))
      .description("health of everything that is managed")
      .option("-w, --watch", "keep watching")
      .addHelpText(
        "after",
        `
Exit code 3 when something is not ready.

Examples:
  k8sctl status
  k8sctl status --stack postgres
  k8sctl status --watch                  until Ctrl-C
  k8sctl status --output json | jq -r '.objects[] | select(.phase != "ready")'`,
      ),
    () => import("../commands/status.ts"),
  );
  on(
    cluster(program.command("logs"))
      .description("logs of an object's pods, or of a whole stack's")
      .argument("<target>", TARGET)
      .option("-f, --follow", "go on with what comes, also from pods that come later")
      .option("-p, --previous", "of the containers before their last restart")
      .option("-c, --container <name>", "one container only")
      .addOption(
        new Option("--tail <lines>", "lines from the end of each; -1 for all")
          .default(200)
          .argParser(wholeNumber(-1, 10_000_000)),
      )
      .addOption(new Option("--since <duration>", "not older than this: 30s, 10m, 2h, 1d").argParser(duration))
      .option("--timestamps", "with the node's time of each line")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl logs postgres/db      the pods of one object, by its name in the stack
  k8sctl logs kafka -f         everything of a stack, as it comes
  k8sctl logs shop/web --previous --tail 50
  k8sctl logs shop/web --output json | jq -r .text`,
      ),
    () => import("../commands/logs.ts"),
  );
  on(
    cluster(program.command("events"))
      .description("events about the stacks' objects and what their controllers made, oldest first")
      .argument("[target]", TARGET)
      .option("--warnings", "warnings only")
      .addHelpText("after", "\nExamples:\n  k8sctl events\n  k8sctl events postgres/db --warnings"),
    () => import("../commands/events.ts"),
  );
  on(
    cluster(program.command("describe"))
      .description("health, conditions, pods, events and writers of an object")
      .argument("<target>", TARGET)
      .addHelpText("after", "\nExamples:\n  k8sctl describe postgres/db\n  k8sctl describe shop/Deployment/web"),
    () => import("../commands/describe.ts"),
  );
  on(
    cluster(program.command("port-forward"))
      .description("local ports that reach a pod of an object, until Ctrl-C")
      .argument("<target>", TARGET)
      .argument("[ports...]", "REMOTE, LOCAL:REMOTE, or :REMOTE for any local port; REMOTE is a number or a name")
      .addHelpText(
        "after",
        `
The pod is chosen anew with each connection: one that was replaced does no harm.

Examples:
  k8sctl port-forward postgres/db 5432
  k8sctl port-forward prometheus/prometheus 8080:http`,
      ),
    () => import("../commands/port-forward.ts"),
  );
  on(
    cluster(program.command("expose"))
      .description("make every Service of a stack, or of the project, reachable on this machine, until Ctrl-C")
      .argument("[target]", TARGET)
      .addHelpText("after", "\nExamples:\n  k8sctl expose postgres\n  k8sctl expose --output json"),
    () => import("../commands/port-forward.ts"),
  );
}

const TARGET = "STACK, STACK/NAME or STACK/KIND/NAME; NAME as in the stack, or the object's own";
