import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject } from "../options.ts";
import { tableOptions } from "../views.ts";
import { examineCluster, makePorts } from "../wire.ts";

/** What this machine has and lacks for each cluster of the project; exit code 1 when the default one cannot work. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const { renderDoctor } = await import("../../view/tables.ts");
  const reports = [];
  for (const name of Object.keys(project.clusters)) {
    reports.push({ cluster: name, checks: await examineCluster(io, ports, project, name) });
  }
  if (options.output === "json") io.stdout.write(`${JSON.stringify(reports)}\n`);
  else {
    for (const { cluster, checks } of reports) {
      io.stdout.write(`${cluster}${cluster === project.defaultCluster ? " (default)" : ""}\n`);
      io.stdout.write(`${renderDoctor(checks, tableOptions(io, options))}\n`);
    }
  }
  const main = reports.find((report) => report.cluster === project.defaultCluster);
  return main?.checks.some((check) => check.status === "fail") === true ? 1 : 0;
}
