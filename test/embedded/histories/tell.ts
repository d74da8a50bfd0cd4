import type { KubeObject } from "../../../src/model/objects.ts";

/** A line of a recording: what a watch showed at `t` ms. */
export interface WatchLine {
  readonly t: number;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: KubeObject;
}

/** What became of one object, or of all that share a name's pattern (the pods of a ReplicaSet). */
export interface Story {
  /** Of each type: `True Reason: message`, each once, in the order of its first time. */
  readonly conditions?: Readonly<Record<string, readonly string[]>>;
  readonly phases?: readonly string[];
  /** Of each container: what it went through. */
  readonly containers?: Readonly<Record<string, readonly string[]>>;
  /** `Normal Reason by component at field: message`, each once, in the order of its first time. */
  readonly events?: readonly string[];
  /** The objects as they were at the end; none where they are gone. */
  readonly end?: readonly unknown[];
}

/** `Deployment web`, `ReplicaSet web~1`, `Pod web~1/*` -> its story. */
export type Told = Readonly<Record<string, Story>>;

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const listOf = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value : []);

/** Retells watch lines without names, times and numbers that a cluster makes up: two clusters' tales can be compared. */
export function tell(lines: readonly WatchLine[], manifest: readonly KubeObject[]): Told {
  const names = new Names();
  for (const { object } of lines) names.learn(object);
  const stories = new Map<string, Draft>();
  const given = new Set(manifest.map((object) => `${object.kind}/${object.metadata.name}`));
  for (const { type, object } of lines) {
    if (object.kind === "Event") {
      const about = fieldsOf(object["involvedObject"]);
      const key = names.keyOf(String(about["kind"]), String(about["name"]));
      noteEvent(storyOf(stories, key), names.clean(object) as Fields);
      continue;
    }
    const story = storyOf(stories, names.keyOf(object.kind, object.metadata.name));
    const uid = object.metadata.uid ?? object.metadata.name;
    if (type === "DELETED") {
      story.end.delete(uid);
      continue;
    }
    const clean = names.clean(asBefore(object)) as Fields;
    noteStatus(story, fieldsOf(clean["status"]));
    story.end.set(uid, endOf(clean, given.has(`${object.kind}/${object.metadata.name}`)));
  }
  return Object.fromEntries(
    [...stories].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, draft]) => [key, shown(draft)]),
  );
}

interface Draft {
  readonly conditions: Map<string, Set<string>>;
  readonly phases: Set<string>;
  readonly containers: Map<string, Set<string>>;
  readonly events: Set<string>;
  readonly end: Map<string, unknown>;
}

function storyOf(stories: Map<string, Draft>, key: string): Draft {
  const found = stories.get(key);
  if (found !== undefined) return found;
  const made = {
    conditions: new Map(),
    phases: new Set<string>(),
    containers: new Map(),
    events: new Set<string>(),
    end: new Map(),
  };
  stories.set(key, made);
  return made;
}

function noteEvent(story: Draft, event: Fields): void {
  const component = fieldsOf(event["source"])["component"] ?? event["reportingComponent"];
  const field = fieldsOf(event["involvedObject"])["fieldPath"];
  const at = field === undefined ? "" : ` at ${field}`;
  const message = String(event["message"]).trim();
  story.events.add(`${event["type"]} ${event["reason"]} by ${component}${at}: ${message}`);
}

function noteStatus(story: Draft, status: Fields): void {
  if (typeof status["phase"] === "string")
    story.phases.add([status["phase"], status["reason"]].filter(Boolean).join(" "));
  for (const condition of listOf(status["conditions"])) {
    const { type, status: holds, reason = "", message = "" } = condition;
    const text = `${holds} ${reason}: ${message}`.replace(/ ?: $/, "").trim();
    push(story.conditions, String(type), text);
  }
  for (const list of ["initContainerStatuses", "containerStatuses"])
    for (const container of listOf(status[list])) push(story.containers, String(container["name"]), stateOf(container));
}

function stateOf(container: Fields): string {
  const [[name, state] = ["", {}]] = Object.entries(fieldsOf(container["state"]));
  const { reason, exitCode, message } = fieldsOf(state);
  const said = [name, reason, exitCode].filter((each) => each !== undefined).join(" ");
  const more = message === undefined ? "" : `: ${message}`;
  return `${said}${more}`;
}

function push(map: Map<string, Set<string>>, key: string, text: string): void {
  map.set(key, (map.get(key) ?? new Set()).add(text));
}

/** A user's own object is told without what the user wrote. */
function endOf(object: Fields, given: boolean): unknown {
  const { metadata, spec, status, kind: _, apiVersion: __, ...rest } = object;
  const counted = ["Pod", "EndpointSlice"].includes(String(object["kind"]));
  const {
    creationTimestamp: _c,
    uid: _u,
    resourceVersion: _r,
    managedFields: _m,
    generateName: _g,
    namespace: _n,
    name: _a,
    generation,
    ...kept
  } = fieldsOf(metadata);
  const generations = counted || generation === undefined ? {} : { generation };
  return {
    metadata: { ...generations, ...kept },
    ...(given ? {} : { spec }),
    ...(status === undefined ? {} : { status }),
    ...(given ? {} : rest),
  };
}

function shown({ conditions, phases, containers, events, end }: Draft): Story {
  const lists = (map: Map<string, Set<string>>) => Object.fromEntries([...map].map(([key, set]) => [key, [...set]]));
  const ends = new Map([...end.values()].map((each) => [JSON.stringify(each), each]));
  return {
    ...(conditions.size > 0 ? { conditions: lists(conditions) } : {}),
    ...(phases.size > 0 ? { phases: [...phases] } : {}),
    ...(containers.size > 0 ? { containers: lists(containers) } : {}),
    ...(events.size > 0 ? { events: [...events] } : {}),
    ...(end.size > 0 ? { end: [...ends].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each) } : {}),
  };
}

/** What a pod's status tells since 1.34. */
const newer = new Set(["observedGeneration", "resources", "allocatedResources", "user"]);

/** An object of 1.34, without the annotations that say how it is to fail, as 1.32 would have told it, without the cluster's certificate. */
function asBefore(object: KubeObject): KubeObject {
  if (object.kind === "Pod") return { ...object, status: stripped(object["status"]) } as KubeObject;
  if (object.kind === "PersistentVolume")
    return { ...object, spec: { ...fieldsOf(object["spec"]), claimRef: unversioned(object) } };
  return object.metadata.name === "kube-root-ca.crt" ? ({ ...object, data: {} } as KubeObject) : object;
}

/**
 * A label that came with 1.33, what the recorded cluster's provisioner writes on its volumes, and a time that is only
 * there when the last change was a pod's readiness.
 */
const strangers = new Set([
  "endpoints.kubernetes.io/managed-by",
  "local.path.provisioner/selected-node",
  "endpoints.kubernetes.io/last-change-trigger-time",
]);

/** An annotation that says how to fail, and annotations that hold nothing else. */
function isOurs(key: string, field: unknown): boolean {
  const ours = (name: string) => name.startsWith("embedded.k8sctl.dev/");
  return (
    ours(key) ||
    strangers.has(key) ||
    (key === "annotations" && Object.keys(fieldsOf(field)).every((name) => ours(name) || strangers.has(name)))
  );
}

function unversioned(volume: KubeObject): unknown {
  const { resourceVersion: _, ...rest } = fieldsOf(fieldsOf(volume["spec"])["claimRef"]);
  return rest;
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stripped);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !newer.has(key));
  return Object.fromEntries(kept.map(([key, field]) => [key, stripped(field)]));
}

function byTarget(list: readonly unknown[]): unknown[] {
  const key = (each: unknown) => String(fieldsOf(fieldsOf(each)["targetRef"])["name"] ?? "");
  return [...list].sort((a, b) => key(a).localeCompare(key(b)));
}

/** Names, hashes and uids that were made up, and what they are called here. */
class Names {
  readonly #known = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #seen = new Set<string>();
  #longestFirst: readonly (readonly [string, string])[] | null = null;

  learn(object: KubeObject): void {
    const { name, uid = "", ownerReferences = [], labels = {} } = object.metadata;
    const spec = fieldsOf(object["spec"]);
    if (typeof spec["nodeName"] === "string") this.#know(spec["nodeName"], "NODE");
    if (object.kind === "Event" || this.#seen.has(uid)) return;
    this.#seen.add(uid);
    if (uid !== "") this.#know(uid, "UID");
    const owner = ownerReferences.find((each) => each.controller === true);
    for (const volume of listOf(spec["volumes"]))
      if (String(volume["name"]).startsWith("kube-api-access-"))
        this.#know(String(volume["name"]), "kube-api-access-*");
    if (object.kind === "Node") this.#know(name, "NODE");
    if (owner === undefined) return;
    const known = this.#known.get(owner.name) ?? owner.name;
    if (object.kind === "Pod" && owner.kind !== "StatefulSet") this.#know(name, `${known}/*`);
    else if (object.kind !== "Pod") {
      const number = (this.#counts.get(`${object.kind} ${owner.name}`) ?? 0) + 1;
      this.#counts.set(`${object.kind} ${owner.name}`, number);
      const alias = `${owner.name}~${number}`;
      this.#know(name, alias);
      const hash =
        labels["pod-template-hash"] ?? labels["controller-revision-hash"] ?? labels["controller.kubernetes.io/hash"];
      if (hash !== undefined && hash !== name) this.#know(hash, `~${number}`);
    }
  }

  #know(name: string, alias: string): void {
    this.#known.set(name, alias);
    this.#longestFirst = null;
  }

  keyOf(kind: string, name: string): string {
    return `${kind} ${this.#text(name)}`;
  }

  #text(text: string): string {
    this.#longestFirst ??= [...this.#known].sort(([a], [b]) => b.length - a.length);
    let result = text;
    for (const [name, alias] of this.#longestFirst) if (result.includes(name)) result = result.replaceAll(name, alias);
    return (
      result
        .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
        .replace(/containerd:\/\/[0-9a-f]{64}/g, "containerd://ID")
        .replace(/[0-9a-f]{64}/g, "DIGEST")
        .replace(/\/var\/(local-path-provisioner|embedded)\/.*/g, "PATH")
        .replace(/\S+@sha256:DIGEST/g, "IMAGE@sha256:DIGEST")
        .replace(
          /rancher\.io\/local-path(_local-path-provisioner\S+)?|k8sctl\.dev\/simulated|embedded\.k8sctl\.dev\/volumes/g,
          "PROVISIONER",
        )
        // Dynamic resource allocation came with 1.34.
        .replace("no new claims to deallocate, ", "")
        .replace(/\b\d{1,3}(\.\d{1,3}){3}(:\d+)?\b/g, "IP")
    );
  }

  /** Also without what 1.34 no longer writes. */
  clean(value: unknown): unknown {
    if (typeof value === "string") return this.#text(value);
    // Endpoints stand in the order in which they came.
    if (Array.isArray(value)) return byTarget(value.map((each) => this.clean(each)));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key, field]) => !(key === "creationTimestamp" && field === null) && !isOurs(key, field))
        .map(([key, field]) => [this.#text(key), this.clean(field)]),
    );
  }
}
