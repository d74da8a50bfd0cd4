import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { findClient } from "../scripts/real-clients/programs.ts";
import { type Bench, k8sctl } from "./cases.ts";
import { type ProcessRun, runProgram } from "./run-process.ts";
import { writeSyntheticProject } from "./synthetic-project.ts";

/** The same objects on the same server by k8sctl, kubectl and Terraform, in turns, each from nothing to nothing. */
export async function measurePeers(bench: Bench, size: number, runs: number): Promise<void> {
  const { scratch, target, note } = bench;
  const folder = join(scratch, `peers-${size}`);
  writeSyntheticProject(folder, size, target);
  const objects = join(scratch, `peers-${size}.yaml`);
  const synth = await k8sctl(bench, folder, "synth", "--objects", "--show-secrets");
  writeFileSync(objects, synth.stdout, { mode: 0o600 });
  await k8sctl(bench, folder, "synth", "--out", join(folder, "out"));
  for (let run = 1; run <= runs; run += 1) {
    note(`${size} objects by each: run ${run} of ${runs}`);
    await byK8sctl(bench, folder, size);
    await byKubectl(bench, objects, size);
    await byTerraform(bench, join(folder, "out/stacks/synthetic/cdk.tf.json"), size, run);
  }
}

async function byK8sctl(bench: Bench, folder: string, size: number): Promise<void> {
  const run = (...args: string[]) => k8sctl(bench, folder, ...args);
  const add = (name: string, figure: ProcessRun) => bench.figures.add(`k8sctl ${name}`, size, figure);
  add("up, all new", await run("up", "--yes"));
  add("plan, nothing to do", await run("plan"));
  add("up, nothing to do", await run("up", "--yes"));
  add("down", await run("down", "--yes", "--keep-cluster"));
}

async function byKubectl(bench: Bench, objects: string, size: number): Promise<void> {
  const { target, scratch, figures } = bench;
  const where = ["--kubeconfig", target.kubeconfig, "--context", target.context];
  const run = async (name: string, ...args: string[]) => {
    const figure = await runProgram("kubectl", [...args, "-f", objects, ...where], { cwd: scratch });
    if (figure.exitCode !== 0) throw new Error(`kubectl ${args.join(" ")}: exit code ${figure.exitCode}`);
    figures.add(`kubectl ${name}`, size, { ...figure, childMs: null });
  };
  await run("apply --server-side, all new", "apply", "--server-side");
  await run("diff --server-side, nothing to do", "diff", "--server-side");
  await run("apply --server-side, nothing to do", "apply", "--server-side");
  // Namespaces take their objects along while it goes on.
  await run("delete", "delete", "--wait", "--ignore-not-found");
}

async function byTerraform(bench: Bench, synthesized: string, size: number, number: number): Promise<void> {
  const terraform = findClient("terraform", process.env);
  const provider = findClient("terraform-provider-kubernetes", process.env);
  if (terraform === null || provider === null)
    return bench.note("SKIPPED Terraform: it or its provider is not installed");
  const cwd = join(bench.scratch, `terraform-${size}-${number}`);
  mkdirSync(cwd);
  const config = JSON.parse(readFileSync(synthesized, "utf8")) as { terraform: { backend?: unknown } };
  delete config.terraform.backend;
  writeFileSync(join(cwd, "main.tf.json"), JSON.stringify(config));
  const overrides = `dev_overrides { "hashicorp/kubernetes" = ${JSON.stringify(dirname(provider))} }`;
  writeFileSync(
    join(cwd, "terraformrc"),
    `provider_installation {\n  ${overrides}\n  direct { exclude = ["*/*"] }\n}\n`,
  );
  const env = {
    TF_CLI_CONFIG_FILE: join(cwd, "terraformrc"),
    KUBE_CONFIG_PATH: bench.target.kubeconfig,
    KUBE_CTX: bench.target.context,
    CHECKPOINT_DISABLE: "1",
  };
  const run = async (name: string, ...args: string[]) => {
    const figure = await runProgram(terraform, [...args, "-no-color"], { cwd, env });
    if (figure.exitCode !== 0) throw new Error(`terraform ${args.join(" ")}: exit code ${figure.exitCode}`);
    bench.figures.add(`terraform ${name}`, size, { ...figure, childMs: null });
  };
  await run("apply, all new", "apply", "-auto-approve");
  await run("plan, nothing to do", "plan");
  await run("apply, nothing to do", "apply", "-auto-approve");
  await run("destroy", "destroy", "-auto-approve");
}
