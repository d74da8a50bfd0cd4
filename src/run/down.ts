import type { RunResult } from "../model/events.ts";
import type { Inventory } from "../model/inventory.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Plan } from "../model/plan.ts";
import { APPLYSET_ID_LABEL, applySetId } from "../plan/applyset.ts";
import { buildPlan } from "../plan/build.ts";
import { applyPlan } from "./apply.ts";
import { approvePlan } from "./approve.ts";
import { type OpenCluster, openCluster } from "./cluster.ts";
import type { StoredInventory } from "./inventory.ts";
import { readInventories } from "./inventory.ts";
import { leasedStacks } from "./lease.ts";
import { acquireLocks } from "./locks.ts";
import { observe } from "./observe.ts";
import { fieldManagerOf, generatedOf, setOwnersOf } from "./plan.ts";
import { deleteRevision, readRevisions, stackOf } from "./revisions.ts";
import { timed } from "./steps.ts";
import type { RunContext } from "./up.ts";

export interface DownOptions {
  readonly clusterName: string;
  readonly stacks: readonly string[] | null;
  readonly approved: boolean;
  readonly deleteVolumes: boolean;
  readonly keepCluster: boolean;
  readonly parallelism: number;
  readonly timeoutSeconds: number | null;
}

const OBJECT_SECONDS = 300;
const NOTHING_DONE = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };

/**
 * Removes what `up` made: the plan of an empty desired set, made from the inventories alone, so that it works without
 * the stacks' code. The cluster goes too, when we made it, all stacks go, and nobody wants to keep anything.
 */
export async function down(context: RunContext, options: DownOptions): Promise<RunResult> {
  const { ports, project, emit } = context;
  const cluster = await timed(ports, emit, "connect", `connect to ${options.clusterName}`, () =>
    openCluster(ports, project, options.clusterName, (message) => emit({ type: "warning", message })),
  );
  const { kube, provider } = cluster;
  if (kube === null) {
    emit({ type: "approved", by: "nothing-to-do" });
    return { ok: true, exitCode: 0, counts: NOTHING_DONE };
  }
  try {
    const all = await readInventories(kube, project.name, project.inventoryNamespace);
    const chosen = new Map([...all].filter(([stack]) => options.stacks === null || options.stacks.includes(stack)));
    for (const [stack, { inventory }] of all) {
      const before = chosen.has(stack) ? [] : inventory.after.filter((name) => chosen.has(name));
      if (before.length > 0)
        emit({ type: "warning", message: `stack ${stack} comes after ${before.join(", ")}, and stays` });
    }
    const plan = await timed(ports, emit, "plan", "plan", () =>
      planRemoval(context, cluster, chosen, options.parallelism),
    );
    emit({ type: "planned", plan });
    if ((await approvePlan(context, plan, options.approved)) === "rejected") {
      return { ok: false, exitCode: 1, counts: NOTHING_DONE };
    }
    const result = await remove(context, options, cluster, plan, chosen);
    if (!result.ok || options.stacks !== null || options.keepCluster) return result;
    if (!(await mayDelete(context, cluster)) || (await somethingKept(context, cluster))) return result;
    kube.close();
    await timed(ports, emit, "cluster", `delete ${provider.label}`, () =>
      provider.delete((message) => emit({ type: "step-progress", step: "cluster", message })),
    );
    return result;
  } finally {
    kube.close();
  }
}

async function planRemoval(
  { project }: RunContext,
  cluster: OpenCluster,
  inventories: ReadonlyMap<string, StoredInventory>,
  parallelism: number,
): Promise<Plan> {
  const held: Inventory[] = [...inventories.values()].map((stored) => stored.inventory);
  const fieldManager = fieldManagerOf(project);
  const applySets = new Map(
    held.map(({ stack }) => [stack, applySetId(project.name, stack, project.inventoryNamespace)] as const),
  );
  const empty: ReadonlyMap<string, KubeObject | null> = new Map();
  const { leftovers } =
    cluster.kube === null || held.length === 0
      ? { leftovers: empty }
      : await observe(cluster.kube, {
          desired: [],
          inventories: held,
          applySets,
          fieldManager,
          force: false,
          parallelism,
        });
  const plan = buildPlan({
    project: project.name,
    cluster: cluster.planned,
    // Named with their files where the project still has them; what has left it comes from the inventories alone.
    stacks: project.stacks.filter(({ name }) => inventories.has(name)),
    desired: [],
    generated: [],
    observed: new Map(),
    bodies: new Map(),
    inventories: held,
    leftovers,
    applySets,
    setOwners: setOwnersOf(project, inventories.keys()),
    fieldManager,
    forceConflicts: false,
  });
  const stacks = plan.stacks.map((stack) => ({
    ...stack,
    // Values go with the volumes that they protect, by --delete-volumes, not because no code asks for them.
    generated: [],
    items: stack.items.map((item) => (item.action === "delete" ? { ...item, why: "" } : item)),
  }));
  return { ...plan, stacks };
}

async function remove(
  { ports, project, emit, drain, now }: RunContext,
  options: DownOptions,
  { kube }: OpenCluster,
  plan: Plan,
  inventories: ReadonlyMap<string, StoredInventory>,
): Promise<RunResult> {
  if (kube === null) return { ok: true, exitCode: 0, counts: NOTHING_DONE };
  // A run that was killed after its inventory went has left its lock, taken over and given back with ours, or its history.
  const leased = await leasedStacks(kube, project.name, project.inventoryNamespace);
  const remembered = await readRevisions(kube, project.name, project.inventoryNamespace);
  const left = [...leased, ...remembered.map(stackOf)].filter(
    (stack) => options.stacks === null || options.stacks.includes(stack),
  );
  const stacks = [...new Set([...plan.stacks.map((stack) => stack.name), ...left])];
  if (stacks.length === 0) return { ok: true, exitCode: 0, counts: NOTHING_DONE };
  const locks = await acquireLocks({
    kube,
    clock: ports.clock,
    random: ports.random,
    identity: ports.identity,
    command: "down",
    project: project.name,
    inventoryNamespace: project.inventoryNamespace,
    stacks,
    onWait: (message) => emit({ type: "step-progress", step: "lock", message }),
    signal: drain,
  });
  try {
    const held = [...inventories.values()].map((stored) => stored.inventory);
    const { ok, exitCode, counts } = await timed(ports, emit, "apply", "delete, dependents first", () =>
      applyPlan(
        { kube, clock: ports.clock },
        {
          plan,
          inventories,
          inventoryNamespace: project.inventoryNamespace,
          fieldManager: fieldManagerOf(project),
          parallelism: options.parallelism,
          timeouts: { objectSeconds: OBJECT_SECONDS, overallSeconds: options.timeoutSeconds },
          results: { live: new Map(), generated: generatedOf(held) },
          fill: (_stack, template) => template,
          generate: (resource) => {
            throw new Error(`down generates nothing, but was asked for ${resource.address}`);
          },
          outputs: () => new Map(),
          locks,
          drain,
          abort: now,
          destroy: { deleteVolumes: options.deleteVolumes },
        },
        emit,
      ),
    );
    if (ok) {
      for (const old of remembered.filter((stored) => stacks.includes(stackOf(stored)))) {
        await deleteRevision(kube, project.inventoryNamespace, project.name, old);
      }
    }
    return { ok, exitCode, counts };
  } finally {
    await locks.release();
  }
}

/** A kind cluster that somebody else made stays, and is told of; that a context's cluster stays goes without saying. */
async function mayDelete({ emit }: RunContext, { provider }: OpenCluster): Promise<boolean> {
  if (await provider.owned()) return true;
  if (provider.provider !== "context") {
    const message = `${provider.label} stays, because k8sctl did not create it; \`k8sctl cluster delete\` removes it`;
    emit({ type: "warning", message });
  }
  return false;
}

/**
 * Kept claims, generated values and other projects' objects would go with the cluster: then it stays. Whatever is left
 * has an inventory, ours or another's: the parents of all ApplySets are looked for.
 */
async function somethingKept({ emit }: RunContext, { kube, provider }: OpenCluster): Promise<boolean> {
  if (kube === null) return false;
  const { items } = await kube.list({ group: "", version: "v1", kind: "Secret" }, { labelSelector: APPLYSET_ID_LABEL });
  if (items.length === 0) return false;
  const names = items.map(({ metadata }) => metadata.name).join(", ");
  const message = `${provider.label} stays, because it holds what was kept or belongs to others (${names})`;
  emit({ type: "warning", message });
  return true;
}
