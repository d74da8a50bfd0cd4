import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa, type ResultPromise } from "execa";
import { systemExec } from "../../../src/host/exec.ts";
import type { ExecResult } from "../../../src/ports.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const program = join(root, "bin/k8sctl.js");
/** What hangs is a failure, and must not hold up what comes after. */
const LIMIT_MS = 280_000;

export interface KindProject {
  readonly folder: string;
  /** A kubeconfig of its own: the person's stays as it is. */
  readonly kubeconfig: string;
  readonly home: string;
  /** The built program. */
  k8sctl(...args: string[]): Promise<ExecResult>;
  /** The same, running; in a process group of its own, as from a terminal. */
  start(...args: string[]): ResultPromise<{ reject: false; all: true }>;
  run(...argv: [string, ...string[]]): Promise<ExecResult>;
  /** kubectl's answer as JSON. */
  json<T>(...args: string[]): Promise<T>;
  edit(file: string, from: string, to: string): void;
  write(file: string, text: string): void;
  remove(): void;
}

/** A project in a folder of its own; `share` takes kubeconfig and state of another, whose cluster it uses. */
export function makeProject(files: Readonly<Record<string, string>>, share?: KindProject): KindProject {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-kind-"));
  const home = share?.home ?? join(folder, "home");
  const kubeconfig = share?.kubeconfig ?? join(folder, "kubeconfig");
  const env = { K8SCTL_HOME: home, KUBECONFIG: kubeconfig, NO_COLOR: "1", CI: "true" };
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  const run = (...argv: [string, ...string[]]) => systemExec.run(argv, { cwd: folder, env, timeoutMs: LIMIT_MS });
  return {
    folder,
    home,
    kubeconfig,
    write,
    run,
    edit: (file, from, to) => {
      const text = readFileSync(join(folder, file), "utf8");
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
      write(file, text.replace(from, to));
    },
    async json<T>(...args: string[]): Promise<T> {
      const { stdout, stderr, exitCode } = await run("kubectl", ...args, "-o", "json");
      if (exitCode !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as T;
    },
    k8sctl: (...args) => run(process.execPath, program, ...args),
    start: (...args) =>
      execa(process.execPath, [program, ...args], { cwd: folder, env, reject: false, all: true, timeout: LIMIT_MS }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/**
 * Holds the pods of a cluster on the node image of ours to their NetworkPolicies: its bridge heeds none by itself, as kind's
 * own network does.
 */
export async function keepPolicies({ run }: KindProject): Promise<void> {
  for (const argv of [
    ["apply", "-f", join(root, "scripts/real-kind/network-policies.yaml")],
    ["rollout", "status", "-n", "kube-system", "daemonset/network-policies", "--timeout=60s"],
  ]) {
    const said = await run("kubectl", ...argv);
    if (said.exitCode !== 0) throw new Error(`${said.stdout}${said.stderr}`);
  }
}

/** A copy of an example, on the node image of K8SCTL_KIND_NODE_IMAGE where that is set. */
export function copyExample(example: string, share?: KindProject): KindProject {
  const project = makeProject({}, share);
  cpSync(join(root, "examples", example), project.folder, { recursive: true });
  const image = process.env["K8SCTL_KIND_NODE_IMAGE"];
  const role = "  - role: control-plane\n";
  if (image !== undefined) project.edit("kind-config.yaml", role, `${role}    image: ${image}\n`);
  return project;
}
