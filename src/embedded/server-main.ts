/**
 * The process of one embedded cluster: `node server-main.js NAME FOLDER`. Started in the background by
 * host/embedded.ts; tells in FOLDER/server.json where it listens, once it does, and takes that back when it ends.
 */
import { appendFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { startEmbedded } from "./server.ts";
import { timeScaleOf } from "./speed.ts";
import { makePrivateFolder, NO_SPACE, writePrivate } from "./state-folder.ts";

const maximumLog = 4 * 1024 * 1024;

const [name = "", folder = ""] = process.argv.slice(2);
makePrivateFolder(folder);
const logPath = join(folder, "server.log");
const readyPath = join(folder, "server.json");

function log(line: string): void {
  try {
    if ((statSync(logPath, { throwIfNoEntry: false })?.size ?? 0) > maximumLog) truncateSync(logPath, 0);
    appendFileSync(logPath, `${new Date().toISOString()} ${line}\n`, { mode: 0o600 });
  } catch {
    // A full disk must not end the server.
  }
}

process.on("uncaughtException", (error) => log(`uncaught: ${error.stack ?? error.message}`));
process.on("unhandledRejection", (error) => log(`unhandled: ${error instanceof Error ? error.stack : String(error)}`));

try {
  const server = await startEmbedded({ name, dir: folder, log, timeScale: timeScaleOf(process.env) });
  writePrivate(readyPath, JSON.stringify({ pid: process.pid, port: server.port }));
  log(`listening on 127.0.0.1:${server.port}`);
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.once(signal, () => {
      rmSync(readyPath, { force: true });
      void server.close().finally(() => process.exit(0));
    });
  }
} catch (error) {
  log(`cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  // The store says it in a message of its own.
  process.exit(String(error).includes("ENOSPC") ? NO_SPACE : 1);
}
