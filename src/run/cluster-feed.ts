import { type ObjectKey, objectKey } from "../model/ids.ts";
import { idOf, type KubeObject } from "../model/objects.ts";
import type { Kube, ListOptions } from "../ports.ts";

type ObjectType = { readonly group: string; readonly version: string; readonly kind: string };

/** The newest state of the objects of one list and watch. */
export interface Feed {
  readonly objects: ReadonlyMap<ObjectKey, KubeObject>;
  /** All of them as a list that stays the same array until something changes. */
  list(): readonly KubeObject[];
  /** Why there is no watch (no permission, say): objects must be read one by one. null while it works. */
  readonly broken: unknown;
}

/**
 * Starts following one list; `changed` hears of each object that changed or went. Ends with the signal. `lean` makes of
 * each object what is kept of it, null: nothing.
 */
export function startFeed(
  kube: Kube,
  type: ObjectType,
  options: ListOptions & { readonly signal: AbortSignal },
  changed: (object: KubeObject, gone: boolean) => void,
  lean: (object: KubeObject) => KubeObject | null = (object) => object,
  broken: (error: unknown) => void = () => {},
): Feed {
  const objects = new Map<ObjectKey, KubeObject>();
  let list: readonly KubeObject[] | null = null;
  const feed = { objects, list: () => (list ??= [...objects.values()]), broken: null as unknown };
  follow().catch((error) => {
    if (options.signal.aborted) return;
    feed.broken = error;
    broken(error);
  });
  return feed;

  async function follow(): Promise<void> {
    for await (const event of kube.watch(type, options)) {
      if (event.type === "SYNCED") continue;
      const object = lean(event.object);
      if (object === null) continue;
      const key = objectKey(idOf(object));
      if (event.type === "DELETED") objects.delete(key);
      else objects.set(key, object);
      list = null;
      changed(object, event.type === "DELETED");
    }
  }
}
