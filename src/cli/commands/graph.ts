import type { Desired } from "../../model/desired.ts";
import { describeId, objectKey } from "../../model/ids.ts";
import { decodeStacks } from "../../run/plan.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject, readVars, stacksOf } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts } from "../wire.ts";

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly ready: boolean;
}

/** Prints what waits for what. A solid edge waits for ready, a dotted one for existence. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const stacks = stacksOf(project, options);
  const ports = makePorts(io);
  const outcome = await ports.synth.synth(project, {
    stacks,
    vars: await readVars(options),
    signal: interruptSignal(io),
  });
  const { desired } = decodeStacks(ports, project, outcome.stacks);
  const edges = edgesOf(desired);
  if (options.output === "json") {
    const nodes = desired.map((d) => ({ id: d.id, stack: d.origin.stack, address: d.origin.address }));
    io.stdout.write(`${JSON.stringify({ v: 1, nodes, edges })}\n`);
  } else io.stdout.write(PRINTERS[options.format ?? "tree"]?.(desired, edges) ?? "");
  return 0;
}

function edgesOf(desired: readonly Desired[]): Edge[] {
  const names = new Map(desired.map((d) => [objectKey(d.id), describeId(d.id)]));
  return desired.flatMap(({ id, dependsOn }) =>
    dependsOn.map(({ kind, on }) => ({
      from: describeId(id),
      to:
        on.type === "object"
          ? (names.get(on.key) ?? on.key)
          : on.type === "stack"
            ? `stack ${on.stack}`
            : `${on.stack}/${on.address}`,
      ready: kind === "ready",
    })),
  );
}

type Printer = (desired: readonly Desired[], edges: readonly Edge[]) => string;

const tree: Printer = (desired, edges) => {
  const lines: string[] = [];
  for (const stack of new Set(desired.map((d) => d.origin.stack))) {
    lines.push(stack);
    for (const { id } of desired.filter((d) => d.origin.stack === stack)) {
      const name = describeId(id);
      lines.push(`  ${name}`);
      for (const edge of edges) if (edge.from === name) lines.push(`    ${edge.ready ? "after" : "needs"} ${edge.to}`);
    }
  }
  return `${lines.join("\n")}\n`;
};

const dot: Printer = (desired, edges) =>
  [
    "digraph k8sctl {",
    "  rankdir=RL;",
    ...desired.map(({ id }) => `  ${JSON.stringify(describeId(id))};`),
    ...edges.map((e) => `  ${JSON.stringify(e.from)} -> ${JSON.stringify(e.to)}${e.ready ? "" : " [style=dotted]"};`),
    "}",
    "",
  ].join("\n");

const mermaid: Printer = (desired, edges) => {
  const names = [...new Set([...desired.map((d) => describeId(d.id)), ...edges.map((e) => e.to)])];
  const node = (name: string): string => `n${names.indexOf(name)}`;
  return [
    "flowchart RL",
    ...names.map((name) => `  ${node(name)}["${name}"]`),
    ...edges.map((e) => `  ${node(e.from)} ${e.ready ? "-->" : "-.->"} ${node(e.to)}`),
    "",
  ].join("\n");
};

const PRINTERS: Readonly<Record<string, Printer>> = { tree, dot, mermaid };
