/** Inner nodes have up to 32 slots, found by 5 bits of the key's hash at a time (Bagwell, "Ideal Hash Trees", 2001). */
const BITS = 5;
const MASK = 31;
const DEEPEST = 30;

interface Leaf<V> {
  readonly leaf: true;
  readonly hash: number;
  readonly entries: readonly (readonly [key: string, value: V])[];
}
interface Branch<V> {
  readonly leaf: false;
  readonly slots: readonly (Node<V> | undefined)[];
}
type Node<V> = Leaf<V> | Branch<V>;

/**
 * A map whose `set` gives a new map and leaves the old one as it was, sharing all but one path of small nodes: the cost
 * of an event does not grow with the number of objects. Iterates in no particular order.
 */
export class PersistentMap<V> {
  readonly size: number;
  readonly #root: Node<V> | undefined;

  private constructor(root: Node<V> | undefined, size: number) {
    this.#root = root;
    this.size = size;
  }

  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(undefined, 0);
  }

  get(key: string): V | undefined {
    const hash = hashOf(key);
    let node = this.#root;
    for (let shift = 0; node !== undefined; shift += BITS) {
      if (node.leaf) return node.entries.find(([k]) => k === key)?.[1];
      node = node.slots[(hash >>> shift) & MASK];
    }
    return undefined;
  }

  set(key: string, value: V): PersistentMap<V> {
    const grown = this.get(key) === undefined ? 1 : 0;
    return new PersistentMap(insert(this.#root, 0, hashOf(key), key, value), this.size + grown);
  }

  *values(): IterableIterator<V> {
    const open: Node<V>[] = this.#root === undefined ? [] : [this.#root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (node.leaf) for (const [, value] of node.entries) yield value;
      else for (const slot of node.slots) if (slot !== undefined) open.push(slot);
    }
  }
}

function insert<V>(node: Node<V> | undefined, shift: number, hash: number, key: string, value: V): Node<V> {
  if (node === undefined) return { leaf: true, hash, entries: [[key, value]] };
  if (node.leaf) {
    if (node.hash === hash || shift > DEEPEST) {
      return { leaf: true, hash: node.hash, entries: [...node.entries.filter(([k]) => k !== key), [key, value]] };
    }
    const slots: (Node<V> | undefined)[] = new Array(MASK + 1).fill(undefined);
    slots[(node.hash >>> shift) & MASK] = node;
    return insert({ leaf: false, slots }, shift, hash, key, value);
  }
  const at = (hash >>> shift) & MASK;
  return { leaf: false, slots: node.slots.with(at, insert(node.slots[at], shift + BITS, hash, key, value)) };
}

/** FNV-1a over UTF-16 units. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
