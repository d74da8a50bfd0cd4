import { userError } from "../model/errors.ts";
import type { JsonObject } from "../model/json.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import type { Project } from "../model/project.ts";
import type { Ports } from "../ports.ts";
import type { PlanOptions } from "../run/plan.ts";
import type { UpOptions } from "../run/up.ts";
import type { CliIo } from "./io.ts";

/** The options of commander's command, camelCased; each command reads those it declared. */
export interface Options {
  readonly project?: string;
  readonly cluster?: string;
  /** K8SCTL_CLUSTER: holds where neither --cluster nor a saved plan names one. */
  readonly usualCluster?: string;
  readonly stack?: readonly string[];
  readonly var?: readonly string[];
  readonly output?: "plain" | "json";
  readonly report?: readonly string[];
  readonly ci?: "auto" | "github" | "gitlab" | "none";
  readonly color?: boolean;
  readonly yes?: boolean;
  readonly onFailure?: "keep" | "rollback";
  readonly parallelism?: number;
  readonly timeout?: number;
  /** commander's reading of --no-wait: false where it was given. */
  readonly wait?: boolean;
  readonly forceConflicts?: boolean;
  readonly take?: readonly string[];
  readonly yield?: readonly string[];
  readonly refreshOnly?: boolean;
  readonly allowDataLoss?: boolean;
  readonly detailedExitcode?: boolean;
  readonly full?: boolean;
  readonly markdown?: boolean;
  readonly deleteVolumes?: boolean;
  readonly keepCluster?: boolean;
  readonly watch?: boolean;
  readonly follow?: boolean;
  readonly previous?: boolean;
  /** Lines from the end; below 0: all. */
  readonly tail?: number;
  /** Seconds. */
  readonly since?: number;
  readonly container?: string;
  readonly timestamps?: boolean;
  readonly warnings?: boolean;
  readonly name?: string;
  readonly objects?: boolean;
  readonly showSecrets?: boolean;
  readonly showSensitive?: boolean;
  readonly out?: string;
  readonly format?: string;
  readonly show?: boolean;
  readonly strict?: boolean;
}

export const PARALLELISM = 16;

/** Reads k8sctl.yaml of `--project`, or of the working directory. */
export async function loadProject(io: CliIo, options: Options): Promise<Project> {
  const { resolve } = await import("node:path");
  const { readProject } = await import("./wire.ts");
  return readProject(resolve(io.cwd, options.project ?? "."));
}

export async function readVars(options: Options): Promise<JsonObject> {
  if (options.var === undefined || options.var.length === 0) return {};
  const { parseVars } = await import("../project/vars.ts");
  return parseVars(options.var);
}

async function readRules(options: Options): Promise<readonly OwnershipRule[]> {
  const { take = [], yield: left = [] } = options;
  if (take.length + left.length === 0) return [];
  const { parseRule } = await import("../project/ownership.ts");
  return [...take.map((text) => parseRule(text, "take")), ...left.map((text) => parseRule(text, "yield"))];
}

/** The cluster that the command is about; must be one of k8sctl.yaml. */
export function clusterOf(project: Project, options: Options): string {
  const name = options.cluster ?? options.usualCluster ?? project.defaultCluster;
  if (Object.hasOwn(project.clusters, name)) return name;
  const known = Object.keys(project.clusters).join(", ");
  throw userError("cluster-unknown", `k8sctl.yaml has no cluster "${name}"`, {
    remedy: `use one of: ${known} (--cluster, K8SCTL_CLUSTER)`,
  });
}

/** The stacks that `--stack` names; null for all. */
export function stacksOf(project: Project, options: Options): readonly string[] | null {
  const names = options.stack ?? [];
  if (names.length === 0) return null;
  const known = project.stacks.map((stack) => stack.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    throw userError("stack-unknown", `k8sctl.yaml has no stack "${name}"`, {
      remedy: `use one of: ${known.join(", ")}`,
    });
  }
  return names;
}

/** What planning wants to know from the command line. */
export async function planOptions(project: Project, options: Options, signal: AbortSignal): Promise<PlanOptions> {
  return {
    clusterName: clusterOf(project, options),
    stacks: stacksOf(project, options),
    vars: await readVars(options),
    forceConflicts: options.forceConflicts ?? false,
    ownership: await readRules(options),
    parallelism: options.parallelism ?? PARALLELISM,
    signal,
  };
}

/** What `up` and `apply` want to know from the command line. */
export async function upOptions(
  command: "up" | "apply" | "rollback",
  { project, drain, ports }: { project: Project; drain: AbortSignal; ports: Ports },
  options: Options,
): Promise<UpOptions> {
  const { makeValue } = await import("../desired/make-value.ts");
  return {
    ...(await planOptions(project, options, drain)),
    command,
    approved: options.yes ?? false,
    createCluster: command === "up",
    timeoutSeconds: options.timeout ?? null,
    wait: options.wait ?? true,
    allowDataLoss: options.allowDataLoss ?? false,
    generate: (resource) =>
      makeValue(resource, { bytes: (length) => ports.random.bytes(length), now: ports.clock.wall() }),
  };
}
