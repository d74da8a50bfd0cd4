import { startEmbedded } from "../../../src/embedded/server.ts";
import type { KubeObject } from "../../../src/model/objects.ts";
import { clientOf } from "../client.ts";
import type { WatchLine } from "./tell.ts";

/** What was done later in a recording, at `t` ms. */
export interface Action {
  readonly t: number;
  readonly action: string;
  readonly object?: KubeObject;
  readonly path?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly pod?: string;
}

export interface Script {
  readonly scenario: string;
  readonly manifest: readonly KubeObject[];
  readonly actions: readonly Action[];
  readonly durationMs: number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Kinds that a recording watched. */
const watched = new Set([
  ...[
    "Namespace",
    "Pod",
    "Event",
    "Service",
    "Endpoints",
    "EndpointSlice",
    "PersistentVolumeClaim",
    "PersistentVolume",
  ],
  ...[
    "Deployment",
    "ReplicaSet",
    "ReplicationController",
    "StatefulSet",
    "DaemonSet",
    "ControllerRevision",
    "Job",
    "CronJob",
    "ConfigMap",
    "Secret",
  ],
  ...[
    "ServiceAccount",
    "HorizontalPodAutoscaler",
    "PodDisruptionBudget",
    "Ingress",
    "CustomResourceDefinition",
    "Widget",
  ],
]);

export interface ClusterByHand {
  readonly client: Client;
  /** What watches of the namespace showed so far. */
  readonly lines: readonly WatchLine[];
  /** Turns the clock by so many ms, and does what falls due in its order. */
  turn(ms: number): Promise<void>;
  apply(object: object): Promise<void>;
  /** Milliseconds since the start. */
  now(): number;
  close(): Promise<void>;
}

/** An embedded cluster, through its API, whose clock is turned by hand. */
export async function clusterByHand(namespace: string, timeScale = 1): Promise<ClusterByHand> {
  const start = Date.parse("2026-11-21T00:00:10Z");
  let now = start;
  const timers = new Set<Timer>();
  const setTimer = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const failures: string[] = [];
  const log = (line: string) => void failures.push(line);
  const cluster = await startEmbedded({ clock: { now: () => now, setTimer }, timeScale, log });
  const client = clientOf(cluster.access);
  const lines: WatchLine[] = [];
  const unsubscribe = cluster.store.subscribe(({ type, object }) => {
    const { namespace: of = namespace, name } = object.metadata;
    const own = of === namespace && (object.kind !== "Namespace" || name === namespace);
    if (own && watched.has(object.kind)) lines.push({ t: now - start, type, object: structuredClone(object) });
  });
  const turn = async (ms: number) => {
    const to = now + ms;
    for (;;) {
      await housekeeping();
      let next: Timer | null = null;
      for (const timer of timers) if (timer.at <= to && (next === null || timer.at < next.at)) next = timer;
      if (next === null) break;
      timers.delete(next);
      now = Math.max(now, next.at);
      next.run();
    }
    now = to;
  };
  await turn(0);
  return {
    client,
    lines,
    turn,
    apply: (object) => apply(client, namespace, object as KubeObject),
    now: () => now - start,
    close: async () => {
      unsubscribe();
      client.close();
      await cluster.close();
      if (failures.length > 0) throw new Error(failures.join("\n"));
    },
  };
}

/** Plays a script, at timeScale 0.1 in a tenth of its time; what its watches showed. */
export async function play(script: Script, timeScale = 1): Promise<readonly WatchLine[]> {
  const cluster = await clusterByHand(script.scenario, timeScale);
  try {
    for (const object of script.manifest) {
      await cluster.apply(object);
      await cluster.turn(10 * timeScale);
    }
    for (const action of script.actions) {
      await cluster.turn(Math.max(0, action.t * timeScale - cluster.now()));
      await act(cluster.client, script, action, cluster.lines);
    }
    await cluster.turn(Math.max(0, script.durationMs * timeScale - cluster.now()));
  } finally {
    await cluster.close();
  }
  return cluster.lines;
}

/** The server's own queues run on immediates. */
async function housekeeping(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

type Client = ReturnType<typeof clientOf>;

async function apply(client: Client, namespace: string, object: KubeObject): Promise<void> {
  const path = pathOf(namespace, object);
  const headers = { "content-type": "application/apply-patch+yaml" };
  const answer = await client.send({
    method: "PATCH",
    path: `${path}?fieldManager=recorder&force=true`,
    headers,
    body: object,
  });
  if (answer.status >= 300) throw new Error(`${path}: ${answer.status} ${answer.text}`);
}

function pathOf(namespace: string, { apiVersion, kind, metadata }: KubeObject): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const lower = kind.toLowerCase();
  const plural = lower.endsWith("ss") ? `${lower}es` : lower.endsWith("y") ? `${lower.slice(0, -1)}ies` : `${lower}s`;
  const cluster = ["Namespace", "CustomResourceDefinition", "PersistentVolume", "StorageClass"].includes(kind);
  return `${root}${cluster ? "" : `/namespaces/${namespace}`}/${plural}/${metadata.name}`;
}

async function act(client: Client, script: Script, action: Action, lines: readonly WatchLine[]): Promise<void> {
  const headers = { "content-type": action.contentType ?? "application/json" };
  const namespace = script.scenario;
  switch (action.action) {
    case "apply":
      await apply(client, namespace, action.object!);
      return;
    case "patch":
      await client.send({ method: "PATCH", path: action.path!, headers, body: action.body });
      return;
    case "delete":
      await client.send({ method: "DELETE", path: onOurs(action.path!, lines), headers, body: action.body });
      return;
    case "evict": {
      const name = ourPod(action.pod!, lines);
      const body = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
      await client.send({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods/${name}/eviction`,
        headers,
        body,
      });
      return;
    }
  }
}

function onOurs(path: string, lines: readonly WatchLine[]): string {
  const [, root, pod] = /^(.*\/pods\/)([^/]+)$/.exec(path) ?? [];
  return root === undefined ? path : root + ourPod(pod!, lines);
}

/** A pod of the same set as the recorded one: its name without the hashes. */
function ourPod(recorded: string, lines: readonly WatchLine[]): string {
  const pods = new Map<string, KubeObject>();
  for (const { type, object } of lines) {
    if (object.kind !== "Pod") continue;
    if (type === "DELETED" || object.metadata.deletionTimestamp !== undefined) pods.delete(object.metadata.name);
    else pods.set(object.metadata.name, object);
  }
  if (pods.has(recorded)) return recorded;
  const stem = recorded.split("-").slice(0, -2).join("-");
  return [...pods.keys()].find((name) => name.startsWith(`${stem}-`)) ?? recorded;
}
