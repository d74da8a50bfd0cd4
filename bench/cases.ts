import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { KubeObject } from "../src/model/objects.ts";
import type { Figures } from "./figures.ts";
import type { RawRequests } from "./raw-requests.ts";
import { type ProcessRun, runNode } from "./run-process.ts";
import { writeSyntheticProject } from "./synthetic-project.ts";
import type { TargetCluster } from "./target-cluster.ts";

export interface Bench {
  /** This repository, built. */
  readonly root: string;
  readonly scratch: string;
  readonly target: TargetCluster;
  readonly raw: RawRequests;
  readonly figures: Figures;
  readonly note: (text: string) => void;
}

/** What the CLI's own start costs. */
export async function measureStart({ root, figures }: Bench, runs: number): Promise<void> {
  // Starts are short and noisy: many of them, in turns.
  for (let run = 0; run < runs * 4; run += 1) {
    figures.add("node -e 0", null, await runNode(["-e", "0"], { cwd: root }));
    figures.add("k8sctl --help", null, await runNode([join(root, "bin/k8sctl.js"), "--help"], { cwd: root }));
  }
}

/** An `up` of real stacks that finds nothing to do: the repository's own project, or else its first example. */
export async function measureProject(bench: Bench, runs: number): Promise<string> {
  const { root, scratch, figures } = bench;
  const own = existsSync(join(root, "k8sctl.yaml"));
  const name = own ? "stacks/" : "01-hello";
  const source = own ? root : join(root, "examples/01-hello");
  const folder = join(scratch, "project");
  mkdirSync(folder);
  cpSync(join(source, "stacks"), join(folder, "stacks"), { recursive: true });
  const config = parse(readFileSync(join(source, "k8sctl.yaml"), "utf8")) as Record<string, unknown>;
  const { kubeconfig, context } = bench.target;
  config["clusters"] = { bench: { provider: "context", context, kubeconfig } };
  config["defaultCluster"] = "bench";
  writeFileSync(join(folder, "k8sctl.yaml"), stringify(config));

  bench.note(`${name}: up`);
  try {
    figures.add(`up, first: ${name}`, null, await k8sctl(bench, folder, "up", "--yes", "--timeout", "300"));
  } catch (error) {
    // Real workloads need nodes and images; the synthetic objects need neither.
    bench.note(`${name} does not run here, so it is not measured: ${error instanceof Error ? error.message : error}`);
    await k8sctl(bench, folder, "down", "--yes", "--keep-cluster", "--delete-volumes").catch(() => {});
    return name;
  }
  for (let run = 0; run < runs; run += 1) {
    figures.add(`plan, nothing to do: ${name}`, null, await k8sctl(bench, folder, "plan"));
    figures.add(`up, nothing to do: ${name}`, null, await k8sctl(bench, folder, "up", "--yes"));
  }
  figures.add(
    `down: ${name}`,
    null,
    await k8sctl(bench, folder, "down", "--yes", "--keep-cluster", "--delete-volumes"),
  );
  return name;
}

/** The life of a synthetic project, and bare requests with the same objects in turns with it. */
export async function measureObjects(bench: Bench, size: number, atMost: number): Promise<void> {
  const { scratch } = bench;
  const runs = size >= 5000 ? Math.min(2, atMost) : atMost;
  const folder = join(scratch, `objects-${size}`);
  writeSyntheticProject(folder, size, bench.target);
  try {
    await liveAndDie(bench, folder, size, runs);
  } catch (error) {
    bench.note(`${size} objects: failed, taking them down`);
    await k8sctl(bench, folder, "down", "--yes", "--keep-cluster").catch(() => {});
    throw error;
  }
}

/** Others' objects in a namespace of ours: a plan must not read them. */
const STRANGERS = 10_000;
const STRANGERS_AT = 1000;

async function liveAndDie(bench: Bench, folder: string, size: number, runs: number): Promise<void> {
  const { figures, raw } = bench;
  const synth = await k8sctl(bench, folder, "synth", "--objects", "--show-secrets", "--output", "json");
  const objects = JSON.parse(synth.stdout) as KubeObject[];
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  const others = objects.filter(({ kind }) => kind !== "Namespace");
  if (objects.length !== size) throw new Error(`${objects.length} objects in place of ${size}`);

  for (let run = 1; run <= runs; run += 1) {
    bench.note(`${size} objects: run ${run} of ${runs}`);
    figures.add("raw apply", size, { ms: await raw.apply(objects, false) });
    await raw.removeNamespaces(objects);
    // Where the namespaces exist the server is asked about each object; where they do not, nothing can be asked.
    await raw.apply(namespaces, false);
    figures.add("raw dry run", size, { ms: await raw.apply(others, true) });
    figures.add("plan, all new, namespaces exist", size, await k8sctl(bench, folder, "plan"));
    await raw.removeNamespaces(objects);
    figures.add("plan, all new", size, await k8sctl(bench, folder, "plan"));
    figures.add("up, all new", size, await k8sctl(bench, folder, "up", "--yes"));
    figures.add("plan, nothing to do", size, await k8sctl(bench, folder, "plan"));
    if (size === STRANGERS_AT && run === 1) {
      const home = namespaces[0]?.metadata.name ?? "";
      await raw.addStrangers(home, STRANGERS);
      figures.add(`plan, nothing to do, ${STRANGERS} strangers`, size, await k8sctl(bench, folder, "plan"));
      await raw.removeStrangers(home);
    }
    figures.add("up, nothing to do", size, await k8sctl(bench, folder, "up", "--yes"));
    figures.add("down", size, await k8sctl(bench, folder, "down", "--yes", "--keep-cluster"));
  }
}

export async function k8sctl(bench: Bench, project: string, ...args: readonly string[]): Promise<ProcessRun> {
  const run = await runNode([join(bench.root, "bin/k8sctl.js"), ...args, "--project", project], {
    cwd: project,
    env: { K8SCTL_HOME: join(bench.scratch, "home") },
  });
  if (run.exitCode !== 0)
    throw new Error(`k8sctl ${args[0]} in ${project}: exit code ${run.exitCode}\n${run.stdout.slice(-2000)}`);
  return run;
}
