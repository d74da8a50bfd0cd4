import { resolve } from "node:path";
import { planHasChanges } from "../../model/plan.ts";
import { makePlan, preparePlan } from "../../run/plan.ts";
import { saveForLater } from "../../run/saved-plan.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject, planOptions } from "../options.ts";
import { printPlan } from "../plan-output.ts";
import { printWarnings } from "../report.ts";
import { interruptSignal } from "../signals.ts";
import { makePorts } from "../wire.ts";

/** Shows what `up` would do. Writes nothing but the plan file that --out names, and its key. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const ports = makePorts(io);
  const settings = await planOptions(project, options, interruptSignal(io));
  const prepared = await preparePlan(ports, project, settings, () => undefined);
  try {
    printWarnings(io, prepared.warnings);
    const planned = await makePlan(project, prepared, prepared.cluster, settings);
    const { plan } = planned;
    await printPlan(io, options, plan);
    if (plan.counts.blocked > 0) return 1;
    if (options.out !== undefined) {
      const path = resolve(io.cwd, options.out);
      await ports.files.write(path, await saveForLater(ports, project, planned, settings), 0o600);
      io.stderr.write(`saved: k8sctl apply ${options.out}\n`);
    }
    return options.detailedExitcode === true && planHasChanges(plan) ? 2 : 0;
  } finally {
    prepared.cluster.kube?.close();
  }
}
