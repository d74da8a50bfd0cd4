import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the k8sctl package that is running: a checkout, or node_modules/k8sctl. Same in dist and in source. */
export function ownPackageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = join(folder, "package.json");
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, "utf8")) as { name?: string }).name === "k8sctl") {
      return folder;
    }
    const parent = dirname(folder);
    if (parent === folder) throw new Error("the k8sctl package has no package.json above its code");
    folder = parent;
  }
}

/** Whether this very file runs as TypeScript source (tests, `jiti src/cli/main.ts`) and not from dist/. */
export function runsFromSource(): boolean {
  return import.meta.url.endsWith(".ts");
}
