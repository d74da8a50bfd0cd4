import { homedir } from "node:os";
import { join } from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Where k8sctl keeps what is not in the cluster (embedded clusters, kind's kubeconfigs): $K8SCTL_HOME, or the state
 * folder of the XDG Base Directory Specification, or %LOCALAPPDATA% on Windows.
 */
export function stateFolder(env: Environment, platform: NodeJS.Platform = process.platform, home = homedir()): string {
  const own = env["K8SCTL_HOME"];
  if (own !== undefined && own !== "") return own;
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? join(home, "AppData", "Local"), "k8sctl");
  const xdg = env["XDG_STATE_HOME"];
  // The specification tells to ignore a relative path.
  return join(xdg?.startsWith("/") === true ? xdg : join(home, ".local", "state"), "k8sctl");
}

/** The kubeconfig files that kubectl would read: $KUBECONFIG, a list, or ~/.kube/config. */
export function kubeconfigPaths(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
  home = homedir(),
): string[] {
  const listed = (env["KUBECONFIG"] ?? "").split(platform === "win32" ? ";" : ":").filter((path) => path !== "");
  return listed.length > 0 ? [...new Set(listed)] : [join(home, ".kube", "config")];
}
