/**
 * The first cycle of a directed graph, as the nodes in order with the first one repeated at the end; null where there
 * is none. Linear in nodes and edges, without recursion.
 */
export function findCycle(nodes: Iterable<string>, next: (node: string) => readonly string[]): string[] | null {
  const done = new Set<string>();
  const open = new Set<string>();
  for (const start of nodes) {
    if (done.has(start)) continue;
    const path: { node: string; rest: readonly string[]; at: number }[] = [{ node: start, rest: next(start), at: 0 }];
    open.add(start);
    while (path.length > 0) {
      const top = path.at(-1)!;
      const child = top.rest[top.at++];
      if (child === undefined) {
        path.pop();
        open.delete(top.node);
        done.add(top.node);
      } else if (open.has(child)) {
        const names = path.map((p) => p.node);
        return [...names.slice(names.indexOf(child)), child];
      } else if (!done.has(child)) {
        open.add(child);
        path.push({ node: child, rest: next(child), at: 0 });
      }
    }
  }
  return null;
}
