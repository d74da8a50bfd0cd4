import { accessOf, filesNeeded } from "../access/access.ts";
import { type Kubeconfig, type KubeconfigText, parseKubeconfig } from "../access/kubeconfig.ts";
import type { ClusterAccess } from "../model/access.ts";
import type { Files } from "../ports.ts";

/** The kubeconfig files at `paths` as one; those that do not exist count as empty, as for kubectl. */
export async function readKubeconfig(paths: readonly string[], files: Files): Promise<Kubeconfig> {
  const texts = await Promise.all(paths.map(async (path) => ({ path, text: await files.read(path) })));
  return parseKubeconfig(texts.filter((file): file is KubeconfigText => file.text !== null));
}

/** The access of a context (null: the current one), with the files that it refers to read in. */
export async function readAccess(
  config: Kubeconfig,
  context: string | null,
  files: Files,
  name?: string,
): Promise<ClusterAccess> {
  const needed = await Promise.all(
    filesNeeded(config, context).map(async (path) => [path, await files.read(path)] as const),
  );
  return accessOf(config, context, new Map(needed), name);
}
