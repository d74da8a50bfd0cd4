import { KubeError } from "../../src/model/errors.ts";
import type { JsonObject } from "../../src/model/json.ts";
import type { KubeObject, ResourceType } from "../../src/model/objects.ts";
import type {
  ApplyOptions,
  DeleteOptions,
  Kube,
  KubeList,
  ListOptions,
  ObjectRef,
  WatchEvent,
  WriteAnswer,
} from "../../src/ports.ts";

type TypeRef = { group: string; kind: string };

/** What the cluster was asked to write, as one line: `apply Deployment web/shop`. */
type Intercept = (line: string, object: KubeObject | null) => void | Promise<void>;

/**
 * An API server without HTTP, defaults and controllers, for tests of order and of failures that a real server does not
 * give at will. Objects are whole documents; apply replaces all but metadata and status.
 */
export class MemoryKube implements Kube {
  readonly server = "https://memory";
  readonly writes: string[] = [];
  /** Runs before each write; throw to refuse it. */
  intercept: Intercept = () => {};
  /** Changes an object as controllers would, right after each write. */
  react: (object: KubeObject) => void = () => {};
  types: ResourceType[] = [];
  readonly #objects = new Map<string, KubeObject>();
  readonly #listeners = new Set<(event: { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject }) => void>();
  readonly #made = new Map<string, number>();
  #version = 0;

  /** Tests of order need no locks; those of locks bring a server. */
  guarded(): Kube {
    return this;
  }

  async version() {
    return { gitVersion: "v0.0.0-memory" };
  }

  async resourceTypes() {
    return this.types;
  }

  async get(ref: ObjectRef): Promise<KubeObject | null> {
    return copy(this.#objects.get(refKey(ref)) ?? null);
  }

  async list(type: TypeRef, options: ListOptions = {}): Promise<KubeList> {
    const items = [...this.#objects.values()].filter((o) => selected(o, type, options)).map((o) => copy(o));
    return { items, resourceVersion: String(this.#version) };
  }

  async apply(object: KubeObject, options: ApplyOptions): Promise<WriteAnswer> {
    if (options.dryRun) return { object, created: !this.#objects.has(keyOf(object)), warnings: [] };
    await this.#write("apply", object);
    options.signal?.throwIfAborted();
    const live = this.#objects.get(keyOf(object));
    return { object: this.put(object), created: live === undefined, warnings: [] };
  }

  async create(object: KubeObject): Promise<KubeObject> {
    await this.#write("create", object);
    if (this.#objects.has(keyOf(object))) throw refusal(409, "AlreadyExists", keyOf(object));
    return this.put(object);
  }

  async requestToken(account: { namespace: string; name: string }): Promise<JsonObject> {
    throw new Error(`no token is to be had for ${account.name} here`);
  }

  async replace(object: KubeObject): Promise<KubeObject> {
    await this.#write("replace", object);
    const live = this.#objects.get(keyOf(object));
    if (!live) throw refusal(404, "NotFound", keyOf(object));
    const wanted = object.metadata.resourceVersion;
    if (wanted && wanted !== live.metadata.resourceVersion) throw refusal(409, "Conflict", keyOf(object));
    return this.put(object);
  }

  /** Merge patches of labels only. */
  async patch(ref: ObjectRef, patch: JsonObject | JsonObject[]): Promise<KubeObject> {
    const live = this.#objects.get(refKey(ref));
    if (!live) throw refusal(404, "NotFound", refKey(ref));
    await this.#write("patch", live);
    const change = (patch as unknown as { metadata: { labels: Record<string, string | null> } }).metadata.labels;
    const merged = Object.entries({ ...live.metadata.labels, ...change }).filter(([, value]) => value !== null);
    const labels = Object.fromEntries(merged) as Record<string, string>;
    return this.put({ ...live, metadata: { ...live.metadata, labels } });
  }

  async delete(ref: ObjectRef, options: DeleteOptions): Promise<boolean> {
    const live = this.#objects.get(refKey(ref));
    await this.#write("delete", live ?? { apiVersion: "", kind: ref.kind, metadata: ref });
    if (!live) return false;
    const { uid, resourceVersion } = live.metadata;
    if (options.uid && options.uid !== uid) throw refusal(409, "Conflict", refKey(ref));
    if (options.resourceVersion && options.resourceVersion !== resourceVersion) {
      throw refusal(409, "Conflict", refKey(ref));
    }
    if ((live.metadata.finalizers ?? []).length > 0) {
      this.put({ ...live, metadata: { ...live.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
    } else this.remove(ref);
    return true;
  }

  async *watch(type: TypeRef, options: ListOptions & { readonly signal: AbortSignal }): AsyncIterable<WatchEvent> {
    const queue: WatchEvent[] = (await this.list(type, options)).items.map((object) => ({ type: "ADDED", object }));
    queue.push({ type: "SYNCED" });
    let wake = () => {};
    const listen = (event: { type: "ADDED" | "MODIFIED" | "DELETED"; object: KubeObject }) => {
      if (!selected(event.object, type, options)) return;
      queue.push({ type: event.type, object: copy(event.object) });
      wake();
    };
    this.#listeners.add(listen);
    options.signal.addEventListener("abort", () => wake());
    try {
      while (!options.signal.aborted) {
        const next = queue.shift();
        if (next) yield next;
        else {
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      }
    } finally {
      this.#listeners.delete(listen);
    }
  }

  async logs(): Promise<string | null> {
    return null;
  }

  async *logStream(): AsyncGenerator<never> {}

  close() {}

  /** Stores an object as the server would: uid, resourceVersion, and generation when the spec changed. */
  put(object: KubeObject): KubeObject {
    const live = this.#objects.get(keyOf(object));
    this.#version += 1;
    const specChanged = JSON.stringify(live?.["spec"]) !== JSON.stringify(object["spec"]);
    const stored: KubeObject = {
      ...(live?.["status"] === undefined ? {} : { status: live["status"] }),
      ...copy(object),
      metadata: {
        ...copy(object.metadata),
        uid: live?.metadata.uid ?? this.#newUid(object),
        resourceVersion: String(this.#version),
        generation: (live?.metadata.generation ?? 0) + (specChanged ? 1 : 0),
      },
    };
    this.#objects.set(keyOf(object), stored);
    this.#tell(live ? "MODIFIED" : "ADDED", stored);
    this.react(stored);
    return copy(stored);
  }

  /** `shop-2`: the second object of that name. */
  #newUid(object: KubeObject): string {
    const made = (this.#made.get(keyOf(object)) ?? 0) + 1;
    this.#made.set(keyOf(object), made);
    return `${object.metadata.name}-${made}`;
  }

  remove(ref: { group: string; kind: string; namespace: string; name: string }): void {
    const live = this.#objects.get(refKey(ref));
    if (!live) return;
    this.#objects.delete(refKey(ref));
    this.#tell("DELETED", live);
  }

  all(): KubeObject[] {
    return [...this.#objects.values()].map((o) => copy(o));
  }

  #tell(type: "ADDED" | "MODIFIED" | "DELETED", object: KubeObject): void {
    for (const listen of [...this.#listeners]) listen({ type, object });
  }

  async #write(verb: string, object: KubeObject): Promise<void> {
    const { namespace, name } = object.metadata;
    const line = `${verb} ${object.kind} ${namespace ? `${namespace}/` : ""}${name}`;
    await this.intercept(line, object);
    this.writes.push(line);
  }
}

export function refusal(status: number, reason: string, message: string): KubeError {
  return new KubeError({ status, reason, message, request: "memory" });
}

function copy<T>(value: T): T {
  return structuredClone(value);
}

function refKey(ref: { group: string; kind: string; namespace: string; name: string }): string {
  return `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`;
}

function groupOf(object: KubeObject): string {
  return object.apiVersion.includes("/") ? (object.apiVersion.split("/")[0] ?? "") : "";
}

function keyOf(object: KubeObject): string {
  const { namespace = "", name } = object.metadata;
  return refKey({ group: groupOf(object), kind: object.kind, namespace, name });
}

function selected(object: KubeObject, type: TypeRef, options: ListOptions): boolean {
  if (object.kind !== type.kind || groupOf(object) !== type.group) return false;
  if (options.namespace && object.metadata.namespace !== options.namespace) return false;
  if (!options.labelSelector) return true;
  const labels = object.metadata.labels ?? {};
  const set = /^(\S+) in \((.*)\)$/.exec(options.labelSelector);
  if (set?.[1] !== undefined && set[2] !== undefined) return set[2].split(",").includes(labels[set[1]] ?? "");
  return options.labelSelector.split(",").every((term) => {
    const [label = "", value] = term.split("=");
    return labels[label] === value;
  });
}
