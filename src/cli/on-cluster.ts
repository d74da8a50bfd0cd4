import type { Project } from "../model/project.ts";
import type { ClusterProvider, Kube, Ports } from "../ports.ts";
import { clusterNeeded, type OpenCluster, openCluster } from "../run/cluster.ts";
import type { CliIo } from "./io.ts";
import type { Options } from "./options.ts";
import { clusterOf, loadProject } from "./options.ts";
import { makePorts } from "./wire.ts";

/** What a command works with that only asks a cluster: no stack code runs. */
export interface OnCluster {
  readonly project: Project;
  readonly ports: Ports;
  readonly kube: Kube;
  readonly provider: ClusterProvider;
  readonly planned: OpenCluster["planned"];
}

/** Connects to the cluster that the options choose. */
export async function onCluster<T>(io: CliIo, options: Options, work: (on: OnCluster) => Promise<T>): Promise<T> {
  const project = await loadProject(io, options);
  return connected(makePorts(io), project, clusterOf(project, options), work);
}

/** Connects to a cluster, and closes the connection when the work is done or has failed. UserError `cluster-missing`. */
export async function connected<T>(
  ports: Ports,
  project: Project,
  clusterName: string,
  work: (on: OnCluster) => Promise<T>,
): Promise<T> {
  const { provider, kube: found, planned } = await openCluster(ports, project, clusterName);
  const kube = clusterNeeded(found, provider.label);
  try {
    return await work({ project, ports, kube, provider, planned });
  } finally {
    kube.close();
  }
}
