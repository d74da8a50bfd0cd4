import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
let repository: string;

/** The package as npm would publish it, installed into an empty directory. */
beforeAll(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "k8sctl-package-")));
  repository = join(folder, "gitops");
  mkdirSync(repository);
  execFileSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root, stdio: "pipe" });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"))!;
  const install = ["install", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund", join(folder, tarball)];
  execFileSync("npm", install, { cwd: repository, stdio: "pipe" });
}, 240_000);

afterAll(() => {
  k8sctl("down", "--yes", "--delete-volumes");
  k8sctl("cluster", "delete", "--cluster", "embedded", "--yes");
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

function k8sctl(...argv: string[]): { exitCode: number; text: string } {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    K8SCTL_HOME: join(folder, "home"),
    LANG: "C.UTF-8",
    CI: "true",
  };
  try {
    const options = { cwd: repository, env, encoding: "utf8", stdio: "pipe" } as const;
    return { exitCode: 0, text: execFileSync(join(repository, "node_modules/.bin/k8sctl"), argv, options) };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { exitCode: status, text: `${stdout}${stderr}` };
  }
}

test("init, validate, up and a stack of the library, from the installed package", () => {
  const init = k8sctl("init", "--name", "gitops");
  expect(init.exitCode, init.text).toBe(0);
  expect(existsSync(join(repository, "k8sctl.yaml"))).toBe(true);
  const valid = k8sctl("validate");
  expect(valid.exitCode, valid.text).toBe(0);
  const up = k8sctl("up", "--cluster", "embedded", "--yes");
  expect(up.exitCode, up.text).toBe(0);
  expect(up.text).toMatch(/Ready on embedded\/gitops/);
  expect(k8sctl("plan", "--cluster", "embedded", "--detailed-exitcode").exitCode).toBe(0);
  const second = k8sctl("init");
  expect([second.exitCode, second.text]).toEqual([1, expect.stringMatching(/already there/)]);
}, 120_000);

test("a stack that uses k8sctl/stacks has its types: a misspelt option is an error", () => {
  const stack = (option: string) => `import { Postgres } from "k8sctl/stacks/postgres";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";

export default class Data extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new KubernetesProvider(this, "kubernetes");
    new RandomProvider(this, "random");
    const namespace = new NamespaceV1(this, "namespace", { metadata: { name: "data" } });
    new Postgres(this, "db", {
      namespace: namespace.metadata.name,
      ${option}: "1Gi",
    });
  }
}
`;
  const yaml = "project: gitops\nclusters: { embedded: { provider: embedded } }\nstacks: [{ file: stacks/data.ts }]\n";
  writeFileSync(join(repository, "k8sctl.yaml"), yaml);
  writeFileSync(join(repository, "stacks/data.ts"), stack("storage"));
  const valid = k8sctl("validate");
  expect(valid.exitCode, valid.text).toBe(0);
  const up = k8sctl("up", "--yes");
  expect(up.exitCode, up.text).toBe(0);
  writeFileSync(join(repository, "stacks/data.ts"), stack("storag"));
  const misspelt = k8sctl("validate");
  expect(misspelt.exitCode).toBe(1);
  expect(misspelt.text).toMatch(/stacks\/data\.ts:16.*storag/);
}, 120_000);
