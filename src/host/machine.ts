import { readFile, statfs } from "node:fs/promises";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import type { Exec } from "../ports.ts";

const SHORT_MS = 20_000;
const GIB = 1024 ** 3;

/** What a container engine has to work with. null: not known, as on a machine that is not this one. */
export interface MachineFacts {
  readonly cgroups: 1 | 2 | null;
  readonly memoryBytes: number | null;
  readonly freeDisk: { readonly folder: string; readonly bytes: number } | null;
  /** Linux' limits for each user. */
  readonly inotify: { readonly instances: number; readonly watches: number } | null;
}

/** One thing about the machine that kind may stumble over; `null` remedy: all is well. */
export interface MachineFinding {
  readonly name: "cgroups" | "memory" | "disk" | "inotify";
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  readonly remedy: string | null;
}

/** Asks the engine, and this machine where the engine's data lie on it. Never throws. */
export async function machineFacts(exec: Exec, engine: string): Promise<MachineFacts> {
  const info = await engineInfo(exec, engine);
  const cgroups = String(info["CgroupVersion"] ?? at(info, "host", "cgroupVersion") ?? "").replace(/^v/, "");
  const memory = info["MemTotal"] ?? at(info, "host", "memTotal");
  const folder = info["DockerRootDir"] ?? at(info, "store", "graphRoot");
  return {
    cgroups: cgroups === "1" ? 1 : cgroups === "2" ? 2 : null,
    memoryBytes: typeof memory === "number" && memory > 0 ? memory : null,
    freeDisk: typeof folder === "string" ? await freeDisk(folder) : null,
    inotify: await inotifyLimits(),
  };
}

/** What the facts mean for a kind cluster (kind's documentation, "Known issues"; kubelet's for cgroups). */
export function machineFindings({ cgroups, memoryBytes, freeDisk: disk, inotify }: MachineFacts): MachineFinding[] {
  const findings: MachineFinding[] = [];
  const add = (name: MachineFinding["name"], detail: string, bad: "warn" | "fail" | null, remedy: string) =>
    findings.push({ name, detail, status: bad ?? "ok", remedy: bad === null ? null : remedy });
  if (cgroups !== null) {
    const remedy = "boot the machine with cgroup v2, or stay with node images below v1.35, whose kubelet refuses v1";
    add("cgroups", `v${cgroups}`, cgroups === 1 ? "warn" : null, remedy);
  }
  if (memoryBytes !== null) {
    const remedy = "give the container engine 4 GiB or more: a control plane alone takes about 1 GiB";
    add("memory", gibibytes(memoryBytes), memoryBytes < 2 * GIB ? "warn" : null, remedy);
  }
  if (disk !== null) {
    const bad = disk.bytes < GIB ? "fail" : disk.bytes < 5 * GIB ? "warn" : null;
    const remedy =
      "free some space (`docker system prune` removes what no container uses): a node takes 2 GiB and more";
    add("disk", `${gibibytes(disk.bytes)} free in ${disk.folder}`, bad, remedy);
  }
  if (inotify !== null) {
    const low = inotify.instances < 512 || inotify.watches < 524_288;
    const remedy =
      "for several nodes: sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512 (https://kind.sigs.k8s.io/docs/user/known-issues/#pod-errors-due-to-too-many-open-files)";
    add("inotify", `${inotify.instances} instances, ${inotify.watches} watches`, low ? "warn" : null, remedy);
  }
  return findings;
}

async function engineInfo(exec: Exec, engine: string): Promise<JsonObject> {
  try {
    const format = engine === "podman" ? "json" : "{{json .}}";
    const { stdout } = await exec.run([engine, "info", "--format", format], { timeoutMs: SHORT_MS });
    const value: unknown = JSON.parse(stdout);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

async function freeDisk(folder: string): Promise<MachineFacts["freeDisk"]> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return { folder, bytes: bavail * bsize };
  } catch {
    return null;
  }
}

async function inotifyLimits(): Promise<MachineFacts["inotify"]> {
  try {
    const read = async (name: string) => Number(await readFile(`/proc/sys/fs/inotify/${name}`, "utf8"));
    return { instances: await read("max_user_instances"), watches: await read("max_user_watches") };
  } catch {
    return null;
  }
}

function gibibytes(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((found, key) => (isJsonObject(found) ? found[key] : undefined), value);
}
