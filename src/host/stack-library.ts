import { existsSync } from "node:fs";
import { join } from "node:path";

/**
 * The folder that serves `k8sctl/stacks/*`: of the k8sctl that the project has installed, else of the one that runs.
 * In a checkout these are the sources, so that an edit shows without a build; the published package has only dist/.
 */
export function stackLibrary(root: string, ownPackage: string): string {
  const installed = join(root, "node_modules/k8sctl");
  const folder = existsSync(installed) ? installed : ownPackage;
  const sources = join(folder, "stacks");
  return existsSync(sources) ? sources : join(folder, "dist/stacks");
}
