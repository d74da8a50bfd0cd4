import type { PodFacts, WriterFacts } from "../model/description.ts";
import { type ObjectId, objectKey } from "../model/ids.ts";
import { isJsonObject } from "../model/json.ts";
import { ageOf, type KubeObject } from "../model/objects.ts";
import type { ObjectStatus, Verdict } from "../model/status.ts";
import { plainLine } from "../model/text.ts";
import type { Kube } from "../ports.ts";
import { type Condition, conditionsOf, containersOf, relatedPods } from "../status/index.ts";
import type { ManagedStatus } from "./status.ts";
import { eventsOf, type TargetEvent } from "./target-events.ts";
import type { Target } from "./targets.ts";

/** Everything that is known of one object, for a person who looks for what is wrong with it. */
export interface Description {
  readonly stack: string;
  readonly address: string;
  readonly id: ObjectId;
  readonly uid: string | null;
  readonly ageMs: number | null;
  readonly status: ObjectStatus;
  readonly verdict: Verdict | null;
  readonly conditions: readonly Condition[];
  readonly pods: readonly PodFacts[];
  /** The newest, oldest first. */
  readonly events: readonly TargetEvent[];
  readonly managers: readonly WriterFacts[];
}

const EVENTS = 10;

/** `health` is that of the targets' stacks (`readStatus`): verdicts are told there, with what stands behind them. */
export async function describeTargets(
  kube: Kube,
  targets: readonly Target[],
  health: readonly ManagedStatus[],
  now: number,
): Promise<Description[]> {
  const events = await eventsOf(kube, targets);
  const pods = await podsByNamespace(kube, targets);
  const judged = new Map(health.map((each) => [objectKey(each.status.id), each]));
  return targets.flatMap(({ stack, address, entry, live }): Description[] => {
    const known = judged.get(objectKey(entry.id));
    if (known === undefined) return [];
    const { status, verdict } = known;
    const whose = { stack, address, id: entry.id, uid: live?.metadata.uid ?? entry.uid, status, verdict };
    if (live === null) return [{ ...whose, ageMs: null, conditions: [], pods: [], events: [], managers: [] }];
    const own = relatedPods(live, pods.get(entry.id.namespace) ?? []);
    const names = new Set([live, ...own].map(({ kind, metadata }) => `${kind}/${metadata.name}`));
    const about = events.filter(
      (event) => event.stack === stack && (names.has(`${event.kind}/${event.name}`) || isMadeBy(live, event.name)),
    );
    return [
      {
        ...whose,
        ageMs: ageOf(live, now),
        conditions: conditionsOf(live),
        pods: own.map((pod) => podFacts(pod, now)),
        events: about.slice(-EVENTS),
        managers: managersOf(live),
      },
    ];
  });
}

async function podsByNamespace(kube: Kube, targets: readonly Target[]): Promise<Map<string, KubeObject[]>> {
  const namespaces = new Set(targets.map(({ entry }) => entry.id.namespace).filter((name) => name !== ""));
  const found = new Map<string, KubeObject[]>();
  for (const namespace of namespaces) {
    found.set(namespace, (await kube.list({ group: "", version: "v1", kind: "Pod" }, { namespace })).items);
  }
  return found;
}

/** ReplicaSets, Jobs and pods bear their owner's name and more. */
function isMadeBy(object: KubeObject, name: string): boolean {
  return name.startsWith(`${object.metadata.name}-`);
}

function podFacts(pod: KubeObject, now: number): PodFacts {
  const all = containersOf(pod).filter(({ role }) => role !== "init");
  const spec = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const status = isJsonObject(pod["status"]) ? pod["status"] : {};
  const waiting = containersOf(pod).find(({ ready, reason }) => !ready && reason !== "" && reason !== "Completed");
  const phase = pod.metadata.deletionTimestamp === undefined ? String(status["phase"] ?? "Unknown") : "Terminating";
  return {
    name: pod.metadata.name,
    phase: plainLine(waiting?.reason ?? phase),
    ready: all.filter(({ ready }) => ready).length,
    containers: Array.isArray(spec["containers"]) ? spec["containers"].length : all.length,
    restarts: all.reduce((sum, { restarts }) => sum + restarts, 0),
    node: plainLine(String(spec["nodeName"] ?? "")),
    ageMs: ageOf(pod, now),
  };
}

function managersOf(object: KubeObject): Description["managers"] {
  const latest = new Map<string, Description["managers"][number]>();
  for (const { manager = "", operation = "", time } of object.metadata.managedFields ?? []) {
    const key = `${operation} ${manager}`;
    if ((latest.get(key)?.time ?? "") <= (time ?? "")) {
      latest.set(key, { manager: plainLine(manager), operation, time: time ?? null });
    }
  }
  return [...latest.values()];
}
