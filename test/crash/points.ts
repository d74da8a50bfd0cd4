import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderCredentials } from "../../src/access/render.ts";
import type { ClusterCredentials } from "../../src/embedded/credentials.ts";
import { startEmbedded } from "../../src/embedded/server.ts";
import { projectFile, versions } from "./project.ts";
import { type Fault, type FaultyProxy, startProxy } from "./proxy.ts";
import type { Weather } from "./weather.ts";
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

/** A cluster behind a proxy and a project on it, as the scenario begins. */
interface Stage {
  readonly proxy: FaultyProxy;
  look(): World;
  /** The command of the scenario, to its end. */
  run(strike: Fault | null): Promise<Ended>;
}

type Means = { readonly program: string; readonly credentials: ClusterCredentials; readonly wanted: World | null };

/** Runs one point on a cluster of its own: prepare, interrupt by SIGKILL, rerun, compare. */
export function runPoint(point: Point, means: Means): Promise<Outcome> {
  return onStage(point, means, async ({ proxy, look, run }) => {
    const known = look().generated;
    const interrupted = await run(point.fault);
    const requests = proxy.requests();
    const killed = interrupted.signal === "SIGKILL";
    if (!killed && interrupted.exitCode !== 0) return failed(look(), `failed by itself: ${interrupted.text}`);
    // A value counts as given from the moment that it is recorded.
    const given = new Map([...known, ...look().generated]);
    if (!killed) return { world: look(), requests, killed, problems: [] };
    const problems = await rerunProblems(point.scenario, { look, run }, given, means.wanted);
    return { world: look(), requests, killed, problems };
  });
}

/** How a run through bad weather ended. */
export interface Passage {
  readonly exitCode: number | null;
  readonly seconds: number;
  /** Codes of the errors and messages of the objects that failed. */
  readonly named: readonly string[];
  readonly problems: readonly string[];
}

/** The same with a network and a server in trouble instead of a kill; the rerun has fair weather. */
export async function runThrough(weather: Weather, point: Omit<Point, "fault">, means: Means): Promise<Passage> {
  const outcome = await onStage<Passage>(point, means, async ({ proxy, look, run }) => {
    const known = look().generated;
    proxy.expose(weather);
    const started = performance.now();
    const ended = await run(null);
    const seconds = (performance.now() - started) / 1000;
    proxy.expose(null);
    const named = namesIn(ended.text);
    const given = new Map([...known, ...look().generated]);
    const passage = { exitCode: ended.exitCode, seconds, named };
    if (ended.exitCode === 0) {
      return { ...passage, problems: compared(point.scenario, look(), given, means.wanted) };
    }
    const unnamed = named.length === 0 || named.includes("bug") ? [`ended without a name: ${ended.text}`] : [];
    return {
      ...passage,
      problems: [...unnamed, ...(await rerunProblems(point.scenario, { look, run }, given, means.wanted))],
    };
  });
  return "world" in outcome ? { exitCode: null, seconds: 0, named: [], problems: outcome.problems } : outcome;
}

function namesIn(ndjson: string): string[] {
  const events = ndjson.split("\n").flatMap((line) => {
    try {
      return [JSON.parse(line) as { type?: string; code?: string; message?: string; problems?: { code: string }[] }];
    } catch {
      return [];
    }
  });
  return events.flatMap((event) => {
    if (event.type === "error") return event.code ?? event.problems?.map(({ code }) => code) ?? [];
    return event.type === "object-failed" ? [`object: ${event.message}`] : [];
  });
}

async function rerunProblems(
  scenario: Scenario,
  { look, run }: Pick<Stage, "look" | "run">,
  given: World["generated"],
  wanted: World | null,
): Promise<string[]> {
  const rerun = await run(null);
  const problems = compared(scenario, look(), given, wanted);
  return rerun.exitCode === 0 ? problems : [`the rerun failed: ${rerun.text.slice(-3_000)}`, ...problems];
}

function compared(scenario: Scenario, world: World, given: World["generated"], wanted: World | null): string[] {
  const problems = wanted === null ? [] : differences(wanted, world);
  for (const [name, value] of scenario === "down" ? [] : given) {
    if (world.generated.get(name) !== value) problems.push(`lost value: ${name}`);
  }
  return problems;
}

async function onStage<T>(
  { scenario, parallelism }: Omit<Point, "fault">,
  { program, credentials }: Means,
  act: (stage: Stage) => Promise<T>,
): Promise<T | Outcome> {
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
    return await act({ proxy, run, look: () => lookAt(cluster.store) });
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
    child.on("close", (exitCode, signal) => resolve({ exitCode, signal, text }));
  });
}
