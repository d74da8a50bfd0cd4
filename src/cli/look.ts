import type { Project } from "../model/project.ts";
import type { ClusterProvider, Kube, Ports } from "../ports.ts";
import { clusterNeeded, openCluster } from "../run/cluster.ts";
import { findTargets, type Target } from "../run/targets.ts";
import type { CliIo } from "./io.ts";
import type { Options } from "./options.ts";
import { clusterOf, loadProject } from "./options.ts";
import { makePorts } from "./wire.ts";

interface Look {
  readonly kube: Kube;
  readonly ports: Ports;
  readonly project: Project;
  readonly provider: ClusterProvider;
  readonly targets: readonly Target[];
}

/** Finds what `STACK` or `STACK/NAME` means on the chosen cluster, and closes the connection afterwards. */
export async function lookAt<T>(
  io: CliIo,
  options: Options,
  wanted: string | null,
  work: (look: Look) => Promise<T>,
): Promise<T> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const cluster = await openCluster(ports, project, clusterOf(project, options));
  const kube = clusterNeeded(cluster.kube, cluster.provider.label);
  try {
    return await work({
      kube,
      ports,
      project,
      provider: cluster.provider,
      targets: await findTargets(kube, project, wanted),
    });
  } finally {
    kube.close();
  }
}
