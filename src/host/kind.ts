import { resolve } from "node:path";
import { parseKubeconfig } from "../access/kubeconfig.ts";
import { UserError } from "../model/errors.ts";
import type { ClusterConfig } from "../model/project.ts";
import type { Clock, ClusterProvider, Exec, ExecOptions, Files } from "../ports.ts";
import { kindProblem, stepOf } from "./kind-output.ts";
import { waitUntilReady } from "./kube/ready.ts";
import { readAccess } from "./kubeconfig.ts";
import { preflightKind } from "./preflight.ts";

type KindConfig = Extract<ClusterConfig, { provider: "kind" }>;

export interface KindPorts {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly files: Files;
  /** The project's folder, from which `config` counts. */
  readonly root: string;
}

const SHORT_MS = 60_000;
const CREATE_MS = 15 * 60_000;
const READY_MS = 120_000;

/**
 * A kind cluster. As with kind itself the context `kind-NAME` goes into $KUBECONFIG or ~/.kube/config, so that kubectl
 * works next to us; we ourselves ask kind for the credentials each time and depend on no file.
 */
export function kindCluster(config: KindConfig, ports: KindPorts): ClusterProvider {
  const { name } = config;
  const label = `kind/${name}`;
  const kind = (args: readonly string[], what: string, options: ExecOptions = {}) =>
    runKind(ports.exec, args, what, config.config, options);

  const exists = async () => {
    const { stdout } = await kind(["get", "clusters"], "list its clusters");
    return stdout.split("\n").some((line) => line.trim() === name);
  };
  const access = async () => {
    const { stdout } = await kind(["get", "kubeconfig", "--name", name], `give the credentials of ${label}`);
    const kubeconfig = parseKubeconfig([{ path: `kind get kubeconfig --name ${name}`, text: stdout }]);
    return readAccess(kubeconfig, null, ports.files, label);
  };
  const remove = () => kind(["delete", "cluster", "--name", name], `delete ${label}`);

  return {
    provider: "kind",
    label,
    owned: true,
    exists,
    access,
    async create(progress, signal) {
      await requireConfig(config, ports);
      // Asked before, so that a failed create never removes a cluster that was there already.
      if (await exists()) throw new UserError(kindProblem(`create ${label}`, alreadyThere(name), null));
      const path = config.config === null ? [] : ["--config", resolve(ports.root, config.config)];
      try {
        await kind(["create", "cluster", "--name", name, ...path], `create ${label}`, {
          timeoutMs: CREATE_MS,
          onLine: (line) => {
            const step = stepOf(line);
            if (step !== null) progress(step);
          },
          ...(signal === undefined ? {} : { signal }),
        });
        progress("Waiting for the API server");
        await waitUntilReady(await access(), ports, READY_MS, signal);
      } catch (error) {
        progress("Removing what was made of the cluster");
        await remove().catch(() => undefined);
        throw error;
      }
    },
    async delete(progress) {
      progress(`Deleting ${label}`);
      await remove();
    },
  };
}

async function runKind(
  exec: Exec,
  args: readonly string[],
  what: string,
  config: string | null,
  options: ExecOptions,
): Promise<{ stdout: string }> {
  let stderr: string;
  try {
    const result = await exec.run(["kind", ...args], { timeoutMs: SHORT_MS, ...options });
    if (result.exitCode === 0) return result;
    stderr = result.stderr;
  } catch (error) {
    if (error instanceof UserError && error.problems.some((problem) => problem.code === "program-missing")) {
      throw new UserError(await preflightKind(exec), { cause: error });
    }
    throw error;
  }
  // A missing or sleeping Docker explains more than kind's own words about it.
  const missing = await preflightKind(exec);
  throw new UserError(missing.length > 0 ? missing : kindProblem(what, stderr, config));
}

async function requireConfig(config: KindConfig, ports: KindPorts): Promise<void> {
  if (config.config === null || (await ports.files.read(resolve(ports.root, config.config))) !== null) return;
  throw new UserError({
    code: "kind-config-missing",
    message: `the kind config ${config.config} does not exist`,
    remedy: "write it (https://kind.sigs.k8s.io/docs/user/configuration/), or remove `config:` from k8sctl.yaml",
    severity: "error",
  });
}

function alreadyThere(name: string): string {
  return `ERROR: failed to create cluster: node(s) already exist for a cluster with the name "${name}"`;
}
