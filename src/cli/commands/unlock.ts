import { clusterNeeded, openCluster } from "../../run/cluster.ts";
import { describeHolder, forceUnlock } from "../../run/locks.ts";
import { confirm } from "../confirm.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { clusterOf, loadProject, stacksOf } from "../options.ts";
import { makePorts } from "../wire.ts";

/** Takes locks away. Only for a run that is known to be dead: two writers at once lose changes. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const cluster = await openCluster(ports, project, clusterOf(project, options));
  const kube = clusterNeeded(cluster.kube, cluster.provider.label);
  try {
    const stacks = stacksOf(project, options) ?? project.stacks.map((stack) => stack.name);
    await confirm(io, options, `Take the locks of ${stacks.join(", ")} on ${cluster.provider.label}?`);
    const taken = await forceUnlock(kube, project.name, stacks, project.inventoryNamespace);
    for (const held of taken) io.stdout.write(`unlocked: ${describeHolder(held)}\n`);
    if (taken.length === 0) io.stdout.write("nothing was locked\n");
    return 0;
  } finally {
    kube.close();
  }
}
