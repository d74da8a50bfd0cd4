import { apiVersionOf } from "../../model/ids.ts";
import type { KubeObject, ResourceType } from "../../model/objects.ts";
import type { WatchEvent } from "../../ports.ts";

type ObjectEvent = Exclude<WatchEvent, { type: "SYNCED" }>;

interface Seen {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
}

/** What a watch has reported, without the objects: enough to tell what changed when the list is taken again. */
export class KnownObjects {
  readonly #type: ResourceType;
  readonly #seen = new Map<string, Seen>();

  constructor(type: ResourceType) {
    this.#type = type;
  }

  record(event: ObjectEvent): ObjectEvent {
    const seen = seenOf(event.object);
    if (event.type === "DELETED") this.#seen.delete(keyOf(seen));
    else this.#seen.set(keyOf(seen), seen);
    return event;
  }

  /** What leads from the objects reported so far to `items`. */
  *difference(items: readonly KubeObject[]): Generator<ObjectEvent> {
    const gone = new Map(this.#seen);
    for (const object of items) {
      const now = seenOf(object);
      const before = this.#seen.get(keyOf(now));
      gone.delete(keyOf(now));
      if (before?.uid === now.uid) {
        if (before.resourceVersion !== now.resourceVersion) yield this.record({ type: "MODIFIED", object });
        continue;
      }
      if (before !== undefined) yield { type: "DELETED", object: this.#remains(before) };
      yield this.record({ type: "ADDED", object });
    }
    for (const seen of gone.values()) yield this.record({ type: "DELETED", object: this.#remains(seen) });
  }

  /** A deleted object of which only the name is left. */
  #remains(seen: Seen): KubeObject {
    const { namespace, ...metadata } = seen;
    return {
      apiVersion: apiVersionOf(this.#type),
      kind: this.#type.kind,
      metadata: namespace === "" ? metadata : { ...metadata, namespace },
    };
  }
}

function seenOf(object: KubeObject): Seen {
  const { namespace = "", name, uid = "", resourceVersion = "" } = object.metadata;
  return { namespace, name, uid, resourceVersion };
}

function keyOf(seen: Seen): string {
  return `${seen.namespace}/${seen.name}`;
}
