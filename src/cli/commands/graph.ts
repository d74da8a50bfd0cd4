import type { Command } from "commander";
import type { Dependency, Desired, GeneratedResource } from "../../model/desired.ts";
import { userError } from "../../model/errors.ts";
import { describeId, type ObjectId, objectKey } from "../../model/ids.ts";
import { decodeStacks } from "../../run/decode.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { clusterOf, loadProject, readVars, stacksOf } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts } from "../wire.ts";

/** An object, or a value that is made in the middle of a run. */
interface Node {
  readonly name: string;
  readonly stack: string;
  readonly address: string;
  readonly id: ObjectId | null;
  readonly dependsOn: readonly Dependency[];
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly ready: boolean;
}

/** Prints what waits for what. A solid edge waits for ready, a dotted one for existence. */
export async function run(
  io: CliIo,
  options: Options,
  _args: readonly string[] = [],
  self?: Pick<Command, "getOptionValueSource">,
): Promise<number> {
  if (options.output === "json" && self?.getOptionValueSource("format") === "cli") throw twoForms();
  const project = await loadProject(io, options);
  clusterOf(project, options);
  const stacks = stacksOf(project, options);
  const ports = makePorts(io);
  const outcome = await ports.synth.synth(project, {
    stacks,
    vars: await readVars(options),
    signal: interruptSignal(io),
  });
  const { desired, generated } = decodeStacks(ports, project, outcome.stacks);
  const nodes = [...desired.map(objectNode), ...generated.flatMap(valueNode)];
  const edges = edgesOf(nodes);
  if (options.output === "json") {
    const documents = nodes.map(({ id, stack, address }) => ({ ...(id === null ? {} : { id }), stack, address }));
    io.stdout.write(`${JSON.stringify({ v: 1, nodes: documents, edges })}\n`);
  } else io.stdout.write(PRINTERS[options.format ?? "tree"]?.(nodes, edges) ?? "");
  return 0;
}

function twoForms(): Error {
  return userError("graph-two-forms", "--output json is a form of its own, and --format asks for another", {
    remedy: "leave one of them out",
  });
}

function objectNode({ id, origin, dependsOn }: Desired): Node {
  return { name: describeId(id), stack: origin.stack, address: origin.address, id, dependsOn };
}

/** What is made before all else waits for nothing. */
function valueNode({ stack, address, dependsOn }: GeneratedResource): Node[] {
  return dependsOn === undefined ? [] : [{ name: `${stack}/${address}`, stack, address, id: null, dependsOn }];
}

function edgesOf(nodes: readonly Node[]): Edge[] {
  const names = new Map(nodes.flatMap(({ id, name }) => (id === null ? [] : [[objectKey(id), name]])));
  return nodes.flatMap(({ name, dependsOn }) =>
    dependsOn.map(({ kind, on }) => ({
      from: name,
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

type Printer = (nodes: readonly Node[], edges: readonly Edge[]) => string;

const tree: Printer = (nodes, edges) => {
  const lines: string[] = [];
  for (const stack of new Set(nodes.map((node) => node.stack))) {
    lines.push(stack);
    for (const { name } of nodes.filter((node) => node.stack === stack)) {
      lines.push(`  ${name}`);
      for (const edge of edges) if (edge.from === name) lines.push(`    ${edge.ready ? "after" : "needs"} ${edge.to}`);
    }
  }
  return `${lines.join("\n")}\n`;
};

const dot: Printer = (nodes, edges) =>
  [
    "digraph k8sctl {",
    "  rankdir=RL;",
    ...nodes.map(({ name }) => `  ${JSON.stringify(name)};`),
    ...edges.map((e) => `  ${JSON.stringify(e.from)} -> ${JSON.stringify(e.to)}${e.ready ? "" : " [style=dotted]"};`),
    "}",
    "",
  ].join("\n");

const mermaid: Printer = (nodes, edges) => {
  const names = [...new Set([...nodes.map(({ name }) => name), ...edges.map((e) => e.to)])];
  const node = (name: string): string => `n${names.indexOf(name)}`;
  return [
    "flowchart RL",
    ...names.map((name) => `  ${node(name)}["${name}"]`),
    ...edges.map((e) => `  ${node(e.from)} ${e.ready ? "-->" : "-.->"} ${node(e.to)}`),
    "",
  ].join("\n");
};

const PRINTERS: Readonly<Record<string, Printer>> = { tree, dot, mermaid };
