import { createHash } from "node:crypto";
import { accessSync, constants, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { availableParallelism, homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemExec } from "../../src/host/exec.ts";

/** Absolute paths of the programs. */
export interface Binaries {
  readonly etcd: string;
  readonly apiserver: string;
  readonly controllers: string;
}

const NAMES = { etcd: "etcd", apiserver: "kube-apiserver", controllers: "kube-controller-manager" } as const;
const module = fileURLToPath(new URL(".", import.meta.url));

/**
 * The programs of one folder: KUBEBUILDER_ASSETS, a folder of PATH that holds all three, or our cache, into which they
 * are built from their Go modules where it is empty. `tell` hears of a build, which takes minutes.
 */
export async function findBinaries(env: NodeJS.ProcessEnv, tell: (line: string) => void): Promise<Binaries> {
  const folders = [env["KUBEBUILDER_ASSETS"], ...(env["PATH"] ?? "").split(delimiter)];
  for (const folder of folders) {
    if (folder !== undefined && folder !== "" && missingOf(folder, Object.values(NAMES)).length === 0) {
      return inFolder(folder);
    }
  }
  return inFolder(await buildPrograms(Object.values(NAMES), env, tell));
}

/**
 * The folder of our cache with these programs in it: `etcd` and commands of k8s.io/kubernetes that go.mod names as
 * tools. Builds those that are missing.
 */
export async function buildPrograms(
  names: readonly string[],
  env: NodeJS.ProcessEnv,
  tell: (line: string) => void,
): Promise<string> {
  const cached = cacheFolder(env);
  const missing = missingOf(cached, names);
  if (missing.length > 0) await build(cached, missing, tell);
  return cached;
}

/** One folder per content of go.mod and go.sum: another version never meets an old program. */
function cacheFolder(env: NodeJS.ProcessEnv): string {
  const base = env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const digest = createHash("sha256");
  for (const file of ["go.mod", "go.sum"]) digest.update(readFileSync(join(module, file)));
  return join(base, "k8sctl-e2e", `${kubernetesVersion()}-${digest.digest("hex").slice(0, 12)}`);
}

function kubernetesVersion(): string {
  const found = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(readFileSync(join(module, "go.mod"), "utf8"));
  if (found?.[1] === undefined) throw new Error("scripts/real-api/go.mod names no version of k8s.io/kubernetes");
  return found[1];
}

function inFolder(folder: string): Binaries {
  return {
    etcd: join(folder, NAMES.etcd),
    apiserver: join(folder, NAMES.apiserver),
    controllers: join(folder, NAMES.controllers),
  };
}

function missingOf(folder: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return false;
    } catch {
      return true;
    }
  });
}

/** Into a folder aside; a program takes its place when it is whole: a build that was killed leaves nothing half. */
async function build(target: string, names: readonly string[], tell: (line: string) => void): Promise<void> {
  const aside = `${target}.${process.pid}`;
  const version = kubernetesVersion();
  const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version)!;
  const stamp = "k8s.io/component-base/version";
  const flags = [
    "-s -w",
    `-X ${stamp}.gitVersion=${version}`,
    `-X ${stamp}.gitMajor=${major}`,
    `-X ${stamp}.gitMinor=${minor}`,
    `-X ${stamp}.gitTreeState=clean`,
  ];
  mkdirSync(aside, { recursive: true });
  mkdirSync(target, { recursive: true });
  tell(`building ${names.join(", ")} ${version} into ${target}; this takes minutes`);
  const commands = names.filter((name) => name !== NAMES.etcd).map((name) => `k8s.io/kubernetes/cmd/${name}`);
  try {
    if (commands.length > 0) await go(["-ldflags", flags.join(" "), "-o", `${aside}/`, ...commands]);
    if (names.includes(NAMES.etcd)) {
      await go(["-ldflags", "-s -w", "-o", join(aside, NAMES.etcd), "go.etcd.io/etcd/server/v3"]);
    }
    for (const name of names) renameSync(join(aside, name), join(target, name));
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }

  async function go(args: readonly string[]): Promise<void> {
    // One compiler less than there are processors: the machine has other work.
    const jobs = Math.max(2, availableParallelism() - 1);
    const argv = [
      "nice",
      "-n",
      "10",
      "go",
      "build",
      "-trimpath",
      "-mod=readonly",
      "-p",
      String(jobs),
      ...args,
    ] as const;
    const { exitCode, stderr } = await systemExec.run([...argv], { cwd: module, env: { CGO_ENABLED: "0" } });
    if (exitCode !== 0) throw new Error(`go build failed with ${exitCode}:\n${stderr.slice(-4000)}`);
  }
}
