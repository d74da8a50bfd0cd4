import type { Command } from "commander";
import { userError } from "../../model/errors.ts";
import type { Project } from "../../model/project.ts";
import type { ClusterProvider, Ports } from "../../ports.ts";
import { confirm, confirmName } from "../confirm.ts";
import { writeCredentials } from "../credentials-output.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { clusterOf, loadProject } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { tableOptions } from "../views.ts";
import { makePorts } from "../wire.ts";

interface Context {
  readonly io: CliIo;
  readonly options: Options;
  readonly args: readonly string[];
  readonly project: Project;
  readonly ports: Ports;
}

type Action = (context: Context) => Promise<number>;

/** `cluster create|delete|list|credentials|kubeconfig|load-image`. */
export async function run(io: CliIo, options: Options, args: readonly string[], self: Command): Promise<number> {
  const project = await loadProject(io, options);
  const action = ACTIONS[self.name()];
  if (action === undefined) throw new Error(`no action for cluster ${self.name()}`);
  return action({ io, options, args, project, ports: makePorts(io) });
}

const create: Action = async (context) => {
  const { io, ports, project, options } = context;
  const provider = chosen(context);
  const name = clusterOf(project, options);
  if (await provider.exists()) {
    io.stdout.write(`${provider.label} exists\n`);
    const changes = (await provider.differences?.()) ?? [];
    for (const { path, before, after } of changes)
      io.stdout.write(
        `  not as its config says: ${path} is ${before ?? "not there"}, wanted ${after ?? "not to be there"}\n`,
      );
    if (changes.length > 0) io.stdout.write("→ `k8sctl up` replaces it, with everything in it\n");
    await furnish(io, provider);
    return 0;
  }
  await provider.create(progressTo(io), interruptSignal(io));
  await furnish(io, provider);
  const kube = ports.connect(await provider.access());
  const { gitVersion } = await kube.version();
  kube.close();
  io.stdout.write(`${provider.label} is up: ${gitVersion} at ${kube.server}\n`);
  io.stdout.write(`→ kubectl: export KUBECONFIG="$(k8sctl cluster kubeconfig --cluster ${name})"\n`);
  return 0;
};

/** The images and the registry of k8sctl.yaml. */
async function furnish(io: CliIo, provider: ClusterProvider): Promise<void> {
  await provider.connectRegistry?.(progressTo(io));
  const missing = (await provider.missingImages?.()) ?? [];
  if (missing.length > 0) await provider.loadImages?.(missing, progressTo(io));
}

const remove: Action = async (context) => {
  const { io, options } = context;
  const provider = chosen(context);
  if (!(await provider.exists())) {
    io.stdout.write(`${provider.label} does not exist\n`);
    return 0;
  }
  const owned = await provider.owned().catch(() => false);
  if (owned || provider.provider === "context") {
    await confirm(io, options, `Delete ${provider.label} and everything in it?`);
  } else await confirmName(io, options, provider.label, `k8sctl did not create ${provider.label}.`);
  await provider.delete(progressTo(io));
  io.stdout.write(`${provider.label} is deleted\n`);
  return 0;
};

const list: Action = async ({ io, options, project, ports }) => {
  const rows = await Promise.all(
    Object.entries(project.clusters).map(async ([key, config]) => {
      const cluster = ports.cluster(project, key);
      // A tool that is missing means that no cluster of its kind can be there.
      const exists = await cluster.exists().catch(() => false);
      const version = exists ? await versionOf(ports, cluster) : null;
      const isDefault = key === project.defaultCluster;
      return { key, provider: config.provider, label: cluster.label, isDefault, exists, version };
    }),
  );
  if (options.output === "json") io.stdout.write(`${JSON.stringify(rows)}\n`);
  else {
    const { renderClusters } = await import("../../view/tables.ts");
    io.stdout.write(renderClusters(rows, tableOptions(io, options)));
  }
  return 0;
};

/** null where the cluster does not answer. */
async function versionOf(ports: Ports, provider: ClusterProvider): Promise<string | null> {
  try {
    const kube = ports.connect(await provider.access());
    try {
      return (await kube.version()).gitVersion;
    } finally {
      kube.close();
    }
  } catch {
    return null;
  }
}

const credentials: Action = async (context) => {
  const provider = await existing(chosen(context));
  return writeCredentials(context.io, context.options, context.ports.files, await provider.access());
};

const kubeconfig: Action = async ({ io, options, project, ports }) => {
  const provider = await existing(ports.cluster(project, clusterOf(project, options)));
  const { kubeconfigFile } = await import("../wire.ts");
  const { renderCredentials } = await import("../../access/render.ts");
  const { resolve } = await import("node:path");
  const path = options.out === undefined ? kubeconfigFile(io, provider.label) : resolve(io.cwd, options.out);
  await ports.files.write(path, renderCredentials(await provider.access(), "kubeconfig").reveal(), 0o600);
  io.stdout.write(`${path}\n`);
  return 0;
};

const loadImage: Action = async (context) => {
  const { io, args, options, project, ports } = context;
  const name = clusterOf(project, options);
  const config = project.clusters[name];
  if (config?.provider !== "kind") {
    throw userError("load-image-unsupported", `images can be loaded into kind clusters only`, {
      remedy: "push the image to a registry that the cluster can reach",
    });
  }
  const clusters = { ...project.clusters, [name]: { ...config, images: args } };
  const provider = await existing(ports.cluster({ ...project, clusters }, name));
  const missing = (await provider.missingImages?.()) ?? [];
  for (const image of args.filter((each) => !missing.includes(each))) io.stdout.write(`${image} is there\n`);
  if (missing.length === 0) return 0;
  await provider.loadImages?.(missing, progressTo(io));
  for (const image of missing) io.stdout.write(`${image} is loaded\n`);
  return 0;
};

const ACTIONS: Readonly<Record<string, Action>> = {
  create,
  delete: remove,
  list,
  credentials,
  kubeconfig,
  "load-image": loadImage,
};

function chosen({ options, project, ports }: Context): ClusterProvider {
  return ports.cluster(project, clusterOf(project, options));
}

async function existing(provider: ClusterProvider): Promise<ClusterProvider> {
  if (await provider.exists()) return provider;
  throw userError("cluster-missing", `the cluster ${provider.label} does not exist`, {
    remedy: "create it with `k8sctl cluster create` or `k8sctl up`",
  });
}

/** Steps of a creation go to stderr: stdout is for the result. */
function progressTo(io: CliIo): (message: string) => void {
  return (message) => io.stderr.write(`  ${message}\n`);
}
