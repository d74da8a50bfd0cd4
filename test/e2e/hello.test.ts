import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { renderCredentials } from "../../src/access/render.ts";
import { makeCredentials } from "../../src/embedded/credentials.ts";
import { homeOfTest, runMain } from "../cli/command-line.ts";
import { startProxy } from "../crash/proxy.ts";
import { temporaryProject } from "../host/temporary-project.ts";
import { clusterOfFile, theCluster } from "./cluster.ts";

const example = fileURLToPath(new URL("../../examples/01-hello", import.meta.url));

const cluster = clusterOfFile();

/** A kubeconfig whose context `api` leads through a proxy, and what was written or pretended since the last question. */
async function audited() {
  const { access } = theCluster();
  if (access.credentials.kind !== "certificate") throw new Error("an administrator has a certificate");
  const own = await makeCredentials("proxy", Date.now());
  const admin = { certificate: access.credentials.certificate, key: access.credentials.key.reveal() };
  const proxy = await startProxy(Number(new URL(access.server).port), {
    authority: { certificate: access.certificateAuthority! },
    server: own.server,
    admin,
  });
  const folder = mkdtempSync(join(tmpdir(), "k8sctl-audited-"));
  onTestFinished(async () => {
    await proxy.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const kubeconfig = join(folder, "kubeconfig");
  const through = {
    ...access,
    server: `https://127.0.0.1:${proxy.port}`,
    certificateAuthority: own.authority.certificate,
  };
  writeFileSync(kubeconfig, renderCredentials(through, "kubeconfig").reveal(), { mode: 0o600 });
  const asked = (): string[] => {
    const requests = proxy.seen().filter((request) => !request.startsWith("GET "));
    proxy.arm(null, () => undefined);
    return requests.map((request) => request.replace(/\?.*dryRun.*/, " (dry run)").replace(/\?.*/, ""));
  };
  return { kubeconfig, asked };
}

test("examples/01-hello by the command line, in a context of a kubeconfig", async () => {
  const root = temporaryProject({
    "k8sctl.yaml": `project: hello
clusters:
  api: { provider: context, context: api }
variables: { replicas: 2 }
stacks:
  - { file: stacks/hello.ts, vars: { greeting: Hello } }
`,
  });
  cpSync(join(example, "stacks"), join(root, "stacks"), { recursive: true });

  const { kubeconfig, asked } = await audited();
  const home = homeOfTest();
  const k8sctl = (...argv: string[]) => runMain(root, home, argv, { env: { KUBECONFIG: kubeconfig } });

  const first = await k8sctl("up", "--yes", "--output", "json");
  expect(first.stderr).toBe("");
  expect(first.lines.at(-1)).toMatchObject({
    type: "finished",
    ok: true,
    exitCode: 0,
    counts: { create: 4, failed: 0 },
  });

  asked();
  const second = await k8sctl("up", "--yes", "--detailed-exitcode", "--output", "json");
  expect(second.lines.at(-1)).toMatchObject({ exitCode: 0, counts: { unchanged: 4, update: 0 } });
  expect(asked().filter((request) => !request.includes("/leases"))).toEqual([]);

  const plan = await k8sctl("plan", "--var", "replicas=3", "--detailed-exitcode");
  expect(plan.exitCode).toBe(2);
  expect(plan.stdout).toMatch(/~ Deployment hello\/web/);
  expect(plan.stdout).toMatch(/spec\.replicas\s+2 → 3/);
  expect(plan.stdout).toContain("1 to change, 0 to replace, 0 to delete, 3 unchanged");
  expect(asked()).toEqual(["PATCH /apis/apps/v1/namespaces/hello/deployments/web (dry run)"]);

  const status = await k8sctl("status");
  expect(status).toMatchObject({ exitCode: 0, stderr: "" });

  const down = await k8sctl("down", "--yes", "--output", "json");
  expect(down.lines.at(-1)).toMatchObject({ exitCode: 0, counts: { delete: 4, failed: 0 } });
  for (const kind of ["Secret", "Lease"]) {
    const group = kind === "Lease" ? "coordination.k8s.io" : "";
    expect((await cluster.kube.list({ group, version: "v1", kind }, { namespace: "default" })).items).toEqual([]);
  }
  const namespace = { group: "", version: "v1", kind: "Namespace", namespace: "", name: "hello" };
  expect(await cluster.kube.get(namespace)).toBeNull();
});
