import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, rmSync, statSync } from "node:fs";
import { request } from "node:https";
import { createRequire } from "node:module";
import { join } from "node:path";
import { accessOf } from "../embedded/access.ts";
import type { ClusterCredentials } from "../embedded/credentials.ts";
import {
  makePrivateFolder,
  NO_SPACE,
  type RunningServer,
  readCredentials,
  readRunning,
} from "../embedded/state-folder.ts";
import { userError } from "../model/errors.ts";
import type { Clock, ClusterProvider } from "../ports.ts";
import { ownPackageRoot, runsFromSource } from "./own-package.ts";
import { stateFolder } from "./paths.ts";

export interface EmbeddedPorts {
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
}

const startMs = 20_000;

/**
 * The embedded cluster NAME of this user: a server in the background with its state in a private folder. It outlives
 * the command; after a restart of the machine the next command starts it again, with state, port and credentials.
 */
export function embeddedCluster(name: string, ports: EmbeddedPorts): ClusterProvider {
  const folder = join(stateFolder(ports.env), "embedded", name);
  const exists = async () => existsSync(join(folder, "credentials.json"));
  return {
    provider: "embedded",
    label: `embedded/${name}`,
    owned: () => Promise.resolve(true),
    prepare: () => Promise.resolve({ nodes: 1 }),
    exists,
    async create(progress, signal) {
      progress("Starting the embedded cluster");
      await running(name, folder, ports, signal);
    },
    async access() {
      if (!(await exists())) {
        const remedy = `create it: k8sctl cluster create, or k8sctl up`;
        throw userError("cluster-missing", `the cluster embedded/${name} does not exist`, { remedy });
      }
      const server = await running(name, folder, ports);
      return accessOf(name, server.port, readCredentials(folder)!);
    },
    async delete(progress) {
      progress(`Deleting embedded/${name}`);
      const server = readRunning(folder);
      if (server !== null && isOurs(server, folder)) await end(server, ports.clock);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server of that folder, started if it does not answer. */
async function running(
  name: string,
  folder: string,
  ports: EmbeddedPorts,
  signal?: AbortSignal,
): Promise<RunningServer> {
  try {
    makePrivateFolder(folder);
  } catch (error) {
    throw cannotKeep(folder, error);
  }
  const deadline = ports.clock.monotonic() + startMs;
  let starting = false;
  let child: ChildProcess | null = null;
  for (;;) {
    signal?.throwIfAborted();
    const server = readRunning(folder);
    const credentials = readCredentials(folder);
    if (server !== null && credentials !== null && isAlive(server.pid) && (await answers(server, credentials))) {
      if (starting) rmSync(lockOf(folder), { force: true });
      return server;
    }
    // Two commands may come at one moment: the one that gets the lock starts the server, the other waits for it.
    if (!starting && takeLock(folder)) {
      starting = true;
      // It lives, but does not answer: two servers must never write one state.
      if (server !== null && isOurs(server, folder)) await end(server, ports.clock);
      rmSync(join(folder, "server.json"), { force: true });
      child = startProcess(name, folder);
    }
    if (child !== null && child.exitCode !== null) {
      rmSync(lockOf(folder), { force: true });
      throw endedEarly(name, folder, child.exitCode);
    }
    if (ports.clock.monotonic() > deadline) {
      rmSync(lockOf(folder), { force: true });
      const remedy = `see ${join(folder, "server.log")}`;
      throw userError(
        "cluster-not-starting",
        `embedded/${name} did not start within ${startMs / 1000} s${lastWords(folder)}`,
        { remedy },
      );
    }
    await ports.clock.sleep(25, signal);
  }
}

function cannotKeep(folder: string, cause: unknown): Error {
  const why = cause instanceof Error ? cause.message : String(cause);
  const full = /ENOSPC|EDQUOT|no space left/.test(why);
  const remedy = `${full ? "free some disk space" : "mend the rights of that folder"}, or set K8SCTL_HOME to another one`;
  return userError("state-not-writable", `the embedded cluster cannot keep its state in ${folder}: ${why}`, {
    remedy,
    cause,
  });
}

const lockOf = (folder: string) => join(folder, "starting");

function takeLock(folder: string): boolean {
  const path = lockOf(folder);
  try {
    closeSync(openSync(path, "wx", 0o600));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw cannotKeep(folder, error);
    // A command that died while it started the server must not lock out all others.
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Date.now() - made > startMs) rmSync(path, { force: true });
    return false;
  }
}

/** The log cannot say it when the disk is full: then the exit code does. */
function endedEarly(name: string, folder: string, exitCode: number): Error {
  if (exitCode === NO_SPACE) return cannotKeep(folder, "no space left on device");
  const remedy = `see ${join(folder, "server.log")}`;
  const why = lastWords(folder) || `: its process ended with exit code ${exitCode}`;
  return userError("cluster-not-starting", `embedded/${name} did not start${why}`, { remedy });
}

function startProcess(name: string, folder: string): ChildProcess {
  const log = openSync(join(folder, "server.log"), "a", 0o600);
  const child = spawn(process.execPath, [...serverArguments(), name, folder], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", log, log],
    windowsHide: true,
  });
  child.on("error", () => {});
  child.unref();
  closeSync(log);
  return child;
}

function serverArguments(): string[] {
  const root = ownPackageRoot();
  if (!runsFromSource()) return [join(root, "dist/embedded/server-main.js")];
  const jiti = createRequire(import.meta.url).resolve("jiti/package.json");
  return [join(jiti, "../lib/jiti-cli.mjs"), join(root, "src/embedded/server-main.ts")];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** It has ended, and an init that is slow to collect its dead (a container's) still lists it for seconds. */
function isZombie(pid: number): boolean {
  try {
    return /^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

/** A process id may have been given to another program since: on Linux its command line tells. */
function isOurs({ pid }: RunningServer, folder: string): boolean {
  if (!isAlive(pid)) return false;
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(folder);
  } catch {
    return process.platform !== "linux";
  }
}

/** Whether it is our server that listens there: it must prove itself to our authority. */
function answers(server: RunningServer, credentials: ClusterCredentials): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = request(
      {
        ...{ host: "127.0.0.1", port: server.port, path: "/readyz", agent: false, timeout: 2000 },
        ca: credentials.authority.certificate,
        cert: credentials.admin.certificate,
        key: credentials.admin.key,
      },
      (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      },
    );
    probe.on("timeout", () => probe.destroy());
    probe.on("error", () => resolve(false));
    probe.end();
  });
}

async function end({ pid }: RunningServer, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + 5000;
  for (let signal: NodeJS.Signals = "SIGTERM"; isAlive(pid); ) {
    process.kill(pid, signal);
    await clock.sleep(25);
    if (clock.monotonic() > deadline) signal = "SIGKILL";
    if (clock.monotonic() > deadline + 5000) {
      throw userError("cluster-not-ending", `the embedded cluster's process ${pid} does not end`, {
        remedy: "see what holds it up (a disk that does not answer?), end it, and run the command again",
      });
    }
  }
}

function lastWords(folder: string): string {
  try {
    const line = readFileSync(join(folder, "server.log"), "utf8")
      .split("\n")
      .findLast((text) => text.includes("cannot start"));
    return line === undefined ? "" : `: ${line.replace(/^\S+ cannot start: /, "")}`;
  } catch {
    return "";
  }
}
