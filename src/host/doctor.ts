import { join } from "node:path";
import { expiryRemedy, expiryWords } from "../access/expiry.ts";
import type { ClusterAccess } from "../model/access.ts";
import { type Problem, UserError } from "../model/errors.ts";
import type { ClusterConfig } from "../model/project.ts";
import type { ClusterProvider, Exec, Files, Kube } from "../ports.ts";
import { machineFacts, machineFindings } from "./machine.ts";
import { engineVersion, kindVersion } from "./preflight.ts";

/** One thing that was looked at. `fail` keeps the provider from working, `warn` does not. */
export interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  readonly detail: string;
  readonly remedy: string | null;
}

export interface DoctorPorts {
  readonly exec: Exec;
  readonly files: Files;
  readonly stateFolder: string;
  /** `docker`, `podman` or `nerdctl`. */
  readonly engine: string;
  /** `process.versions.node` */
  readonly nodeVersion: string;
  connect(access: ClusterAccess): Kube;
}

const OLDEST_KIND = [0, 27] as const;

/** What there is and what is missing for one cluster of the project. Changes nothing. */
export async function examine(
  provider: ClusterConfig["provider"],
  cluster: ClusterProvider,
  ports: DoctorPorts,
): Promise<Check[]> {
  const tools =
    provider === "kind"
      ? [
          found(ports.engine, await engineVersion(ports.exec, ports.engine)),
          notTooOld(found("kind", await kindVersion(ports.exec)), OLDEST_KIND),
        ]
      : [];
  const usable = tools.every((check) => check.status !== "fail");
  return [
    nodeCheck(ports.nodeVersion),
    await stateCheck(ports),
    ...tools,
    ...(provider === "kind" && usable ? machineFindings(await machineFacts(ports.exec, ports.engine)) : []),
    ...(usable ? [await clusterCheck(cluster, ports)] : []),
  ];
}

function nodeCheck(version: string): Check {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const good = major > 20 || (major === 20 && minor >= 19);
  return good
    ? { name: "node", status: "ok", detail: version, remedy: null }
    : { name: "node", status: "fail", detail: `${version} is too old`, remedy: "install Node 20.19 or newer" };
}

async function stateCheck(ports: DoctorPorts): Promise<Check> {
  const probe = join(ports.stateFolder, ".doctor");
  try {
    await ports.files.write(probe, "", 0o600);
    await ports.files.remove(probe);
    return { name: "state folder", status: "ok", detail: ports.stateFolder, remedy: null };
  } catch (error) {
    return failed("state folder", error);
  }
}

async function clusterCheck(cluster: ClusterProvider, ports: DoctorPorts): Promise<Check> {
  const name = `cluster ${cluster.label}`;
  try {
    if (!(await cluster.exists())) {
      // Its config and its ports, as a plan would look at them.
      await cluster.prepare();
      return { name, status: "ok", detail: "not there yet; `k8sctl up` creates it", remedy: null };
    }
    const access = await cluster.access();
    const ending = expiryWords(access, Date.now());
    const remedy = ending === null ? null : expiryRemedy(cluster.provider, cluster.label);
    const kube = ports.connect(access);
    try {
      const answers = `answers, ${(await kube.version()).gitVersion}`;
      if (ending === null) return { name, status: "ok", detail: answers, remedy };
      return { name, status: "warn", detail: `${answers}; ${ending}`, remedy };
    } catch (error) {
      if (ending !== null) return { name, status: "fail", detail: ending, remedy };
      throw error;
    } finally {
      kube.close();
    }
  } catch (error) {
    return failed(name, error);
  }
}

function found(name: string, answer: string | Problem): Check {
  if (typeof answer === "string") return { name, status: "ok", detail: answer, remedy: null };
  return { name, status: "fail", detail: answer.message, remedy: answer.remedy ?? null };
}

/** Warns of a version below `oldest`. */
function notTooOld(check: Check, oldest: readonly [major: number, minor: number]): Check {
  const [major = 0, minor = 0] = check.detail.split(".").map(Number);
  if (check.status !== "ok" || major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return check;
  return {
    ...check,
    status: "warn",
    detail: `${check.detail} is older than what k8sctl is tested with`,
    remedy: `install ${check.name} ${oldest.join(".")} or newer`,
  };
}

function failed(name: string, error: unknown): Check {
  const problem = error instanceof UserError ? error.problems[0] : undefined;
  const detail = problem?.message ?? (error instanceof Error ? error.message : String(error));
  return { name, status: "fail", detail, remedy: problem?.remedy ?? null };
}
