import { compareElements, type PathElement } from "./path-element.ts";

/**
 * A set of field paths as a tree (KEP-555). `own`: the path that leads here is in the set; always false at the root. A
 * node below the root that is neither own nor has children does not exist.
 */
export interface FieldSet {
  readonly own: boolean;
  readonly children: ReadonlyMap<PathElement, FieldSet>;
}

interface Growing {
  own: boolean;
  children: Map<PathElement, Growing>;
}

const NOTHING: FieldSet = { own: false, children: new Map() };

export function emptySet(): FieldSet {
  return NOTHING;
}

export function isEmptySet(set: FieldSet): boolean {
  return set.children.size === 0;
}

/** Collects paths; the empty path is no member of any set. */
export class SetBuilder {
  readonly #root: Growing = { own: false, children: new Map() };

  insert(path: readonly PathElement[]): void {
    if (path.length === 0) return;
    let node = this.#root;
    for (const element of path) {
      let next = node.children.get(element);
      if (next === undefined) {
        next = { own: false, children: new Map() };
        node.children.set(element, next);
      }
      node = next;
    }
    node.own = true;
  }

  build(): FieldSet {
    return this.#root;
  }
}

export function setOf(paths: readonly (readonly PathElement[])[]): FieldSet {
  const builder = new SetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.build();
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map(a.children);
  for (const [element, theirs] of b.children) {
    const ours = children.get(element);
    children.set(element, ours === undefined ? theirs : union(ours, theirs));
  }
  return { own: a.own || b.own, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    if (theirs !== undefined) keep(children, element, intersection(ours, theirs));
  }
  return { own: a.own && b.own, children };
}

/** Paths of `a` that are not in `b`; a path of `b` does not take those below it along. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    keep(children, element, theirs === undefined ? ours : difference(ours, theirs));
  }
  return { own: a.own && !b.own, children };
}

/** Paths of `a` that are neither in `b` nor below a path of `b`. */
export function differenceBelow(a: FieldSet, b: FieldSet): FieldSet {
  const children = new Map<PathElement, FieldSet>();
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    if (theirs?.own === true) continue;
    keep(children, element, theirs === undefined ? ours : differenceBelow(ours, theirs));
  }
  return { own: a.own, children };
}

function keep(children: Map<PathElement, FieldSet>, element: PathElement, set: FieldSet): void {
  if (set.own || set.children.size > 0) children.set(element, set);
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a.own !== b.own || a.children.size !== b.children.size) return false;
  for (const [element, ours] of a.children) {
    const theirs = b.children.get(element);
    if (theirs === undefined || !equalSets(ours, theirs)) return false;
  }
  return true;
}

/** Every path of the set: at each level first the own paths, then what lies below, both in the order of elements. */
export function pathsOf(set: FieldSet, prefix: readonly PathElement[] = []): PathElement[][] {
  const elements = [...set.children.keys()].sort(compareElements);
  const own = elements.filter((element) => set.children.get(element)!.own).map((element) => [...prefix, element]);
  return [...own, ...elements.flatMap((element) => pathsOf(set.children.get(element)!, [...prefix, element]))];
}
