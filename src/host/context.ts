import { resolve } from "node:path";
import { userError } from "../model/errors.ts";
import type { ClusterConfig } from "../model/project.ts";
import type { ClusterProvider, Files } from "../ports.ts";
import { readAccess, readKubeconfig } from "./kubeconfig.ts";
import { kubeconfigPaths } from "./paths.ts";

type ContextConfig = Extract<ClusterConfig, { provider: "context" }>;

/**
 * A cluster that somebody else made, by its kubeconfig context. `root` is the project's folder, from which `kubeconfig`
 * of k8sctl.yaml counts; without it $KUBECONFIG or ~/.kube/config.
 */
export function contextCluster(
  config: ContextConfig,
  ports: { files: Files; env: Readonly<Record<string, string | undefined>>; root: string },
): ClusterProvider {
  const paths = config.kubeconfig === null ? kubeconfigPaths(ports.env) : [resolve(ports.root, config.kubeconfig)];
  const access = async () => readAccess(await readKubeconfig(paths, ports.files), config.context, ports.files);
  const refuse = (verb: string) =>
    userError("cluster-not-owned", `the cluster ${config.context} was not made by k8sctl, so it is not ${verb}`, {
      remedy: "use the tool that made it; --keep-cluster leaves the cluster out of `down`",
    });
  return {
    provider: "context",
    label: config.context,
    owned: () => Promise.resolve(false),
    prepare: () => Promise.reject(refuse("created")),
    access,
    // A context that is missing is a wrong name, not a cluster to be made: it throws `context-missing`.
    exists: async () => {
      await access();
      return true;
    },
    create: () => Promise.reject(refuse("created")),
    delete: () => Promise.reject(refuse("deleted")),
  };
}
