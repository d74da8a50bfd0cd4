import type { KubeObject } from "../model/objects.ts";

/**
 * A look-up by key that is built once per list: one list of a namespace's pods or events serves the rules of all its
 * objects, which would otherwise walk it once each.
 */
export function indexOnce(
  keyOf: (object: KubeObject) => string,
): (list: readonly KubeObject[]) => ReadonlyMap<string, readonly KubeObject[]> {
  const built = new WeakMap<readonly KubeObject[], Map<string, KubeObject[]>>();
  return (list) => {
    const known = built.get(list);
    if (known !== undefined) return known;
    const index = new Map<string, KubeObject[]>();
    for (const object of list) {
      const key = keyOf(object);
      const bucket = index.get(key);
      if (bucket === undefined) index.set(key, [object]);
      else bucket.push(object);
    }
    built.set(list, index);
    return index;
  };
}
