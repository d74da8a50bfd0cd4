import { describeHolder, forceUnlock } from "../../run/locks.ts";
import { confirm } from "../confirm.ts";
import type { CliIo } from "../io.ts";
import { onCluster } from "../on-cluster.ts";
import type { Options } from "../options.ts";
import { stacksOf } from "../options.ts";

/** Takes locks away. Only for a run that is known to be dead: two writers at once lose changes. */
export function run(io: CliIo, options: Options): Promise<number> {
  return onCluster(io, options, async ({ project, kube, provider }) => {
    const stacks = stacksOf(project, options) ?? project.stacks.map((stack) => stack.name);
    await confirm(io, options, `Take the locks of ${stacks.join(", ")} on ${provider.label}?`);
    const taken = await forceUnlock(kube, project.name, stacks, project.inventoryNamespace);
    for (const held of taken) io.stdout.write(`unlocked: ${describeHolder(held)}\n`);
    if (taken.length === 0) io.stdout.write("nothing was locked\n");
    return 0;
  });
}
