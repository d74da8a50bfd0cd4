import { hostname } from "node:os";
import type { Ports } from "../ports.ts";

export const processIdentity: Ports["identity"] = { host: hostname(), pid: process.pid, processAlive };

function processAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to someone else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
