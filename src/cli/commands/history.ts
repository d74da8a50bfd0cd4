import type { Command } from "commander";
import { userError } from "../../model/errors.ts";
import { leasedStacks } from "../../run/lease.ts";
import { numberOf, readRevisions, type StoredRevision, stackOf } from "../../run/revisions.ts";
import { historyRows, renderRevision } from "../../view/history-text.ts";
import { type CliIo, columnsOf, isTerminal } from "../io.ts";
import { onCluster } from "../on-cluster.ts";
import type { Options } from "../options.ts";
import { styleOf } from "../views.ts";

/** What the cluster remembers of the runs that changed something. No stack code runs. */
export function run(io: CliIo, options: Options, args: readonly string[], self: Command): Promise<number> {
  return onCluster(io, options, async ({ project, kube, planned }) => {
    const all = await readRevisions(kube, project.name, project.inventoryNamespace);
    const leased = await leasedStacks(kube, project.name, project.inventoryNamespace);
    const known = [...project.stacks.map(({ name }) => name), ...all.map(stackOf)];
    for (const stack of options.stack ?? []) {
      if (known.includes(stack)) continue;
      throw userError("stack-unknown", `neither k8sctl.yaml nor the history has a stack "${stack}"`, {
        remedy: `use one of: ${[...new Set(known)].join(", ")}`,
      });
    }
    const own = all.filter((each) => options.stack === undefined || options.stack.includes(stackOf(each)));
    // What is still marked as running, and holds no lock any more, was killed.
    const told = own.map((each) => (each.type === "read" ? afterKill(each, leased) : each));
    if (self.name() === "show") return show(io, options, told, Number(args[0]), planned);
    if (options.output === "json") io.stdout.write(`${JSON.stringify(told.map(documentOf))}\n`);
    else if (told.length === 0) io.stdout.write("No revisions: nothing was changed on this cluster yet.\n");
    else for (const row of historyRows(told.map(rowOf))) io.stdout.write(`${row}\n`);
    return 0;
  });
}

function show(
  io: CliIo,
  options: Options,
  all: readonly StoredRevision[],
  wanted: number,
  cluster: Parameters<typeof renderRevision>[1],
): number {
  const found = all.filter((each) => numberOf(each) === wanted);
  if (found.length === 0) {
    const numbers = [...new Set(all.map(numberOf))].join(", ");
    throw userError("revision-unknown", `there is no revision ${wanted}`, {
      remedy: numbers === "" ? "the history is empty" : `\`k8sctl history\` lists them: ${numbers}`,
    });
  }
  for (const each of found) if (each.type === "unreadable") throw each.error;
  const revisions = found.flatMap((each) => (each.type === "read" ? [each.revision] : []));
  if (options.output === "json") io.stdout.write(`${JSON.stringify(found.map(documentOf))}\n`);
  else {
    const columns = isTerminal(io.stdout) ? columnsOf(io.stdout) : Number.POSITIVE_INFINITY;
    io.stdout.write(renderRevision(revisions, cluster, { ...styleOf(io, options), columns, full: false }));
  }
  return 0;
}

function afterKill(stored: Extract<StoredRevision, { type: "read" }>, leased: readonly string[]): StoredRevision {
  const { revision } = stored;
  if (revision.result !== "running" || leased.includes(revision.stack)) return stored;
  return { ...stored, revision: { ...revision, result: "interrupted" } };
}

function documentOf(stored: StoredRevision) {
  if (stored.type === "unreadable") {
    const { stack, number, error } = stored;
    return { stack, number, result: "unreadable", message: error.message };
  }
  const { project: _, content, ...rest } = stored.revision;
  return { ...rest, bytes: content?.bytes ?? 0 };
}

function rowOf(stored: StoredRevision): Parameters<typeof historyRows>[0][number] {
  return stored.type === "read" ? stored.revision : { number: stored.number, stack: stored.stack, unreadable: true };
}
