import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { systemExec } from "../../src/host/exec.ts";

/**
 * Modules by the name of their program. The provider's module path lacks the /v2 of its tags, so that Go installs it by a
 * pseudo-version only; this one is from after 3.1.0.
 */
const MODULES = {
  "terraform-provider-kubernetes":
    "github.com/hashicorp/terraform-provider-kubernetes@v1.13.4-0.20260821094251-3a33fb6cc605",
  helm: "helm.sh/helm/v3/cmd/helm@v3.22.0",
} as const;

type Buildable = keyof typeof MODULES;

/**
 * A client that others wrote, for tests and benchmarks: from the folder in K8SCTL_CLIENTS, from PATH, or from our cache,
 * into which `npm run build:clients` builds those that Go can build. null: it is nowhere.
 */
export function findClient(name: Buildable | "terraform", env: NodeJS.ProcessEnv): string | null {
  const folders = [env["K8SCTL_CLIENTS"] ?? "", ...(env["PATH"] ?? "").split(delimiter), cacheFolder(env)];
  const paths = folders.filter((folder) => folder !== "").map((folder) => join(folder, name));
  return paths.find(isProgram) ?? null;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** One folder per set of versions. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const digest = createHash("sha256").update(JSON.stringify(MODULES)).digest("hex").slice(0, 12);
  return join(env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "k8sctl-e2e", `clients-${digest}`);
}

/** Builds what is nowhere yet; a line per program says where it is or why not. Takes minutes the first time. */
export async function buildClients(env: NodeJS.ProcessEnv): Promise<string[]> {
  const lines: string[] = [];
  for (const [name, module] of Object.entries(MODULES) as [Buildable, string][]) {
    const found = findClient(name, env);
    lines.push(found === null ? await build(name, module, env) : `${name}: ${found}`);
  }
  const terraform = findClient("terraform", env);
  // Its go.mod replaces modules by local paths, which Go refuses to install.
  return [...lines, terraform === null ? "SKIPPED terraform: not on PATH" : `terraform: ${terraform}`];
}

async function build(name: Buildable, module: string, env: NodeJS.ProcessEnv): Promise<string> {
  const folder = cacheFolder(env);
  mkdirSync(folder, { recursive: true });
  const argv = ["nice", "-n", "10", "go", "install", "-trimpath", "-ldflags", "-s -w", module] as const;
  try {
    const { exitCode, stderr } = await systemExec.run([...argv], { env: { GOBIN: folder, CGO_ENABLED: "0" } });
    if (exitCode !== 0) return `SKIPPED ${name}: go install failed with ${exitCode}: ${stderr.trim().slice(-500)}`;
  } catch (error) {
    return `SKIPPED ${name}: ${error instanceof Error ? error.message : String(error)}`;
  }
  return `${name}: ${join(folder, name)}`;
}
