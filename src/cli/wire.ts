import { join } from "node:path";
import { systemClock } from "../host/clock.ts";
import { createClusterProvider } from "../host/clusters.ts";
import type { Check } from "../host/doctor.ts";
import { examine } from "../host/doctor.ts";
import { systemExec } from "../host/exec.ts";
import { diskFiles, sourceFile } from "../host/files.ts";
import { httpGet } from "../host/http-get.ts";
import { processIdentity } from "../host/identity.ts";
import { openKube } from "../host/kube/kube.ts";
import { stateFolder } from "../host/paths.ts";
import { engineOf } from "../host/preflight.ts";
import { readProject } from "../host/project-file.ts";
import { systemRandomness } from "../host/random.ts";
import { createSynth, synthTimeoutMs } from "../host/synth.ts";
import type { SynthStack } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import type { Ports } from "../ports.ts";
import type { CliIo } from "./io.ts";

/** The only place where the real world is opened. */
export function makePorts(io: CliIo): Ports {
  const env = definedOnly(io.env);
  return {
    clock: systemClock,
    exec: systemExec,
    files: diskFiles,
    sourceFile,
    random: systemRandomness,
    identity: processIdentity,
    synth: createSynth({ timeoutMs: synthTimeoutMs(env), onPrint: (line) => io.stderr.write(`${line}\n`) }),
    cluster: (project, name) => {
      const provider = createClusterProvider(project, name, {
        exec: systemExec,
        clock: systemClock,
        files: diskFiles,
        identity: processIdentity,
        env,
      });
      return {
        ...provider,
        async delete(progress) {
          await provider.delete(progress);
          // What `cluster kubeconfig` wrote is of no use without the cluster.
          await diskFiles.remove(kubeconfigFile(io, provider.label));
        },
      };
    },
    httpGet,
    forward: async (access, options) => (await import("../host/kube/port-forward.ts")).openForward(access, options),
    connect: (access, tell) => openKube(access, { exec: systemExec, clock: systemClock }, tell),
  };
}

function definedOnly(env: CliIo["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** Where `cluster kubeconfig` puts its file unless told otherwise. */
export function kubeconfigFile(io: CliIo, label: string): string {
  return join(stateFolder(definedOnly(io.env)), "kubeconfig", `${label.replaceAll(/[^\w.-]/g, "-")}.yaml`);
}

export { readProject };

/** What there is and what is missing for one cluster of the project. */
export async function examineCluster(io: CliIo, ports: Ports, project: Project, name: string): Promise<Check[]> {
  const config = project.clusters[name];
  if (config === undefined) throw new Error(`no cluster ${name}`);
  return examine(config.provider, ports.cluster(project, name), {
    exec: ports.exec,
    files: ports.files,
    stateFolder: stateFolder(definedOnly(io.env)),
    engine: engineOf(io.env),
    nodeVersion: process.versions.node,
    connect: ports.connect,
  });
}

/** Type errors of the stack files; loads the compiler, so only `validate` asks. */
export async function typecheck(project: Project): Promise<Problem[]> {
  const { typecheckStacks } = await import("../host/typecheck.ts");
  return typecheckStacks(project);
}

/** Makes the files of a new project; the paths it made. */
export async function scaffold(folder: string, name: string | undefined): Promise<readonly string[]> {
  const { scaffoldProject } = await import("../host/scaffold.ts");
  return scaffoldProject(folder, name === undefined ? {} : { name });
}

/** Narrows positions to the fields that problems are about; loads the compiler's parser where there are any. */
export async function placeFields(project: Project, problems: readonly Problem[]): Promise<Problem[]> {
  const fields = problems.some(({ field, position }) => field !== undefined && position !== undefined);
  if (!fields) return [...problems];
  const { placeFields: place } = await import("../host/field-positions.ts");
  return place(project.root, problems);
}

/** Writes what a stack's JSON names as assets beside it. */
export async function writeAssets(folder: string, stack: SynthStack): Promise<void> {
  if (stack.assets === undefined) return;
  const { writeAssets: write } = await import("../host/assets.ts");
  write(folder, stack.assets);
}
