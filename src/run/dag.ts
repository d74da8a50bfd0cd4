import { userError } from "../model/errors.ts";

export interface DagNode {
  readonly key: string;
  /** Keys of nodes that must have succeeded; keys of nodes that are not there are no obstacle. */
  readonly after: readonly string[];
  /** Sends requests: at most `parallelism` of these run at a time. Waiting takes no place. */
  readonly heavy: boolean;
}

/** skipped: something it waits for did not succeed. not-started: the stop came first. */
export type Outcome = "done" | "failed" | "skipped" | "not-started";

export interface DagOptions<N extends DagNode> {
  readonly parallelism: number;
  /** A rejection is a failure of this node; the caller has already reported it. */
  readonly run: (node: N) => Promise<void>;
  /** `because`: the node that failed first on the way here. */
  readonly skipped: (node: N, because: N) => void;
  /** Once aborted nothing is started any more; what runs is awaited. */
  readonly stop: AbortSignal;
}

/**
 * Runs every node as soon as what it waits for has succeeded: no waves, so a slow node holds up only its dependents.
 * Among those that may start, the order of the list decides. Throws UserError `dependency-cycle` before anything runs.
 */
export async function runDag<N extends DagNode>(
  nodes: readonly N[],
  options: DagOptions<N>,
): Promise<ReadonlyMap<string, Outcome>> {
  refuseCycles(nodes);
  const outcomes = new Map<string, Outcome>();
  const position = new Map(nodes.map((node, index) => [node.key, index]));
  const known = (node: N) => [...new Set(node.after)].filter((key) => position.has(key));
  const waitingFor = new Map(nodes.map((node) => [node.key, known(node).length]));
  const dependents = new Map<string, N[]>(nodes.map((node) => [node.key, []]));
  for (const node of nodes) for (const key of known(node)) dependents.get(key)?.push(node);

  // Positions in the list, ascending. Heavy nodes wait apart: with all places taken nobody has to look through them.
  const startable = { heavy: [] as number[], light: [] as number[] };
  for (const node of nodes) if (waitingFor.get(node.key) === 0) insert(node);
  let heavy = 0;
  let running = 0;

  await new Promise<void>((resolve) => {
    options.stop.addEventListener("abort", pump, { once: true });
    pump();

    function pump(): void {
      for (let node = next(); node; node = next()) start(node);
      if (running === 0) {
        options.stop.removeEventListener("abort", pump);
        resolve();
      }
    }

    function next(): N | undefined {
      if (options.stop.aborted) return undefined;
      const [light = Number.POSITIVE_INFINITY] = startable.light;
      const [first = Number.POSITIVE_INFINITY] = startable.heavy;
      const takeHeavy = heavy < options.parallelism && first < light;
      const index = (takeHeavy ? startable.heavy : startable.light).shift();
      return index === undefined ? undefined : nodes[index];
    }

    function start(node: N): void {
      running += 1;
      if (node.heavy) heavy += 1;
      options.run(node).then(
        () => ended(node, true),
        () => ended(node, false),
      );
    }

    function ended(node: N, ok: boolean): void {
      running -= 1;
      if (node.heavy) heavy -= 1;
      outcomes.set(node.key, ok ? "done" : "failed");
      if (ok) release(node);
      else skipDependents(node);
      pump();
    }
  });

  function release(node: N): void {
    for (const dependent of dependents.get(node.key) ?? []) {
      const left = (waitingFor.get(dependent.key) ?? 0) - 1;
      waitingFor.set(dependent.key, left);
      if (left === 0 && !outcomes.has(dependent.key)) insert(dependent);
    }
  }

  function insert(node: N): void {
    const place = position.get(node.key) ?? 0;
    const queue = node.heavy ? startable.heavy : startable.light;
    let [low, high] = [0, queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((queue[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, place);
  }

  function skipDependents(failed: N): void {
    const open = [...(dependents.get(failed.key) ?? [])];
    for (let node = open.shift(); node; node = open.shift()) {
      if (outcomes.has(node.key)) continue;
      outcomes.set(node.key, "skipped");
      options.skipped(node, failed);
      open.push(...(dependents.get(node.key) ?? []));
    }
  }

  for (const node of nodes) if (!outcomes.has(node.key)) outcomes.set(node.key, "not-started");
  return outcomes;
}

function refuseCycles(nodes: readonly DagNode[]): void {
  const byKey = new Map(nodes.map((node) => [node.key, node]));
  const state = new Map<string, "open" | "closed">();
  for (const root of nodes) {
    const path: { readonly node: DagNode; next: number }[] = [];
    enter(root);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const key = top.node.after[top.next];
      top.next += 1;
      if (key === undefined) {
        state.set(top.node.key, "closed");
        path.pop();
        continue;
      }
      const next = byKey.get(key);
      if (next && state.get(key) === "open")
        throw cycle(
          path.map((step) => step.node.key),
          key,
        );
      if (next) enter(next);
    }
    function enter(node: DagNode): void {
      if (state.has(node.key)) return;
      state.set(node.key, "open");
      path.push({ node, next: 0 });
    }
  }
}

function cycle(path: readonly string[], key: string): Error {
  const members = [...path.slice(path.indexOf(key)), key];
  return userError("dependency-cycle", `these wait for each other: ${members.join(" -> ")}`, {
    remedy: "remove one of the references, depends_on or after entries on this way",
  });
}
