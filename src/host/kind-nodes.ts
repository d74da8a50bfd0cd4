import { userError } from "../model/errors.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Clock, Exec, Kube } from "../ports.ts";

const PAUSE_MS = 500;
const SHORT_MS = 60_000;

/** A node of a kind cluster, which is a container. `created` is milliseconds since 1970. */
export interface NodeContainer {
  readonly name: string;
  readonly running: boolean;
  readonly created: number;
  /** Of its last start. */
  readonly started: number;
}

/** The containers of the cluster NAME; none where the engine does not answer. */
export async function nodeContainers(exec: Exec, engine: string, name: string): Promise<NodeContainer[]> {
  const label = `label=io.x-k8s.kind.cluster=${name}`;
  const listed = await exec.run([engine, "ps", "-a", "--filter", label, "--format", "{{.Names}}"], {
    timeoutMs: SHORT_MS,
  });
  const names = listed.exitCode === 0 ? listed.stdout.split("\n").filter((line) => line.trim() !== "") : [];
  if (names.length === 0) return [];
  const format = "{{.Name}} {{.State.Running}} {{.Created}} {{.State.StartedAt}}";
  const { stdout } = await exec.run([engine, "inspect", "--format", format, ...names], { timeoutMs: SHORT_MS });
  return stdout
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [node = "", running, created = "", started = ""] = line.trim().replace(/^\//, "").split(" ");
      return { name: node, running: running === "true", created: Date.parse(created), started: Date.parse(started) };
    });
}

/**
 * Starts the nodes of a cluster that was stopped, as a restart of the machine does. Throws UserError `cluster-stopped`
 * for several nodes, whose addresses may change (https://github.com/kubernetes-sigs/kind/issues/1689), and where the
 * engine cannot start the node. false: they all run.
 */
export async function startStopped(exec: Exec, engine: string, name: string): Promise<boolean> {
  const nodes = await nodeContainers(exec, engine, name);
  const stopped = nodes.filter((node) => !node.running);
  if (stopped.length === 0) return false;
  const names = stopped.map((node) => node.name);
  if (nodes.length > 1) {
    const message = `${names.length} of ${nodes.length} nodes of kind/${name} are stopped (${names.join(", ")})`;
    throw userError("cluster-stopped", message, {
      remedy: `try \`${engine} start ${nodes.map((node) => node.name).join(" ")}\`; where the nodes got other addresses, delete the cluster and create it again`,
    });
  }
  const { exitCode, stderr } = await exec.run([engine, "start", ...names], { timeoutMs: SHORT_MS });
  if (exitCode === 0) return true;
  throw userError("cluster-stopped", `kind/${name} is stopped and does not start: ${stderr.trim()}`, {
    remedy: "mend what the message names, or delete the cluster and create it again",
  });
}

/**
 * Waits until `count` nodes are there and Ready. Throws UserError `nodes-not-ready` after `limitMs`, with what each
 * node says of itself.
 */
export async function waitForNodes(
  kube: Kube,
  clock: Clock,
  options: { readonly count: number; readonly limitMs: number; readonly label: string; readonly signal?: AbortSignal },
): Promise<void> {
  const { count, limitMs, label, signal } = options;
  const started = clock.monotonic();
  for (;;) {
    const { items } = await kube.list({ group: "", version: "v1", kind: "Node" });
    const waiting = items.filter((node) => readyOf(node)?.["status"] !== "True");
    if (items.length >= count && waiting.length === 0) return;
    if (clock.monotonic() - started > limitMs) throw notReady(label, count, items.length, waiting, limitMs);
    await clock.sleep(PAUSE_MS, signal);
  }
}

function notReady(label: string, count: number, found: number, waiting: readonly KubeObject[], limitMs: number) {
  const missing = found < count ? [`${count - found} of ${count} nodes did not register`] : [];
  const why = waiting.map((node) => `${node.metadata.name}: ${text(readyOf(node)?.["message"]) || "says nothing yet"}`);
  return userError(
    "nodes-not-ready",
    `the nodes of ${label} are not Ready after ${limitMs / 1000} s: ${[...missing, ...why].join("; ")}`,
    { remedy: "look at `kubectl describe node` and the node's `journalctl -u kubelet`" },
  );
}

function readyOf(node: KubeObject): JsonObject | undefined {
  const status = node["status"];
  const conditions = isJsonObject(status) ? status["conditions"] : undefined;
  const list = Array.isArray(conditions) ? conditions.filter(isJsonObject) : [];
  return list.find((condition) => condition["type"] === "Ready");
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
