import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { startRealApi } from "../scripts/real-api/start.ts";
import { renderCredentials } from "../src/access/render.ts";
import { accessOf } from "../src/embedded/access.ts";
import { readCredentials, readRunning } from "../src/embedded/state-folder.ts";
import { diskFiles } from "../src/host/files.ts";
import { readAccess, readKubeconfig } from "../src/host/kubeconfig.ts";
import type { ClusterAccess } from "../src/model/access.ts";
import type { Settings } from "./settings.ts";
import type { ContextCluster } from "./synthetic-project.ts";

export interface TargetCluster extends ContextCluster {
  readonly access: ClusterAccess;
  readonly label: string;
  end(): Promise<void>;
}

/** The cluster that the kubeconfig names, or an embedded one in a process of its own, gone at the end. */
export async function openTarget(settings: Settings, root: string, scratch: string): Promise<TargetCluster> {
  if (settings.kubeconfig === null && settings.server === "real") return startReal();
  if (settings.kubeconfig === null) return startEmbedded(root, join(scratch, "cluster"), join(scratch, "kubeconfig"));
  const kubeconfig = resolve(settings.kubeconfig);
  const config = await readKubeconfig([kubeconfig], diskFiles);
  const access = await readAccess(config, settings.context, diskFiles);
  const context = settings.context ?? access.name;
  return { kubeconfig, context, access, label: context, end: async () => {} };
}

async function startReal(): Promise<TargetCluster> {
  const { access, kubeconfig, stop } = await startRealApi();
  return { kubeconfig, context: access.name, access, label: "real API server", end: stop };
}

async function startEmbedded(root: string, folder: string, kubeconfig: string): Promise<TargetCluster> {
  const server = spawn(process.execPath, [join(root, "dist/embedded/server-main.js"), "bench", folder], {
    stdio: "ignore",
  });
  try {
    for (let tries = 0; !existsSync(join(folder, "server.json")); tries += 1) {
      if (server.exitCode !== null || tries > 400)
        throw new Error(`the embedded cluster did not start: ${log(folder)}`);
      await new Promise((done) => setTimeout(done, 25));
    }
    const access = accessOf("bench", readRunning(folder)!.port, readCredentials(folder)!);
    writeFileSync(kubeconfig, renderCredentials(access, "kubeconfig").reveal(), { mode: 0o600 });
    const config = await readKubeconfig([kubeconfig], diskFiles);
    const { name: context } = await readAccess(config, null, diskFiles);
    return { kubeconfig, context, access, label: "embedded", end: () => ended(server) };
  } catch (error) {
    await ended(server);
    throw error;
  }
}

function log(folder: string): string {
  const path = join(folder, "server.log");
  return existsSync(path) ? readFileSync(path, "utf8") : "it wrote no log";
}

function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    server.once("exit", () => done());
    server.kill("SIGTERM");
  });
}
