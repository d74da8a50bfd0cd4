import type { KubeObject } from "../../model/objects.ts";

/** Objects by one or more keys, kept up to date from store events: a look-up costs what it returns. */
export class Grouped {
  readonly #groups = new Map<string, Map<string, KubeObject>>();
  readonly #keysOf: (object: KubeObject) => readonly string[];

  constructor(keysOf: (object: KubeObject) => readonly string[]) {
    this.#keysOf = keysOf;
  }

  change(previous: KubeObject | null, next: KubeObject | null): void {
    if (previous !== null) {
      for (const key of this.#keysOf(previous)) {
        const group = this.#groups.get(key);
        group?.delete(identity(previous));
        if (group?.size === 0) this.#groups.delete(key);
      }
    }
    if (next === null) return;
    for (const key of this.#keysOf(next)) {
      let group = this.#groups.get(key);
      if (group === undefined) {
        group = new Map();
        this.#groups.set(key, group);
      }
      group.set(identity(next), next);
    }
  }

  of(key: string): KubeObject[] {
    return [...(this.#groups.get(key)?.values() ?? [])];
  }
}

const identity = (object: KubeObject): string =>
  `${object.kind}/${object.metadata.namespace ?? ""}/${object.metadata.name}`;
