import type { KubeObject } from "../model/objects.ts";
import { plainText } from "../model/text.ts";
import type { Kube } from "../ports.ts";
import { type ClusterEvent, eventsAbout } from "../status/index.ts";
import type { Target } from "./targets.ts";

/** An Event with the object that it is about, which may be a pod or a ReplicaSet of the target's. */
export interface TargetEvent extends ClusterEvent {
  readonly stack: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

const eventType = { group: "", version: "v1", kind: "Event" };
/** What controllers make for the objects of a stack, and speak of in Events. */
const made = [
  { group: "", version: "v1", kind: "Pod" },
  { group: "", version: "v1", kind: "PersistentVolumeClaim" },
  { group: "apps", version: "v1", kind: "ReplicaSet" },
  { group: "batch", version: "v1", kind: "Job" },
] as const;

/**
 * Events about some targets and all that their controllers made, oldest first: five lists per namespace. Events about
 * pods that are gone are told by their names, which begin with their owner's.
 */
export async function eventsOf(kube: Kube, targets: readonly Target[]): Promise<TargetEvent[]> {
  const alive = targets.flatMap((target) =>
    target.live === null ? [] : [{ stack: target.stack, object: target.live }],
  );
  const namespaces = new Set(alive.map(({ object }) => object.metadata.namespace ?? "default"));
  const found: TargetEvent[] = [];
  for (const namespace of namespaces) {
    const own = alive.filter(({ object }) => (object.metadata.namespace ?? "default") === namespace);
    const [events, ...others] = await Promise.all(
      [eventType, ...made].map(async (type) => (await kube.list(type, { namespace })).items),
    );
    const family = descendants(own, others.flat());
    const ghosts = ghostsOf(own, family, events ?? []);
    for (const { stack, object } of [...family, ...ghosts]) {
      const { namespace: place = "", name } = object.metadata;
      for (const event of eventsAbout(object, { pods: [], events: events ?? [] })) {
        const message = plainText(event.message);
        found.push({ ...event, message, stack, kind: object.kind, namespace: place, name });
      }
    }
  }
  return found.sort((a, b) => a.last.localeCompare(b.last));
}

interface Member {
  readonly stack: string;
  readonly object: KubeObject;
}

/** The objects and everything that they own, at any depth. */
function descendants(own: readonly Member[], others: readonly KubeObject[]): Member[] {
  const family = new Map(own.map((member) => [member.object.metadata.uid ?? "", member]));
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const object of others) {
      const uid = object.metadata.uid ?? "";
      const owner = object.metadata.ownerReferences?.map((each) => family.get(each.uid)).find((each) => each);
      if (owner !== undefined && !family.has(uid)) family.set(uid, { stack: owner.stack, object });
    }
  }
  return [...family.values()];
}

/** Pods and claims that only Events remember. */
function ghostsOf(own: readonly Member[], family: readonly Member[], events: readonly KubeObject[]): Member[] {
  const known = new Set(family.map(({ object }) => `${object.kind}/${object.metadata.name}`));
  const ghosts = new Map<string, Member>();
  for (const event of events) {
    const about = event["involvedObject"] as { kind?: string; name?: string; namespace?: string; uid?: string };
    const { kind = "", name = "", namespace = "", uid } = about;
    const key = `${kind}/${name}`;
    if ((kind !== "Pod" && kind !== "ReplicaSet" && kind !== "Job") || known.has(key)) continue;
    const owner = own.find(({ object }) => name.startsWith(`${object.metadata.name}-`) && owners.has(object.kind));
    if (owner === undefined) continue;
    const metadata = { name, namespace, ...(uid === undefined ? {} : { uid }) };
    ghosts.set(`${key}/${uid}`, { stack: owner.stack, object: { apiVersion: "v1", kind, metadata } });
  }
  return [...ghosts.values()];
}

const owners = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"]);
