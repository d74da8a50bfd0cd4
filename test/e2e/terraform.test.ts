import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { findClient } from "../../scripts/real-clients/programs.ts";
import { homeOfTest, runMain } from "../cli/command-line.ts";
import { configMap, deployment } from "../cli/stacks.ts";
import { clusterOfFile, onReal } from "./cluster.ts";

const terraform = findClient("terraform", process.env);
const provider = findClient("terraform-provider-kubernetes", process.env);
const missing = terraform === null ? "terraform" : provider === null ? "its kubernetes provider" : null;
if (missing !== null) console.warn(`SKIPPED Terraform: ${missing} is not installed, see docs/testing.md`);

const cluster = clusterOfFile();
const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "k8sctl-terraform-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface TerraformConfig {
  terraform?: { backend?: unknown; required_providers?: Record<string, unknown> };
  provider?: Record<string, unknown>;
  resource: Record<string, unknown>;
}

/** A folder in which Terraform runs with the provider that was built: no registry is asked, nothing is initialized. */
function workspace(name: string) {
  const place = join(folder, name);
  mkdirSync(place);
  const rc = join(place, "terraformrc");
  const overrides = `dev_overrides { "hashicorp/kubernetes" = ${JSON.stringify(dirname(provider ?? "/"))} }`;
  writeFileSync(rc, `provider_installation {\n  ${overrides}\n  direct { exclude = ["*/*"] }\n}\n`);
  const env = {
    PATH: process.env.PATH,
    HOME: place,
    TF_CLI_CONFIG_FILE: rc,
    KUBE_CONFIG_PATH: cluster.kubeconfig,
    CHECKPOINT_DISABLE: "1",
  };
  const run = async (...args: readonly string[]): Promise<string> =>
    (await promisify(execFile)(terraform!, [...args, "-no-color"], { cwd: place, env, timeout: 120_000 })).stdout;
  onTestFinished(() =>
    run("destroy", "-auto-approve").then(
      () => undefined,
      () => undefined,
    ),
  );
  return {
    write: (config: TerraformConfig) => writeFileSync(join(place, "main.tf.json"), JSON.stringify(config)),
    apply: () => run("apply", "-auto-approve"),
    destroy: () => run("destroy", "-auto-approve"),
    /** Exit code 2, changes, is no error here. */
    plan: async (): Promise<string> =>
      run("plan", "-detailed-exitcode").catch((error: { code?: number; stdout?: string }) => {
        if (error.code !== 2) throw error;
        return error.stdout ?? "";
      }),
  };
}

describe.skipIf(missing !== null)("Terraform with its kubernetes provider", { timeout: 180_000 }, () => {
  test("applies, finds nothing to do, updates in place, replaces, destroys", async () => {
    const work = workspace("small");
    const config = (image: string, selector: string): TerraformConfig => ({
      terraform: { required_providers: { kubernetes: { source: "hashicorp/kubernetes" } } },
      provider: { kubernetes: [{}] },
      resource: {
        kubernetes_namespace_v1: { ns: { metadata: { name: "terraform" } } },
        kubernetes_config_map_v1: {
          page: configMap("page", { word: image }, "${kubernetes_namespace_v1.ns.metadata[0].name}"),
        },
        kubernetes_deployment_v1: {
          web: deployment(selector, {
            namespace: "${kubernetes_namespace_v1.ns.metadata[0].name}",
            image,
            replicas: 2,
          }),
        },
        kubernetes_service_v1: {
          web: {
            metadata: { name: "web", namespace: "${kubernetes_namespace_v1.ns.metadata[0].name}" },
            spec: { selector: { app: selector }, port: [{ port: 80, target_port: "8080" }] },
          },
        },
      },
    });
    work.write(config("web:1", "web"));
    expect(await work.apply()).toContain("Apply complete! Resources: 4 added, 0 changed, 0 destroyed.");
    expect(await work.plan()).toContain("No changes.");

    work.write(config("web:2", "web"));
    expect(await work.plan()).toContain("Plan: 0 to add, 2 to change, 0 to destroy.");
    await work.apply();
    const ref = { group: "apps", version: "v1", kind: "Deployment", namespace: "terraform", name: "web" };
    expect(JSON.stringify(await cluster.kube.get(ref))).toContain('"image":"web:2"');

    work.write(config("web:2", "shop"));
    expect(await work.plan()).toContain("Plan: 1 to add, 1 to change, 1 to destroy.");
    await work.apply();
    expect(await work.plan()).toContain("No changes.");

    // What others change is seen and taken back.
    await cluster.kube.patch({ ...ref, name: "shop" }, { spec: { replicas: 5 } }, "kubectl-scale");
    expect(await work.plan()).toContain("Plan: 0 to add, 1 to change, 0 to destroy.");

    expect(await work.destroy()).toContain("Destroy complete! Resources: 4 destroyed.");
    expect(await cluster.kube.get({ ...ref, name: "shop" })).toBeNull();
  });

  // On a server without nodes and load balancers the stacks never become what the provider waits for.
  test.skipIf(onReal).each(["nginx-ingress", "prometheus", "postgres", "redis", "kafka"])(
    "takes what k8sctl synthesizes of the stack library: %s",
    async (stack) => {
      const out = join(folder, `synth-${stack}`);
      const home = homeOfTest();
      const synth = await runMain(root, home, ["synth", "--cluster", "embedded", "--stack", stack, "--out", out]);
      expect(synth.exitCode, synth.all).toBe(0);
      const work = workspace(stack);
      work.write(withoutRandom(readFileSync(join(out, "stacks", stack, "cdk.tf.json"), "utf8")));
      expect(await work.apply()).toMatch(/Apply complete! Resources: \d+ added, 0 changed, 0 destroyed\./);
      expect(await work.plan()).toContain("No changes.");
      expect(await work.destroy()).toContain("Destroy complete!");
    },
  );
});

/** The random provider cannot be built from a Go module: its values are given; state stays in the workspace. */
function withoutRandom(text: string): TerraformConfig {
  const config = JSON.parse(text) as TerraformConfig;
  delete config.terraform?.backend;
  delete config.terraform?.required_providers?.["random"];
  delete config.provider?.["random"];
  for (const type of Object.keys(config.resource)) if (type.startsWith("random_")) delete config.resource[type];
  const value = Buffer.from("0123456789abcdef").toString("base64url");
  const whole = JSON.stringify(config).replaceAll(/\$\{random_\w+\.[\w-]+\.\w+\}/g, value);
  return JSON.parse(whole.replaceAll(/random_\w+\.[\w-]+\.(result|b64_url|id|hex)/g, `\\"${value}\\"`));
}
