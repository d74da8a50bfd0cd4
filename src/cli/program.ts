import { Command, InvalidArgumentError, Option } from "commander";
import type { CliIo } from "./io.ts";
import { columnsOf } from "./io.ts";
import type { Options } from "./options.ts";

/** What a command module exports. It is loaded only when its command runs. */
export interface CommandModule {
  run(io: CliIo, options: Options, args: readonly string[], self: Command): Promise<number>;
}

type Load = () => Promise<CommandModule>;

/** Set by the action that ran; the parser itself returns nothing. */
export interface ProgramResult {
  exitCode: number;
}

/**
 * The whole command line: names, options and help, and which module does the work. Nothing here loads a command's
 * code, so that `--help` and completion cost no more than the parser.
 */
export function createProgram(io: CliIo, version: string, result: ProgramResult): Command {
  const program = new Command("k8sctl")
    .description("Create clusters and apply TypeScript stacks to them: planned, applied, watched until ready.")
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "show help")
    .showHelpAfterError("(k8sctl --help lists the commands and options)")
    .addHelpText(
      "after",
      `
Examples:
  k8sctl init                            make a project in this folder
  k8sctl up --cluster embedded           try it without Docker: plan, ask, apply, watch
  k8sctl plan                            what would change, field by field
  k8sctl down                            remove what \`up\` made

Exit codes: 0 done or no changes, 1 error, 2 changes (with --detailed-exitcode), 3 applied but not ready,
130 interrupted.`,
    )
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => columnsOf(io.stdout),
      getErrHelpWidth: () => columnsOf(io.stderr),
    });
  const on = (command: Command, load: Load): Command =>
    command.action(async (...given: unknown[]) => {
      const self = given.at(-1) as Command;
      const module = await load();
      result.exitCode = await module.run(io, self.optsWithGlobals(), self.args, self);
    });

  on(
    project(program.command("up"))
      .description("create the cluster if it is missing, plan, ask, apply, and watch until everything is ready")
      .addOption(yes())
      .addOption(parallelism())
      .addOption(timeout())
      .option("--force-conflicts", "take fields that another manager owns")
      .option("--allow-data-loss", "without a question, also delete and replace what loses data")
      .option("--detailed-exitcode", "exit 2 when something was changed, 0 when nothing was")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl up                              plan, ask, apply, watch
  k8sctl up --cluster embedded --yes     on the embedded cluster, without asking
  k8sctl up --stack postgres --var storage=10Gi
  k8sctl up --yes --output json          one JSON event a line, for pipelines`,
      ),
    () => import("./commands/up.ts"),
  );
  on(
    project(program.command("plan"))
      .description("show what `up` would do, without touching anything")
      .addOption(parallelism())
      .option("--force-conflicts", "plan as `up --force-conflicts` would apply")
      .option("--detailed-exitcode", "exit 2 when there are changes")
      .option("--full", "show every field of new objects, and unchanged objects")
      .option("--markdown", "print the plan as markdown, for a pull request")
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
  k8sctl plan --detailed-exitcode        exit code 0: no changes, 2: changes, 1: error
  k8sctl plan --output json | jq .counts
  k8sctl plan --refresh-only --detailed-exitcode   exit code 2: somebody else changed something
  k8sctl plan --out plan.json && k8sctl apply plan.json
  k8sctl plan --markdown > plan.md`,
      ),
    () => import("./commands/plan.ts"),
  );
  on(
    project(program.command("apply"))
      .description("apply the stacks to a cluster that exists, or exactly what a saved plan says")
      .argument("[planfile]", "a plan of `plan --out`: nothing is asked, and nothing else is done")
      .addOption(yes())
      .addOption(parallelism())
      .addOption(timeout())
      .option("--force-conflicts", "take fields that another manager owns")
      .option("--allow-data-loss", "without a question, also delete and replace what loses data")
      .option("--detailed-exitcode", "exit 2 when something was changed, 0 when nothing was")
      .addHelpText(
        "after",
        `
A saved plan is refused when the stack code, the variables, the cluster or the version of k8sctl is another one, and
when a field that it would write has changed since.

Examples:
  k8sctl apply --yes
  k8sctl plan --out plan.json && k8sctl apply plan.json`,
      ),
    () => import("./commands/apply.ts"),
  );
  on(
    project(program.command("down"))
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
    () => import("./commands/down.ts"),
  );
  on(
    project(program.command("status"))
      .description("health of everything that is managed")
      .option("-w, --watch", "keep watching")
      .addHelpText("after", "\nExit code 3 when something is not ready."),
    () => import("./commands/status.ts"),
  );
  on(
    program
      .command("init")
      .description("make a project in this folder: k8sctl.yaml, kind-config.yaml and a first stack")
      .argument("[dir]", "folder of the new project", ".")
      .option("--name <name>", "project name (default: the folder's)"),
    () => import("./commands/init.ts"),
  );
  on(
    project(program.command("synth"))
      .description("print the stacks as Terraform JSON, or as Kubernetes objects")
      .option("--objects", "print the desired Kubernetes objects as a YAML stream")
      .option("--show-secrets", "print sensitive values too")
      .option("--out <dir>", "write one cdk.tf.json per stack (0600) instead of printing"),
    () => import("./commands/synth.ts"),
  );
  on(
    project(program.command("validate")).description(
      "type-check the stack files, synthesize, and check all objects, without a cluster",
    ),
    () => import("./commands/validate.ts"),
  );
  on(
    project(program.command("graph"))
      .description("print the dependency graph")
      .addOption(new Option("--format <format>", "how").choices(["tree", "dot", "mermaid"]).default("tree")),
    () => import("./commands/graph.ts"),
  );
  on(
    project(program.command("output"))
      .description("print the stacks' outputs as they were at the last apply")
      .argument("[name]", "one output: NAME or STACK.NAME")
      .option("--show-sensitive", "print sensitive values too"),
    () => import("./commands/output.ts"),
  );
  on(
    project(program.command("doctor"), false).description("check what this machine has and lacks, per provider"),
    () => import("./commands/doctor.ts"),
  );
  on(
    project(program.command("import"))
      .description("adopt an object that exists into the inventory, at an address of the code; changes no other field")
      .argument("<address>", "ADDRESS or STACK.ADDRESS, such as kubernetes_config_map_v1.page")
      .addOption(yes()),
    () => import("./commands/import.ts"),
  );
  const state = program.command("state").description("look into the inventories: what the stacks hold in the cluster");
  const loadState: Load = () => import("./commands/state.ts");
  on(project(state.command("list")).description("every object and generated value, by stack and address"), loadState);
  on(
    project(state.command("show"))
      .description("one thing that an inventory holds, without its value")
      .argument("<address...>", "ADDRESS or STACK.ADDRESS"),
    loadState,
  );
  on(
    project(state.command("rm"))
      .description("take things out of the inventory: objects stay in the cluster and are nobody's, values are lost")
      .argument("<address...>", "ADDRESS or STACK.ADDRESS")
      .addOption(yes()),
    loadState,
  );
  on(
    project(program.command("unlock"))
      .description("take the lock away from a run that no longer exists")
      .addOption(yes()),
    () => import("./commands/unlock.ts"),
  );
  on(
    program
      .command("completion")
      .description("print a completion script")
      .argument("<shell>", "bash, zsh or fish")
      .addHelpText("after", "\nExamples:\n  source <(k8sctl completion bash)\n  k8sctl completion fish | source"),
    () => import("./commands/completion.ts"),
  );
  clusterCommands(program, on);
  return program;
}

function clusterCommands(program: Command, on: (command: Command, load: Load) => Command): void {
  const cluster = program.command("cluster").description("create, delete and look into clusters of the project");
  const load: Load = () => import("./commands/cluster.ts");
  const sub = (name: string, description: string): Command =>
    project(cluster.command(name), false).description(description).option("--cluster <name>", "cluster of k8sctl.yaml");
  on(sub("create", "create the cluster and wait until it answers"), load);
  on(sub("delete", "delete the cluster, its context and its files").addOption(yes()), load);
  on(sub("list", "list the project's clusters and whether they exist"), load);
  on(
    sub("credentials", "print or write the certificate credentials: host, CA, client certificate and key")
      .addOption(
        new Option("--format <format>", "kubeconfig, json, env, tfvars or files")
          .choices(["kubeconfig", "json", "env", "tfvars", "files"])
          .default("kubeconfig"),
      )
      .option("--out <path>", "write to a file (0600), or into a folder (0700) for `files`")
      .option("--show", "print secret values on a terminal")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl cluster credentials --format files --out ./credentials
  eval "$(k8sctl cluster credentials --format env --show)" && terraform plan`,
      ),
    load,
  );
  on(sub("kubeconfig", "write a kubeconfig for kubectl and print its path").option("--out <path>", "where to"), load);
  on(
    sub("load-image", "load a local container image into the nodes (kind)").argument("<images...>", "image names"),
    load,
  );
}

/** Options that every command on a project takes. */
function project(command: Command, stacks = true): Command {
  command
    .option("-C, --project <dir>", "folder of k8sctl.yaml (default: this one)")
    .addOption(new Option("-o, --output <format>", "plain or json").choices(["plain", "json"]))
    .option("--no-color", "no colours (also: NO_COLOR=1)");
  if (!stacks) return command;
  return command
    .option("--cluster <name>", "cluster of k8sctl.yaml (default: its defaultCluster)")
    .addOption(new Option("--stack <name>", "only this stack and what it needs; may be repeated").argParser(collect))
    .addOption(new Option("--var <key=value>", "value for the stacks; may be repeated").argParser(collect));
}

const yes = (): Option => new Option("-y, --yes", "do not ask");
const parallelism = (): Option =>
  new Option("--parallelism <n>", "requests at a time").default(16).argParser(wholeNumber(1, 256));
const timeout = (): Option =>
  new Option("--timeout <seconds>", "give up waiting after this long").argParser(wholeNumber(1, 86_400));

function collect(value: string, previous: readonly string[] | undefined): string[] {
  return [...(previous ?? []), value];
}

function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
