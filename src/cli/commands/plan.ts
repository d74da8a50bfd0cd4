import { planHasChanges } from "../../model/plan.ts";
import { makePlan, preparePlan } from "../../run/plan.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject, planOptions } from "../options.ts";
import { printPlan } from "../plan-output.ts";
import { printWarnings } from "../report.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts } from "../wire.ts";

/** Shows what `up` would do. Writes nothing anywhere. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const settings = await planOptions(project, options, interruptSignal(io));
  const prepared = await preparePlan(ports, project, settings, () => undefined);
  try {
    printWarnings(io, prepared.warnings);
    const { plan } = await makePlan(project, prepared, prepared.cluster, settings);
    await printPlan(io, options, plan);
    if (plan.counts.blocked > 0) return 1;
    return options.detailedExitcode === true && planHasChanges(plan) ? 2 : 0;
  } finally {
    prepared.cluster.kube?.close();
  }
}
