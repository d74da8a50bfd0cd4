import { type Command, Option } from "commander";
import {
  noWait,
  onFailure,
  parallelism,
  project,
  type Register,
  reports,
  take,
  timeout,
  yes,
  yieldField,
} from "./shared-options.ts";

/** `up`, `plan`, `apply` and `down`: what plans and changes a cluster. */
export function defineRuns(program: Command, on: Register): void {
  program.commandsGroup("Plan and apply:");
  on(
    changing(program.command("up"))
      .description("create the cluster if it is missing, plan, ask, apply, and watch until everything is ready")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl up                           plan, ask, apply, watch
  k8sctl up --cluster embedded --yes  on the embedded cluster, without asking
  k8sctl up --stack postgres --var storage=10Gi
  k8sctl up --yes --no-wait && k8sctl status --watch
  k8sctl up --yes --on-failure rollback   go back when it does not become ready
  k8sctl up --yes --output json       one JSON event a line, for pipelines`,
      ),
    () => import("../commands/up.ts"),
  );
  on(
    project(program.command("plan"))
      .description("show what `up` would do, without touching anything")
      .addOption(parallelism())
      .option("--force-conflicts", "plan as `up --force-conflicts` would apply")
      .addOption(take())
      .addOption(yieldField())
      .option("--detailed-exitcode", "exit 2 when there are changes")
      .option("--full", "show every field of new objects, and unchanged objects")
      .addOption(new Option("--markdown", "print the plan as markdown, for a pull request").conflicts("output"))
      .addOption(
        new Option("--refresh-only", "show drift only: what others changed or deleted since the last apply").conflicts(
          "out",
        ),
      )
      .option("--out <file>", "save the plan for `apply FILE` (0600; digests, no values)")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl plan
  k8sctl plan --detailed-exitcode     exit 0: no changes, 2: changes, 1: error
  k8sctl plan --output json | jq .counts
  k8sctl plan --refresh-only --detailed-exitcode    exit 2: there is drift
  k8sctl plan --out plan.json && k8sctl apply plan.json
  k8sctl plan --markdown > plan.md`,
      ),
    () => import("../commands/plan.ts"),
  );
  on(
    changing(program.command("apply"))
      .description("apply the stacks to a cluster that exists, or exactly what a saved plan says")
      .argument("[planfile]", "a plan of `plan --out`: nothing is asked, and nothing else is done")
      .addHelpText(
        "after",
        `
A saved plan is refused when the stack code, the variables, the cluster or the
version of k8sctl is another one, and when a field that it would write has
changed since.

Examples:
  k8sctl apply --yes
  k8sctl plan --out plan.json && k8sctl apply plan.json`,
      ),
    () => import("../commands/apply.ts"),
  );
  on(
    reports(project(program.command("down")))
      .description("remove what `up` made, dependents first; keeps volume claims and generated secrets and lists them")
      .addOption(yes())
      .addOption(parallelism())
      .addOption(timeout())
      .option("--delete-volumes", "also remove volume claims and generated secrets: their data is lost")
      .option("--keep-cluster", "leave the cluster running")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl down --yes
  k8sctl down --stack kafka --keep-cluster
  k8sctl down --yes --delete-volumes     nothing is left`,
      ),
    () => import("../commands/down.ts"),
  );
}

/** Options of commands that change a cluster to what the stacks say. */
function changing(command: Command): Command {
  return reports(project(command))
    .addOption(yes())
    .addOption(parallelism())
    .addOption(timeout())
    .addOption(noWait())
    .addOption(onFailure())
    .option("--force-conflicts", "take all fields that another manager owns")
    .addOption(take())
    .addOption(yieldField())
    .option("--allow-data-loss", "without a question, also delete and replace what loses data")
    .option("--detailed-exitcode", "exit 2 when something was changed, 0 when nothing was");
}
