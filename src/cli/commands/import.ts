import { describeId } from "../../model/ids.ts";
import { clusterNeeded } from "../../run/cluster.ts";
import { importedAs, importObject } from "../../run/import.ts";
import { preparePlan } from "../../run/plan.ts";
import { confirm } from "../confirm.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject, planOptions } from "../options.ts";
import { printWarnings } from "../report.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts } from "../wire.ts";

/** Adopts an object that exists, at an address of the code, without changing any other field of it. */
export async function run(io: CliIo, options: Options, [address = ""]: readonly string[]): Promise<number> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const settings = await planOptions(project, options, interruptSignal(io));
  const { cluster, stacks, warnings } = await preparePlan(ports, project, settings, () => undefined);
  try {
    printWarnings(io, warnings);
    const kube = clusterNeeded(cluster.kube, cluster.provider.label);
    const wanted = importedAs(ports, project, stacks, address);
    const { id, origin } = wanted;
    await confirm(
      io,
      options,
      `Adopt ${describeId(id)} on ${cluster.provider.label} as ${origin.stack}.${origin.address}?`,
    );
    await importObject(ports, kube, project, stacks, wanted, settings.signal);
    io.stdout.write(`imported ${describeId(id)} as ${origin.stack}.${origin.address}\n`);
    io.stdout.write("  → `k8sctl plan` shows what `up` would change\n");
    return 0;
  } finally {
    cluster.kube?.close();
  }
}
