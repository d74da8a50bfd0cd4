import { resolve } from "node:path";
import { planHasChanges } from "../../model/plan.ts";
import { driftOf, seenAlive } from "../../plan/drift.ts";
import { blockedProblems } from "../../run/blocked.ts";
import { makePlan, preparePlan } from "../../run/plan.ts";
import { saveForLater } from "../../run/saved-plan.ts";
import type { CliIo } from "../io.ts";
import type { Options } from "../options.ts";
import { loadProject, planOptions } from "../options.ts";
import { printPlan } from "../plan-output.ts";
import { printWarnings } from "../report.ts";
import { interruptSignal } from "../signals.ts";
import { ciStyleOf } from "../views.ts";
import { makePorts } from "../wire.ts";

/** Shows what `up` would do. Writes nothing but the plan file that --out names, and its key. */
export async function run(io: CliIo, options: Options): Promise<number> {
  const project = await loadProject(io, options);
  const out = options.out === undefined ? null : resolve(io.cwd, options.out);
  const ports = makePorts(io);
  const settings = await planOptions(project, options, interruptSignal(io));
  // A folder in the file's place is told before anything else takes its time.
  if (out !== null) await ports.files.read(out);
  // A saved plan is bound to the cluster that is there, and drift is of that cluster too.
  const replaceCluster = out === null && options.refreshOnly !== true;
  const prepared = await preparePlan(ports, project, { ...settings, replaceCluster }, (event) => {
    if (event.type === "warning") io.stderr.write(`warning: ${event.message}\n`);
  });
  try {
    printWarnings(io, prepared.warnings);
    const planned = await makePlan(project, prepared, prepared.cluster, settings);
    const { plan: whole, inventories } = planned;
    const plan =
      options.refreshOnly === true
        ? driftOf(whole, seenAlive([...inventories.values()].map(({ inventory }) => inventory)))
        : whole;
    await printPlan(io, options, plan, prepared.cluster.kube?.requests?.() ?? null);
    if (plan.counts.blocked > 0) {
      if (options.output !== "json" && options.markdown !== true && ciStyleOf(io, options) === "github") {
        const { githubProblems } = await import("../../view/github.ts");
        io.stdout.write(githubProblems(blockedProblems(plan)).join(""));
      }
      return 1;
    }
    if (out !== null) {
      await ports.files.write(out, await saveForLater(ports, project, planned, settings), 0o600);
      io.stderr.write(`saved: k8sctl apply ${options.out}\n`);
    }
    return options.detailedExitcode === true && planHasChanges(plan) ? 2 : 0;
  } finally {
    prepared.cluster.kube?.close();
  }
}
