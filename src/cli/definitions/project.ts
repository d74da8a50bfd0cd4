import { type Command, Option } from "commander";
import { project, type Register } from "./shared-options.ts";

/** What works on a project's files, without a cluster. */
export function defineProject(program: Command, on: Register): void {
  program.commandsGroup("Stack files:");
  on(
    program
      .command("init")
      .description("make a project in this folder: k8sctl.yaml, kind-config.yaml and a first stack")
      .argument("[dir]", "folder of the new project", ".")
      .option("--name <name>", "project name (default: the folder's)")
      .addHelpText("after", "\nExamples:\n  k8sctl init shop && cd shop\n  k8sctl init --name shop"),
    () => import("../commands/init.ts"),
  );
  on(
    project(program.command("synth"))
      .description("print the stacks as Terraform JSON, or as Kubernetes objects")
      .option("--objects", "print the desired Kubernetes objects as a YAML stream")
      .option("--show-secrets", "print sensitive values too")
      .option("--out <dir>", "write one cdk.tf.json per stack (0600) instead of printing")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl synth --stack web               Terraform JSON, as cdktf synth makes it
  k8sctl synth --objects | kubectl apply --dry-run=client -f -`,
      ),
    () => import("../commands/synth.ts"),
  );
  on(
    project(program.command("validate"))
      .description("type-check the stack files, synthesize, and check all objects, without a cluster")
      .option("--strict", "warnings fail too")
      .addHelpText(
        "after",
        `
Examples:
  k8sctl validate                     all findings, with file, line and column
  k8sctl validate --strict -o json    one document; exit 1 on warnings too`,
      ),
    () => import("../commands/validate.ts"),
  );
  on(
    project(program.command("graph"))
      .description("print the dependency graph")
      .addOption(
        new Option("--format <format>", "for people, for Graphviz or for Markdown")
          .choices(["tree", "dot", "mermaid"])
          .default("tree"),
      )
      .addHelpText(
        "after",
        "\nExamples:\n  k8sctl graph --stack web\n  k8sctl graph --format dot | dot -Tsvg > graph.svg",
      ),
    () => import("../commands/graph.ts"),
  );
}
