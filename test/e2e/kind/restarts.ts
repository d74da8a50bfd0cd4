import type { KindProject } from "./project.ts";

interface Pod {
  readonly metadata: {
    readonly namespace: string;
    readonly uid: string;
    readonly deletionTimestamp?: string;
    readonly ownerReferences?: readonly { readonly kind: string; readonly name: string }[];
  };
}

interface PlanDocument {
  readonly stacks: readonly {
    readonly items: readonly {
      readonly id: { readonly kind: string; readonly namespace: string; readonly name: string };
      readonly consequences: readonly { readonly type: string; readonly pods?: number }[];
    }[];
  }[];
}

/** Pods of StatefulSets, DaemonSets and Deployments: uid -> `Kind namespace/name` of the workload. */
async function workloadPods(project: KindProject): Promise<Map<string, string>> {
  const { items } = await project.json<{ items: Pod[] }>("get", "pods", "-A");
  return new Map(
    items.flatMap(({ metadata: { namespace, uid, deletionTimestamp, ownerReferences } }): [string, string][] => {
      const owner = ownerReferences?.[0];
      // A rollout is complete while its last pod still says goodbye.
      if (owner === undefined || owner.kind === "Job" || deletionTimestamp !== undefined) return [];
      const replicas = owner.kind === "ReplicaSet";
      const name = replicas ? owner.name.slice(0, owner.name.lastIndexOf("-")) : owner.name;
      return [[uid, `${replicas ? "Deployment" : owner.kind} ${namespace}/${name}`]];
    }),
  );
}

/**
 * Plans and applies what the project's files say by now. `told`: pods that the plan said would restart, by workload;
 * `seen`: pods that were there before and are gone after.
 */
export async function applyAndCompare(project: KindProject): Promise<{
  readonly told: Readonly<Record<string, number>>;
  readonly seen: Readonly<Record<string, number>>;
}> {
  const before = await workloadPods(project);
  const plan = JSON.parse((await project.k8sctl("plan", "--output", "json")).stdout) as PlanDocument;
  const told = plan.stacks.flatMap(({ items }) =>
    items.flatMap(({ id, consequences }) =>
      consequences.flatMap(({ type, pods }): [string, number][] =>
        type === "restarts-pods" ? [[`${id.kind} ${id.namespace}/${id.name}`, pods ?? 0]] : [],
      ),
    ),
  );
  const up = await project.k8sctl("up", "--yes");
  if (up.exitCode !== 0) throw new Error(`${up.stdout}${up.stderr}`);
  const after = await workloadPods(project);
  const seen: Record<string, number> = {};
  for (const [uid, workload] of before) if (!after.has(uid)) seen[workload] = (seen[workload] ?? 0) + 1;
  return { told: Object.fromEntries(told), seen };
}
