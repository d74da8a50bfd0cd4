import { expiryOf, expiryRemedy, expiryWords } from "../access/expiry.ts";
import { KubeError, type Problem, userError } from "../model/errors.ts";
import type { PlannedCluster } from "../model/plan.ts";
import type { Project } from "../model/project.ts";
import type { ClusterProvider, Kube, Ports } from "../ports.ts";

const ROLES_MS = 10_000;

/** The cluster of a run: its provider, and a connection where it exists. */
export interface OpenCluster {
  readonly provider: ClusterProvider;
  readonly kube: Kube | null;
  readonly planned: PlannedCluster;
}

/** Looks for the cluster without creating it. */
export async function openCluster(
  ports: Ports,
  project: Project,
  name: string,
  tell?: (message: string) => void,
): Promise<OpenCluster> {
  const provider = ports.cluster(project, name);
  if (!(await provider.exists())) {
    const { provider: kind, label: name } = provider;
    return { provider, kube: null, planned: { name, provider: kind, action: "create", version: null, nodes: null } };
  }
  return connectCluster(ports, provider, tell);
}

/**
 * Connects to a cluster that exists, and asks for its version: the first request shows whether it answers. `tell` hears
 * of a server that keeps silent later.
 */
async function connectCluster(
  ports: Ports,
  provider: ClusterProvider,
  tell?: (message: string) => void,
): Promise<OpenCluster> {
  const access = await provider.access();
  const ending = expiryWords(access, ports.clock.wall());
  if (expiryOf(access, ports.clock.wall()).state === "soon" && ending !== null) tell?.(ending);
  const kube = ports.connect(access, tell);
  try {
    const { gitVersion } = await versionOf(kube, ports);
    const planned = {
      name: provider.label,
      provider: provider.provider,
      action: "unchanged",
      version: gitVersion,
      nodes: null,
    } as const;
    return { provider, kube, planned };
  } catch (error) {
    kube.close();
    // Whatever the server made of it, this is why.
    if (expiryOf(access, ports.clock.wall()).state === "expired" && ending !== null) {
      throw userError("certificate-expired", ending, {
        remedy: expiryRemedy(provider.provider, provider.label),
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * Everybody may ask for the version (the role system:public-info-viewer): a server that refuses it has only just started
 * and not read its roles yet.
 */
async function versionOf(kube: Kube, { clock }: Pick<Ports, "clock">): Promise<{ gitVersion: string }> {
  const started = clock.monotonic();
  for (;;) {
    try {
      return await kube.version();
    } catch (error) {
      const early = error instanceof KubeError && error.status === 403;
      if (!early || clock.monotonic() - started > ROLES_MS) throw error;
      await clock.sleep(500);
    }
  }
}

/**
 * What a run would do to the cluster itself: create it, load images into it, replace it where it is not as its config
 * says. Throws what stands in the way. One that k8sctl did not make, or that may not be replaced now, stays as it is.
 */
export async function prepareCluster(
  cluster: OpenCluster,
  { mayReplace }: { readonly mayReplace: boolean },
): Promise<OpenCluster & { readonly warnings: readonly Problem[] }> {
  const { provider, kube, planned } = cluster;
  const images = (await provider.missingImages?.()) ?? [];
  const loading = images.length === 0 ? {} : { images };
  if (kube === null) {
    const { nodes } = await provider.prepare();
    return { provider, kube, planned: { ...planned, ...loading, nodes }, warnings: [] };
  }
  const changes = (await provider.differences?.()) ?? [];
  if (changes.length === 0) return { provider, kube, planned: { ...planned, ...loading }, warnings: [] };
  const owned = await provider.owned();
  if (!mayReplace || !owned) {
    const paths = changes.map(({ path }) => path).join(", ");
    const why = owned ? "only `k8sctl up` replaces it" : "k8sctl did not create it, so it is used as it is";
    const message = `${provider.label} is not as its config says (${paths}); ${why}`;
    const warnings: Problem[] = [{ code: "cluster-differs", message, severity: "warning" }];
    return { provider, kube, planned: { ...planned, ...loading }, warnings };
  }
  const claims = await kube.list({ group: "", version: "v1", kind: "PersistentVolumeClaim" });
  kube.close();
  const { nodes } = await provider.prepare();
  const losesClaims = claims.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const replaced: PlannedCluster = { ...planned, ...loading, action: "replace", nodes, changes, losesClaims };
  return { provider, kube: null, planned: replaced, warnings: [] };
}

/** Makes the cluster, in place of the one that is there where that is to be replaced, and connects to it. */
export async function createCluster(
  ports: Ports,
  { provider, planned }: OpenCluster,
  options: {
    readonly progress: (message: string) => void;
    readonly warn: (message: string) => void;
    readonly stop: AbortSignal;
  },
): Promise<OpenCluster> {
  if (planned.action === "replace") {
    await provider.delete(options.progress);
    options.stop.throwIfAborted();
  }
  await provider.create(options.progress, options.stop);
  return connectCluster(ports, provider, options.warn);
}

export function clusterNeeded(kube: Kube | null, label: string): Kube {
  if (kube !== null) return kube;
  throw userError("cluster-missing", `the cluster ${label} does not exist`, {
    remedy: "create it with `k8sctl up` or `k8sctl cluster create`",
  });
}
