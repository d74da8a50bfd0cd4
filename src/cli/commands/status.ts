import { ageOf, asJson } from "../../model/objects.ts";
import { certificateExpiry } from "../../run/certificate-expiry.ts";
import { urlsOf } from "../../run/endpoints.ts";
import type { ManagedStatus } from "../../run/status.ts";
import { readStatus } from "../../run/status.ts";
import { watchStatus } from "../../run/watch-status.ts";
import type { CliIo } from "../io.ts";
import { connected, onCluster } from "../on-cluster.ts";
import type { Options } from "../options.ts";
import { PARALLELISM, stacksOf } from "../options.ts";
import { withSession } from "../session.ts";
import { tableOptions } from "../views.ts";

/** Health of what the inventories hold; exit code 3 when something is not ready. */
export function run(io: CliIo, options: Options): Promise<number> {
  if (options.watch === true) return watch(io, options);
  return onCluster(io, options, async ({ project, ports, kube }) => {
    const stacks = stacksOf(project, options);
    const now = ports.clock.wall();
    const rows = await readStatus(kube, project, { stacks, parallelism: PARALLELISM, now });
    await print(io, options, rows, now);
    return rows.every((row) => row.status.phase === "ready") ? 0 : 3;
  });
}

/** The live view of what is there, until Ctrl-C. */
function watch(io: CliIo, options: Options): Promise<number> {
  return withSession(io, options, "status", ({ project, clusterName, ports, emit, drain }) =>
    connected(ports, project, clusterName, ({ kube }) => {
      const settings = { stacks: stacksOf(project, options), clock: ports.clock, stop: drain };
      return watchStatus(kube, project, settings, emit);
    }),
  );
}

async function print(io: CliIo, options: Options, rows: readonly ManagedStatus[], now: number): Promise<void> {
  const objects = rows.map(({ stack, status, verdict, live, drift, restarts }) => {
    return {
      ...{ stack, status, verdict, restarts, ageMs: live && ageOf(live, now) },
      drift: drift?.managers ?? null,
      certificateExpires: live && certificateExpiry(live),
    };
  });
  const endpoints = rows.flatMap(({ stack, status, live }) =>
    live === null ? [] : urlsOf(status.id, asJson(live)).map((url) => ({ stack, url, of: status.id })),
  );
  if (options.output === "json") {
    const ready = rows.every((row) => row.status.phase === "ready");
    io.stdout.write(`${JSON.stringify({ v: 1, ready, objects, endpoints })}\n`);
    return;
  }
  const { renderStatus } = await import("../../view/status-page.ts");
  io.stdout.write(renderStatus({ rows: objects, endpoints }, { ...tableOptions(io, options), now }));
}
