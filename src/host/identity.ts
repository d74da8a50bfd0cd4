import { readFileSync, readlinkSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import type { Ports } from "../ports.ts";

export const processIdentity: Ports["identity"] = {
  host: hostname(),
  machine: machine(),
  pid: process.pid,
  user: userName(),
  processAlive,
};

/** Boot and process namespace (Linux, proc(5)): a process number means something only within both. "" elsewhere. */
function machine(): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return "";
  }
}

function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** "" where the system knows no name for the process's user, as in some containers. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}
