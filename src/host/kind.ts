import { resolve } from "node:path";
import { parseKubeconfig } from "../access/kubeconfig.ts";
import type { ClusterAccess } from "../model/access.ts";
import { type Problem, UserError, userError } from "../model/errors.ts";
import type { ClusterConfig } from "../model/project.ts";
import type { Clock, ClusterProvider, Exec, Files } from "../ports.ts";
import { type KindPlan, readKindConfig } from "./kind-config.ts";
import { differences } from "./kind-differences.ts";
import { imagesToLoad, loadIntoNodes } from "./kind-images.ts";
import { createLog, fingerprint, markerFile } from "./kind-marker.ts";
import { waitForNews } from "./kind-news.ts";
import { nodeContainers, startStopped, waitForNodes } from "./kind-nodes.ts";
import { kindProblem, stepOf } from "./kind-output.ts";
import { takenPorts } from "./kind-ports.ts";
import { ensureRegistry } from "./kind-registry.ts";
import { kindRunner } from "./kind-run.ts";
import { runningShape } from "./kind-running.ts";
import { openKube } from "./kube/kube.ts";
import { waitUntilReady } from "./kube/ready.ts";
import { readAccess } from "./kubeconfig.ts";
import { machineFacts, machineFindings } from "./machine.ts";

type KindConfig = Extract<ClusterConfig, { provider: "kind" }>;

export interface KindPorts {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly files: Files;
  /** The project's folder, from which `config` counts. */
  readonly root: string;
  readonly stateFolder: string;
  /** `docker`, `podman` or `nerdctl`. */
  readonly engine: string;
  readonly identity: { readonly pid: number; processAlive(pid: number): boolean };
}

const CREATE_MS = 15 * 60_000;
const SERVER_MS = 120_000;
const NODES_MS = 300_000;
/** What the API tells is true again some 25 seconds after a start. */
const NEWS_MS = 60_000;
/** A host name has 63 characters at most (RFC 1123). */
const LONGEST_HOST = 63;

/**
 * A kind cluster. As with kind itself the context `kind-NAME` goes into $KUBECONFIG or ~/.kube/config, so that kubectl
 * works next to us; we ourselves ask kind for the credentials each time and depend on no file. It is ours only when our
 * marker (kind-marker.ts) says so.
 */
export function kindCluster(config: KindConfig, ports: KindPorts): ClusterProvider {
  const { name } = config;
  const { exec, clock, files, engine } = ports;
  const label = `kind/${name}`;
  const kind = kindRunner(exec, engine, config.config);
  const marker = markerFile(ports.stateFolder, name, files);

  const isListed = async () => {
    const { stdout } = await kind(["get", "clusters"], "list its clusters");
    return stdout.split("\n").some((line) => line.trim() === name);
  };
  const exists = async () => {
    if (!(await isListed())) return false;
    const made = await marker.read();
    if (made?.state !== "creating") return true;
    // What a killed run has left is no cluster: `create` removes it first.
    const { pid, since } = made;
    const running = clock.wall() - since < CREATE_MS + NODES_MS && ports.identity.processAlive(pid);
    if (running && pid !== ports.identity.pid) throw beingCreated(label, pid);
    return false;
  };
  const readCredentials = async () => {
    const { stdout } = await kind(["get", "kubeconfig", "--name", name], `give the credentials of ${label}`);
    const kubeconfig = parseKubeconfig([{ path: `kind get kubeconfig --name ${name}`, text: stdout }]);
    return readAccess(kubeconfig, null, files, label);
  };
  /** Just after a start, until what the API tells is of this start. */
  const settled = async (given: ClusterAccess, since: number): Promise<ClusterAccess> => {
    await waitUntilReady(given, ports, SERVER_MS);
    const kube = openKube(given, ports);
    await waitForNews(kube, clock, { since, limitMs: NEWS_MS }).finally(() => kube.close());
    return given;
  };
  const access = async (): Promise<ClusterAccess> => {
    const looking = nodeContainers(exec, engine, name).catch(() => []);
    try {
      const given = await readCredentials();
      const started = Math.max(...(await looking).map((node) => node.started));
      return clock.wall() - started < NEWS_MS ? await settled(given, started) : given;
    } catch (error) {
      const since = clock.wall();
      if (!(error instanceof UserError) || !(await startStopped(exec, engine, name))) throw error;
      return settled(await readCredentials(), since);
    }
  };
  const prepared = async (): Promise<KindPlan> => {
    if (`${name}-control-plane`.length > LONGEST_HOST) throw nameTooLong(name);
    return readKindConfig(config.config, ports);
  };
  const requirePorts = async (plan: KindPlan, held?: () => Promise<ReadonlySet<number>>) => {
    const taken = await takenPorts(plan.ports);
    const own =
      taken.length === 0 || held === undefined ? new Set<number>() : await held().catch(() => new Set<number>());
    const others = taken.filter(({ port }) => !own.has(port));
    if (others.length > 0) throw new UserError(others.map(({ problem }) => problem));
  };
  /** A create that stops for want of disk leaves the engine itself in trouble. */
  const requireRoom = async () => {
    const full = machineFindings(await machineFacts(exec, engine)).filter(({ status }) => status === "fail");
    const problems = full.map(({ detail, remedy }): Problem => {
      const message = `too little room for a node: ${detail}`;
      return { code: "disk-full", message, remedy: remedy ?? "", severity: "error" };
    });
    if (problems.length > 0) throw new UserError(problems);
  };
  /** Ports of this machine that the existing cluster listens on. */
  const heldPorts = async (): Promise<ReadonlySet<number>> => {
    const running = await runningShape(exec, engine, name);
    const addresses = (running?.nodes ?? []).flatMap((node) => Object.values(node.ports));
    const server = running?.networking["apiServerPort"];
    return new Set([...addresses.map((each) => each.slice(each.lastIndexOf(":") + 1)), server ?? ""].map(Number));
  };
  const nodeNames = async () => (await nodeContainers(exec, engine, name)).map((node) => node.name);
  const remove = async () => {
    await kind(["delete", "cluster", "--name", name], `delete ${label}`);
    await marker.remove();
  };
  /** Removes what a killed create has left; a cluster that somebody else made meanwhile is not ours to remove. */
  const removeRemains = async (progress: (message: string) => void) => {
    if (!(await isListed())) return;
    const foreign = () => new UserError(kindProblem(`create ${label}`, alreadyThere(name), null));
    const made = await marker.read();
    if (made?.state !== "creating") throw foreign();
    const nodes = await nodeContainers(exec, engine, name);
    if (nodes.some((node) => node.created < made.since)) throw foreign();
    progress("Removing what an interrupted run has left");
    await remove();
  };
  const start = async (plan: KindPlan, progress: (message: string) => void, output: string[], signal?: AbortSignal) => {
    const path = config.config === null ? [] : ["--config", resolve(ports.root, config.config)];
    const stop = signal === undefined ? {} : { signal };
    await kind(["create", "cluster", "--name", name, ...path], `create ${label}`, {
      timeoutMs: CREATE_MS,
      // Paths of mounts count from the project, wherever k8sctl was called.
      ...(plan.shape.nodes.some((node) => Object.keys(node.mounts).length > 0) ? { cwd: ports.root } : {}),
      onLine: (line) => {
        output.push(line);
        const step = stepOf(line);
        if (step !== null) progress(step);
      },
      ...stop,
    });
    progress("Waiting for the API server");
    const made = await readCredentials();
    await waitUntilReady(made, ports, SERVER_MS, signal);
    if (plan.network) {
      // kind's own --wait ends well when the time is over; a node that never gets Ready must fail here.
      progress(plan.nodes === 1 ? "Waiting for the node" : `Waiting for ${plan.nodes} nodes`);
      const kube = openKube(made, ports);
      await waitForNodes(kube, clock, { count: plan.nodes, limitMs: NODES_MS, label, ...stop }).finally(() =>
        kube.close(),
      );
    }
    const { patches } = plan;
    await marker.write({ state: "created", authority: fingerprint(made.certificateAuthority), patches });
  };

  return {
    provider: "kind",
    label,
    exists,
    access,
    async prepare() {
      const plan = await prepared();
      // The remains of a killed run may hold the ports, or the cluster that is replaced: they go before anything is made.
      if ((await marker.read())?.state !== "creating") await requirePorts(plan, heldPorts);
      return { nodes: plan.nodes };
    },
    async owned() {
      const made = await marker.read();
      return made?.state === "created" && made.authority === fingerprint((await access()).certificateAuthority);
    },
    async create(progress, signal) {
      const plan = await prepared();
      // Asked before, so that a failed create never removes a cluster that was there already.
      await removeRemains(progress);
      await requirePorts(plan);
      await requireRoom();
      await marker.write({ state: "creating", pid: ports.identity.pid, since: clock.wall() });
      const output: string[] = [];
      try {
        await start(plan, progress, output, signal);
      } catch (error) {
        progress("Removing what was made of the cluster");
        // Where that fails too (the engine went away), the marker stays and the next create removes the rest.
        await remove().catch(() => progress("It cannot be removed now; the next run removes it"));
        throw await withLog(error, output);
      }
    },
    async delete(progress) {
      progress(`Deleting ${label}`);
      await remove();
    },
    async differences() {
      // Without a config the project describes no cluster: whatever is there serves.
      if (config.config === null) return [];
      const plan = await readKindConfig(config.config, ports);
      const running = await runningShape(exec, engine, name);
      if (running === null) return [];
      const made = await marker.read();
      const before = made?.state === "created" ? made.patches : undefined;
      const patched = before !== undefined && before !== plan.patches;
      return [
        ...differences(running, plan.shape),
        ...(patched ? [{ path: "patches", before: "as created", after: "changed" }] : []),
      ];
    },
    async missingImages() {
      const { images = [] } = config;
      if (images.length === 0) return [];
      return imagesToLoad(exec, engine, (await exists()) ? await nodeNames() : [], images);
    },
    async loadImages(images, progress) {
      progress(`Loading ${images.join(", ")}`);
      await loadIntoNodes(kind, exec, { engine, name, images });
    },
    ...(config.registry === undefined ? {} : { connectRegistry: connectRegistry(config.registry) }),
  };

  function connectRegistry(registry: NonNullable<KindConfig["registry"]>) {
    return async (progress: (message: string) => void) => {
      const kube = openKube(await access(), ports);
      const nodes = await nodeNames();
      await ensureRegistry(exec, kube, { ...registry, engine, nodes }, progress).finally(() => kube.close());
    };
  }

  async function withLog(error: unknown, output: readonly string[]): Promise<unknown> {
    if (!(error instanceof UserError) || output.length === 0) return error;
    const path = createLog(ports.stateFolder, name);
    await files.write(path, `${output.join("\n")}\n`, 0o600);
    const problems = error.problems.map((problem, i) =>
      i > 0 ? problem : { ...problem, remedy: `${problem.remedy ?? "see kind's output"}; its whole output: ${path}` },
    );
    return new UserError(problems, { cause: error });
  }
}

function beingCreated(label: string, pid: number): Error {
  return userError("cluster-being-created", `process ${pid} is creating ${label} right now`, {
    remedy: "wait for it, or end that process and try again",
  });
}

function nameTooLong(name: string): Error {
  const longest = LONGEST_HOST - "-control-plane".length;
  return userError("kind-name", `the kind cluster's name "${name}" is longer than ${longest} characters`, {
    remedy: "give the cluster a shorter `name:` in k8sctl.yaml: its nodes are hosts named after it",
  });
}

function alreadyThere(name: string): string {
  return `ERROR: failed to create cluster: node(s) already exist for a cluster with the name "${name}"`;
}
