import type { Project } from "../model/project.ts";
import type { Clock, ClusterProvider, Exec, Files } from "../ports.ts";
import { contextCluster } from "./context.ts";
import { embeddedCluster } from "./embedded.ts";
import { kindCluster } from "./kind.ts";
import { stateFolder } from "./paths.ts";
import { engineOf } from "./preflight.ts";

interface ProviderPorts {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly files: Files;
  readonly env: Readonly<Record<string, string>>;
  readonly identity: { readonly pid: number; processAlive(pid: number): boolean };
}

/** The provider of one cluster of k8sctl.yaml; `name` must be one of its keys. */
export function createClusterProvider(project: Project, name: string, ports: ProviderPorts): ClusterProvider {
  const config = project.clusters[name];
  if (config === undefined) throw new Error(`no cluster ${name} in the project`);
  switch (config.provider) {
    case "kind":
      return kindCluster(config, {
        ...ports,
        root: project.root,
        stateFolder: stateFolder(ports.env),
        engine: engineOf(ports.env),
      });
    case "embedded":
      return embeddedCluster(config.name, ports);
    case "context":
      return contextCluster(config, { ...ports, root: project.root });
  }
}
