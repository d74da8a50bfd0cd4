import { userError } from "../model/errors.ts";
import type { Project } from "../model/project.ts";
import type { Secret } from "../model/secrets.ts";
import { type Binding, checkOutdated, checkSaved, type SavedPlan, savePlan } from "../plan/saved.ts";
import type { Kube, Ports } from "../ports.ts";
import { clusterNeeded } from "./cluster.ts";
import type { Planned, PlanOptions, Prepared } from "./plan.ts";
import { clusterUid, ensurePlanKey, readPlanKey } from "./plan-key.ts";

/** The text of a plan file. Throws UserError `cluster-missing`: a plan is bound to a cluster that exists. */
export async function saveForLater(
  ports: Pick<Ports, "random">,
  project: Project,
  planned: Planned,
  options: PlanOptions,
): Promise<string> {
  const { kube, plan } = planned;
  if (kube === null) {
    throw userError("cluster-missing", `no plan can be saved for ${plan.cluster.name}, which does not exist yet`, {
      remedy: "a saved plan is bound to its cluster: make it first with `k8sctl cluster create`",
    });
  }
  const key = await ensurePlanKey(kube, ports.random, project.name, project.inventoryNamespace);
  const uid = await clusterUid(kube);
  return savePlan(plan, bindingOf(planned, options, key, uid));
}

function bindingOf(planned: Planned, options: PlanOptions, key: Secret, uid: string): Binding {
  return {
    key,
    cluster: { name: options.clusterName, uid },
    selected: options.stacks,
    forceConflicts: options.forceConflicts,
    ownership: options.ownership ?? [],
    stacks: planned.stacks,
    live: planned.results.live,
  };
}

/** Stands in for the question: a plan made now must do nothing but what the file says. */
export interface SavedCheck {
  check(planned: Planned): void;
}

/**
 * Opens a saved plan for applying. Throws UserError `plan-other-project`, `plan-other-cluster`, `plan-key-missing`, and
 * what `checkSaved` throws.
 */
export async function openSaved(
  saved: SavedPlan,
  project: Project,
  { stacks, cluster }: Prepared,
  options: PlanOptions,
): Promise<SavedCheck> {
  if (saved.project !== project.name) {
    throw userError("plan-other-project", `the plan is of project ${saved.project}, this is ${project.name}`, {
      remedy: "apply it in that project's folder (--project)",
    });
  }
  const kube: Kube = clusterNeeded(cluster.kube, cluster.provider.label);
  const uid = await clusterUid(kube);
  if (saved.cluster.uid !== uid) {
    throw userError(
      "plan-other-cluster",
      `the plan was made on another cluster than ${cluster.provider.label} is now`,
      {
        remedy: "plan again: a saved plan is good for the very cluster it was made on",
      },
    );
  }
  const key = await readPlanKey(kube, project.name, project.inventoryNamespace);
  if (key === null) {
    throw userError("plan-key-missing", "the cluster no longer holds the key that the plan was sealed with", {
      remedy: "plan again with `k8sctl plan --out`",
    });
  }
  checkSaved(saved, { key, stacks });
  return { check: (planned) => checkOutdated(saved, planned.plan, bindingOf(planned, options, key, uid)) };
}
