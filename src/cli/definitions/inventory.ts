import type { Command } from "commander";
import { type Load, project, type Register, yes } from "./shared-options.ts";

/** What looks into, or changes, the records that the runs keep in the cluster. */
export function defineInventory(program: Command, on: Register): void {
  program.commandsGroup("Inventory:");
  on(
    project(program.command("output"))
      .description("print the stacks' outputs as they were at the last apply")
      .argument("[name]", "one output: NAME or STACK.NAME")
      .option("--show-sensitive", "print sensitive values too")
      .addHelpText(
        "after",
        "\nExamples:\n  k8sctl output\n  k8sctl output web.url\n  k8sctl output password --show-sensitive --output json",
      ),
    () => import("../commands/output.ts"),
  );
  on(
    project(program.command("import"))
      .description("adopt an object that exists into the inventory, at an address of the code; changes no other field")
      .argument("<address>", "ADDRESS or STACK.ADDRESS, such as kubernetes_config_map_v1.page")
      .addOption(yes())
      .addHelpText(
        "after",
        "\nExamples:\n  k8sctl import kubernetes_config_map_v1.page\n  k8sctl import web.kubernetes_config_map_v1.page --yes && k8sctl plan",
      ),
    () => import("../commands/import.ts"),
  );
  const state = program.command("state").description("look into the inventories: what the stacks hold in the cluster");
  state.addHelpText("after", "\nExamples:\n  k8sctl state list\n  k8sctl state show web.kubernetes_config_map_v1.page");
  const loadState: Load = () => import("../commands/state.ts");
  on(
    project(state.command("list"))
      .description("every object and generated value, by stack and address")
      .addHelpText("after", "\nExamples:\n  k8sctl state list\n  k8sctl state list --stack postgres --output json"),
    loadState,
  );
  on(
    project(state.command("show"))
      .description("one thing that an inventory holds, without its value")
      .argument("<address...>", "ADDRESS or STACK.ADDRESS")
      .addHelpText("after", "\nExamples:\n  k8sctl state show web.kubernetes_config_map_v1.page"),
    loadState,
  );
  on(
    project(state.command("rm"))
      .description("take things out of the inventory: objects stay in the cluster and are nobody's, values are lost")
      .argument("<address...>", "ADDRESS or STACK.ADDRESS")
      .addOption(yes())
      .addHelpText("after", "\nExamples:\n  k8sctl state rm web.kubernetes_config_map_v1.page"),
    loadState,
  );
  on(
    project(program.command("unlock"))
      .description("take the lock away from a run that no longer exists")
      .addOption(yes())
      .addHelpText("after", "\nExamples:\n  k8sctl unlock\n  k8sctl unlock --stack postgres --yes"),
    () => import("../commands/unlock.ts"),
  );
}
