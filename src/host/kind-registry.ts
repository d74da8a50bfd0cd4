import { userError } from "../model/errors.ts";
import type { Exec, Kube } from "../ports.ts";

const SHORT_MS = 60_000;
/** The network that kind's nodes are in. */
const NETWORK = "kind";
const HELP = "https://kind.sigs.k8s.io/docs/user/local-registry/";

export interface RegistryOptions {
  readonly engine: string;
  /** On the loopback of this machine. */
  readonly port: number;
  readonly image: string;
  readonly nodes: readonly string[];
}

/**
 * A registry on this machine that nodes pull `localhost:PORT/...` from, in kind's documented way ("Local Registry"):
 * a container in kind's network, a containerd host file in each node, and the ConfigMap of KEP-1755. Does only what is
 * missing. The registry outlives the cluster, and clusters of one port share it. Throws UserError `registry-failed`.
 */
export async function ensureRegistry(
  exec: Exec,
  kube: Kube,
  options: RegistryOptions,
  progress: (message: string) => void,
): Promise<void> {
  const { engine, port, nodes } = options;
  const name = registryName(port);
  const run = async (what: string, args: readonly string[], input?: string): Promise<string> => {
    const given = input === undefined ? {} : { input };
    const { exitCode, stdout, stderr } = await exec.run([engine, ...args], { timeoutMs: SHORT_MS, ...given });
    if (exitCode === 0) return stdout;
    throw failed(what, stderr);
  };
  await startContainer(exec, run, options, progress);
  for (const node of nodes) {
    const dumped = await run("read containerd's settings", ["exec", node, "containerd", "config", "dump"]);
    if (!/config_path\s*=\s*['"][^'"]+['"]/.test(dumped)) throw noConfigPath(node);
    const folder = `/etc/containerd/certs.d/localhost:${port}`;
    await run("make a folder in the node", ["exec", node, "mkdir", "-p", folder]);
    const hosts = `[host."http://${name}:5000"]\n`;
    await run("tell the node of it", ["exec", "-i", node, "cp", "/dev/stdin", `${folder}/hosts.toml`], hosts);
  }
  const network = await run("look at its networks", [
    "inspect",
    "--format",
    "{{json .NetworkSettings.Networks}}",
    name,
  ]);
  if (!network.includes(`"${NETWORK}"`)) await run("join kind's network", ["network", "connect", NETWORK, name]);
  await kube.apply(
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "local-registry-hosting", namespace: "kube-public" },
      data: { "localRegistryHosting.v1": `host: "localhost:${port}"\nhelp: "${HELP}"\n` },
    },
    { fieldManager: "k8sctl", force: true, dryRun: false },
  );
}

async function startContainer(
  exec: Exec,
  run: (what: string, args: readonly string[]) => Promise<string>,
  { engine, port, image }: RegistryOptions,
  progress: (message: string) => void,
): Promise<void> {
  const name = registryName(port);
  const state = await exec.run([engine, "inspect", "--format", "{{.State.Running}}", name], { timeoutMs: SHORT_MS });
  if (state.exitCode === 0 && state.stdout.trim() === "true") return;
  progress(`Starting the registry localhost:${port}`);
  if (state.exitCode === 0) await run("start", ["start", name]);
  else {
    const listen = `127.0.0.1:${port}:5000`;
    await run("start", ["run", "--detach", "--restart=always", "--publish", listen, "--name", name, image]);
  }
}

/** kind's own name for the port that its page uses; other ports have registries of their own. */
function registryName(port: number): string {
  return port === 5001 ? "kind-registry" : `kind-registry-${port}`;
}

function failed(what: string, stderr: string): Error {
  return userError("registry-failed", `the local registry could not ${what}: ${stderr.trim()}`, {
    remedy: "mend what the message names, or take `registry:` out of k8sctl.yaml",
  });
}

function noConfigPath(node: string): Error {
  return userError("registry-failed", `containerd of ${node} reads no folder of registries (config_path)`, {
    remedy: `add to the kind config: containerdConfigPatches: ['[plugins."io.containerd.grpc.v1.cri".registry] config_path = "/etc/containerd/certs.d"'], as ${HELP} has it`,
  });
}
