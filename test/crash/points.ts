import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderCredentials } from "../../src/access/render.ts";
import type { ClusterCredentials } from "../../src/embedded/credentials.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { projectFile, versions } from "./project.ts";
import { type Fault, startProxy } from "./proxy.ts";
import { differences, lookAt, type World } from "./world.ts";

/** What is interrupted: a first `up`, an `up` that updates, adds and prunes, a `down`. */
export type Scenario = "up" | "change" | "down";

export interface Point {
  readonly scenario: Scenario;
  readonly parallelism: number;
  readonly fault: Fault | null;
}

export interface Outcome {
  readonly world: World;
  /** Requests of the run that was to be interrupted. */
  readonly requests: number;
  /** false: it was over before the fault. */
  readonly killed: boolean;
  /** What a rerun did not put right. */
  readonly problems: readonly string[];
}

/** Runs one point on a cluster of its own: prepare, interrupt by SIGKILL, rerun, compare. */
export async function runPoint(
  point: Point,
  { program, credentials, wanted }: { program: string; credentials: ClusterCredentials; wanted: World | null },
): Promise<Outcome> {
  const { scenario, parallelism, fault } = point;
  const cluster = await startEmbedded({ credentials, timeScale: 0.01 });
  const proxy = await startProxy(cluster.port, credentials);
  const root = realpathSync(mkdtempSync(join(tmpdir(), "k8sctl-crash-")));
  const write = (files: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text);
  };
  const run = (strike: Fault | null) => {
    const argv = scenario === "down" && prepared ? ["down", "--delete-volumes"] : ["up"];
    const args = [program, ...argv, "--yes", "--output", "json", "--parallelism", String(parallelism)];
    return runProgram(args, root, (kill) => proxy.arm(strike, kill));
  };
  let prepared = false;
  try {
    const access = { ...cluster.access, server: `https://127.0.0.1:${proxy.port}` };
    mkdirSync(join(root, "stacks"));
    const kubeconfig = renderCredentials(access, "kubeconfig").reveal();
    write({ "k8sctl.yaml": projectFile(access.name), "kubeconfig.yaml": kubeconfig, ...versions.first });
    if (scenario !== "up") {
      const first = await run(null);
      if (first.exitCode !== 0) return failed(lookAt(cluster.store), `could not prepare: ${first.text}`);
      if (scenario === "change") write(versions.second);
    }
    prepared = true;
    const known = lookAt(cluster.store).generated;
    const interrupted = await run(fault);
    const requests = proxy.requests();
    const killed = interrupted.signal === "SIGKILL";
    if (!killed && interrupted.exitCode !== 0)
      return failed(lookAt(cluster.store), `failed by itself: ${interrupted.text}`);
    // A value counts as given from the moment that it is recorded.
    const given = new Map([...known, ...lookAt(cluster.store).generated]);
    if (!killed) return { world: lookAt(cluster.store), requests, killed, problems: [] };
    const rerun = await run(null);
    const world = lookAt(cluster.store);
    const problems = wanted === null ? [] : differences(wanted, world);
    if (rerun.exitCode !== 0) problems.unshift(`the rerun failed: ${rerun.text}`);
    for (const [name, value] of scenario === "down" ? [] : given) {
      if (world.generated.get(name) !== value) problems.push(`lost value: ${name}`);
    }
    return { world, requests, killed, problems };
  } finally {
    await proxy.close();
    await cluster.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function failed(world: World, problem: string): Outcome {
  return { world, requests: 0, killed: false, problems: [problem] };
}

interface Ended {
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly text: string;
}

function runProgram(args: readonly string[], root: string, armed: (kill: () => void) => void): Promise<Ended> {
  const env = { PATH: process.env["PATH"], HOME: root, K8SCTL_HOME: join(root, "home"), CI: "true", LANG: "C.UTF-8" };
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    armed(() => child.kill("SIGKILL"));
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        text = `${text}${chunk}`.slice(-20_000);
      });
    }
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, text: text.slice(-3_000) }));
  });
}
