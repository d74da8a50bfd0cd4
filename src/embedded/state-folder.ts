import { chmodSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type ClusterCredentials, makeCredentials } from "./credentials.ts";
import { makeFolder } from "./make-folder.ts";

/** What a running server tells about itself in `server.json`. */
export interface RunningServer {
  readonly pid: number;
  readonly port: number;
}

/** Exit code of a server that found no space for its state: ENOSPC on Linux. */
export const NO_SPACE = 28;

/** A folder that only its owner can look into. */
export function makePrivateFolder(folder: string): void {
  makeFolder(folder, 0o700);
  chmodSync(folder, 0o700);
}

/** Whole or not at all, 0600. */
export function writePrivate(path: string, text: string): void {
  const next = `${path}.next`;
  try {
    writeFileSync(next, text, { mode: 0o600, flush: true });
    renameSync(next, path);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}

function readJson<T>(path: string): T | null {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return null;
  }
}

/** Certificates are made once and kept, so that a client's access stays good over restarts. */
export async function keptCredentials(folder: string, name: string): Promise<ClusterCredentials> {
  const found = readCredentials(folder);
  if (found !== null) return found;
  const made = await makeCredentials(name, Date.now());
  writePrivate(join(folder, "credentials.json"), JSON.stringify(made));
  return made;
}

export function readCredentials(folder: string): ClusterCredentials | null {
  return readJson<ClusterCredentials>(join(folder, "credentials.json"));
}

/** The port that the cluster had before; 0 where it never ran. */
export function keptPort(folder: string): number {
  return readJson<{ port: number }>(join(folder, "port.json"))?.port ?? 0;
}

export function keepPort(folder: string, port: number): void {
  writePrivate(join(folder, "port.json"), JSON.stringify({ port }));
}

export function readRunning(folder: string): RunningServer | null {
  return readJson<RunningServer>(join(folder, "server.json"));
}
