import { clusterNeeded, openCluster } from "../../run/plan.ts";
import type { ManagedStatus } from "../../run/status.ts";
import { readStatus } from "../../run/status.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { clusterOf, loadProject, PARALLELISM, stacksOf } from "../options.ts";
import { interruptSignal } from "../signals.ts";
import { tableOptions } from "../views.ts";
import { makePorts } from "../wire.ts";

const WATCH_MS = 1_000;

/** Health of what the inventories hold; exit code 3 when something is not ready. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const stacks = stacksOf(project, options);
  const cluster = await openCluster(ports, project, clusterOf(project, options));
  const kube = clusterNeeded(cluster.kube, cluster.provider.label);
  const stop = interruptSignal(io);
  const read = (): Promise<ManagedStatus[]> =>
    readStatus(kube, project, { stacks, parallelism: PARALLELISM, now: ports.clock.wall() });
  try {
    let rows = await read();
    await print(io, options, rows, ports.clock.wall());
    let shown = fingerprint(rows);
    while (options.watch === true && !stop.aborted) {
      await ports.clock.sleep(WATCH_MS, stop).catch(() => undefined);
      if (stop.aborted) break;
      rows = await read();
      if (fingerprint(rows) === shown) continue;
      shown = fingerprint(rows);
      await print(io, options, rows, ports.clock.wall());
    }
    return rows.every((row) => row.status.phase === "ready") ? 0 : 3;
  } finally {
    kube.close();
  }
}

/** What a watcher would see change; ages are not news. */
function fingerprint(rows: readonly ManagedStatus[]): string {
  return JSON.stringify(rows.map(({ stack, status, verdict }) => [stack, status, verdict?.message]));
}

async function print(io: CliIo, options: Options, rows: readonly ManagedStatus[], now: number): Promise<void> {
  const objects = rows.map(({ stack, status, verdict, live }) => ({ stack, status, verdict, ageMs: ageOf(live, now) }));
  if (options.output === "json") {
    const ready = rows.every((row) => row.status.phase === "ready");
    io.stdout.write(`${JSON.stringify({ v: 1, ready, objects })}\n`);
    return;
  }
  const { renderStatus } = await import("../../view/tables.ts");
  io.stdout.write(renderStatus(objects, tableOptions(io, options)));
}

function ageOf(live: ManagedStatus["live"], now: number): number | null {
  const created = Date.parse(live?.metadata.creationTimestamp ?? "");
  return Number.isNaN(created) ? null : Math.max(0, now - created);
}
