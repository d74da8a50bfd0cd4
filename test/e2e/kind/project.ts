import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { systemExec } from "../../../src/host/exec.ts";
import type { ExecResult } from "../../../src/ports.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

export interface KindProject {
  readonly folder: string;
  /** A kubeconfig of its own: the person's stays as it is. */
  readonly kubeconfig: string;
  readonly home: string;
  /** The built program. */
  k8sctl(...args: string[]): Promise<ExecResult>;
  run(...argv: [string, ...string[]]): Promise<ExecResult>;
  edit(file: string, from: string, to: string): void;
  remove(): void;
}

/** A copy of an example, on the node image of K8SCTL_KIND_NODE_IMAGE where that is set. */
export function copyExample(example: string): KindProject {
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-kind-"));
  const home = join(folder, "home");
  const kubeconfig = join(folder, "kubeconfig");
  cpSync(join(root, "examples", example), folder, { recursive: true });
  const env = { K8SCTL_HOME: home, KUBECONFIG: kubeconfig, NO_COLOR: "1", CI: "true" };
  const edit = (file: string, from: string, to: string): void => {
    const text = readFileSync(join(folder, file), "utf8");
    if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
    writeFileSync(join(folder, file), text.replace(from, to));
  };
  const image = process.env["K8SCTL_KIND_NODE_IMAGE"];
  const role = "  - role: control-plane\n";
  if (image !== undefined) edit("kind-config.yaml", role, `${role}    image: ${image}\n`);
  return {
    folder,
    home,
    kubeconfig,
    edit,
    run: (...argv) => systemExec.run(argv, { cwd: folder, env }),
    k8sctl: (...args) => systemExec.run([process.execPath, join(root, "bin/k8sctl.js"), ...args], { cwd: folder, env }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
