import { type Command, Option } from "commander";
import { type Load, project, type Register, yes } from "./shared-options.ts";

/** `cluster ...`. */
export function defineClusters(program: Command, on: Register): void {
  program.commandsGroup("Clusters:");
  const cluster = program.command("cluster").description("create, delete and look into clusters of the project");
  cluster.addHelpText("after", "\nExamples:\n  k8sctl cluster create\n  k8sctl cluster list");
  const load: Load = () => import("../commands/cluster.ts");
  const sub = (name: string, description: string): Command =>
    project(cluster.command(name), false).description(description).option("--cluster <name>", "cluster of k8sctl.yaml");
  const examples = (...lines: readonly string[]): string =>
    `\nExamples:\n${lines.map((line) => `  k8sctl cluster ${line}`).join("\n")}`;
  on(
    sub("create", "create the cluster and wait until it answers").addHelpText(
      "after",
      examples("create", "create --cluster kind"),
    ),
    load,
  );
  on(
    sub("delete", "delete the cluster, its context and its files")
      .addOption(yes())
      .addHelpText("after", examples("delete", "delete --cluster embedded --yes")),
    load,
  );
  on(
    sub("list", "list the project's clusters and whether they exist").addHelpText(
      "after",
      examples("list", "list --output json"),
    ),
    load,
  );
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
  eval "$(k8sctl cluster credentials --format env)" && terraform plan`,
      ),
    load,
  );
  on(
    sub("kubeconfig", "write a kubeconfig for kubectl and print its path")
      .option("--out <path>", "where to")
      .addHelpText("after", '\nExamples:\n  export KUBECONFIG="$(k8sctl cluster kubeconfig)" && kubectl get pods -A'),
    load,
  );
  on(
    sub("load-image", "load a local container image into the nodes (kind)")
      .argument("<images...>", "image names")
      .addHelpText("after", examples("load-image shop:dev worker:dev")),
    load,
  );
}
