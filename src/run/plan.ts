import type { Program } from "../desired/program.ts";
import { createProgram } from "../desired/program.ts";
import { givenUp, isGivenUp } from "../desired/removed.ts";
import type { Results, SynthStack } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import type { Emit } from "../model/events.ts";
import type { ObjectKey } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { asJson } from "../model/objects.ts";
import type { OwnershipRule } from "../model/ownership.ts";
import type { Plan } from "../model/plan.ts";
import type { Project } from "../model/project.ts";
import { applySetId } from "../plan/applyset.ts";
import { hasUnknowns } from "../plan/body.ts";
import { buildPlan } from "../plan/build.ts";
import { canaryRules, withCanaries } from "../plan/canary.ts";
import { seenAlive, tellDeleted } from "../plan/drift.ts";
import { idleRules } from "../plan/ownership-rules.ts";
import { type EarlierValues, tellRestored, withEarlierValues } from "../plan/restored.ts";
import type { Kube, Ports } from "../ports.ts";
import { type OpenCluster, openCluster, prepareCluster } from "./cluster.ts";
import { readData, withoutEarlyAnswers } from "./data.ts";
import { decodeOrThrow } from "./decode.ts";
import type { StoredInventory } from "./inventory.ts";
import { readInventories } from "./inventory.ts";
import { withMissing } from "./missing.ts";
import type { Observation } from "./observe.ts";
import { observe } from "./observe.ts";
import { stackFiles } from "./stack-files.ts";
import { timed } from "./steps.ts";

export interface PlanOptions {
  readonly clusterName: string;
  /** null: all stacks of the project. */
  readonly stacks: readonly string[] | null;
  readonly vars: JsonObject;
  readonly forceConflicts: boolean;
  /** `--take` and `--yield`: they go before the rules of k8sctl.yaml. */
  readonly ownership?: readonly OwnershipRule[];
  readonly parallelism: number;
  readonly signal: AbortSignal;
  /** A cluster that is not as its config says is replaced; else it is used as it is, with a warning. */
  readonly replaceCluster?: boolean;
  /** `rollback`: generated values of the revisions that are gone back to. */
  readonly earlier?: EarlierValues;
}

/** A plan with all that applying it needs. Nothing in it was written anywhere. */
export interface Planned {
  readonly plan: Plan;
  readonly program: Program;
  readonly stacks: readonly SynthStack[];
  /** Inventories of the stacks in the plan, with the versions that the plan was made from. */
  readonly inventories: ReadonlyMap<string, StoredInventory>;
  readonly results: Results;
  /** null while the cluster does not exist. */
  readonly kube: Kube | null;
}

export function fieldManagerOf(project: Project): string {
  return `k8sctl:${project.name}`;
}

export interface Prepared {
  readonly program: Program;
  readonly stacks: readonly SynthStack[];
  readonly cluster: OpenCluster;
  /** Milliseconds since 1970, when the plan was begun. */
  readonly now: number;
  /** Of the synthesis and of decoding; none is an error. */
  readonly warnings: readonly Problem[];
  /** What the stacks have read by `file()` and its kind, by `stack path`: grows as expressions are evaluated. */
  readonly files: ReadonlyMap<string, Uint8Array | null>;
}

/** Synthesizes, and looks for the cluster at the same time. */
export async function preparePlan(ports: Ports, project: Project, options: PlanOptions, emit: Emit): Promise<Prepared> {
  const opening = timed(ports, emit, "connect", `connect to ${options.clusterName}`, async () =>
    prepareCluster(
      await openCluster(ports, project, options.clusterName, (message) => emit({ type: "warning", message })),
      { mayReplace: options.replaceCluster ?? false },
    ),
  );
  // Both go on at once; when synth fails first, the connection's failure must not be an unhandled rejection.
  opening.catch(() => undefined);
  const { stacks, problems } = await timed(
    ports,
    emit,
    "synth",
    options.earlier === undefined
      ? `synthesize ${options.stacks?.join(", ") ?? "all stacks"}`
      : `take ${options.stacks?.join(", ")} from the history`,
    () => ports.synth.synth(project, { stacks: options.stacks, vars: options.vars, signal: options.signal }),
  );
  const files = new Map<string, Uint8Array | null>();
  const readFile = stackFiles(ports, project, stacks);
  const program = createProgram(stacks, (path, stack) => {
    const bytes = readFile(path, stack);
    files.set(`${stack} ${path}`, bytes);
    return bytes;
  });
  // Everything is decoded before anything is asked or changed: a mistake found late would be a half apply.
  const now = ports.clock.wall();
  const decoded = decodeOrThrow(program, { live: new Map(), generated: new Map(), now }, "before-reading");
  const { warnings: ofCluster, ...cluster } = await opening;
  const idle = idleRules(options.ownership ?? [], decoded.desired);
  const warnings = [...problems, ...decoded.problems, ...idle, ...ofCluster];
  return { program, stacks, cluster, now, warnings, files };
}

/** Decodes, observes and builds. May be called again once the cluster exists. */
export async function makePlan(
  project: Project,
  prepared: { program: Program; stacks: readonly SynthStack[]; now: number },
  cluster: OpenCluster,
  options: PlanOptions,
): Promise<Planned> {
  const { program, stacks, now } = prepared;
  const { kube } = cluster;
  const all: ReadonlyMap<string, StoredInventory> =
    kube === null ? new Map() : await readInventories(kube, project.name, project.inventoryNamespace);
  const names = new Set(stacks.map((stack) => stack.name));
  const stored = new Map(
    [...all].filter(([stack]) => names.has(stack) || (options.stacks === null && !inProject(project, stack))),
  );
  // What is written stays as it was read: a moved value is recorded under both of its addresses.
  const moved = ({ inventory }: StoredInventory): Inventory => ({
    ...inventory,
    generated: program.moved(inventory.stack, inventory.generated),
  });
  const held = [...stored.values()].map(moved);
  const { inventories, keys: restored } = withEarlierValues(project.name, held, options.earlier ?? new Map());
  const generated = new Map([...generatedOf([...all.values()].map(moved)), ...generatedOf(inventories)]);
  const known: Results = { live: new Map(), generated, now };
  let data: ReadonlyMap<string, Json> =
    kube === null ? new Map() : await readData(kube, program, known, options.parallelism);
  let decoded = decodeOrThrow(program, { ...known, data });
  const applySets = new Map(
    [...names, ...inventories.map((inv) => inv.stack)].map(
      (stack) => [stack, applySetId(project.name, stack, project.inventoryNamespace)] as const,
    ),
  );
  const setOwners = setOwnersOf(project, all.keys());
  const fieldManager = fieldManagerOf(project);
  const ownership = [...(options.ownership ?? []), ...(project.ownership ?? [])];
  const base = {
    inventories,
    applySets,
    fieldManager,
    force: options.forceConflicts,
    ownership,
    parallelism: options.parallelism,
  };
  let observation = kube === null ? null : await observe(kube, { ...base, desired: decoded.desired });
  let results: Results = { live: liveOf(observation), generated, now, data };
  // A value that waits for objects may be known by what these are.
  const waits = decoded.generated.some(({ dependsOn }) => dependsOn !== undefined);
  if (kube !== null && observation !== null && (waits || awaitsValues(observation))) {
    data = await readData(kube, program, results, options.parallelism);
    results = { ...results, data };
    // References to what the API gave (uids, addresses) are known for objects that live: decode again with them.
    decoded = decodeOrThrow(program, results);
    observation = await observe(kube, { ...base, desired: decoded.desired });
  }
  const build = (): Plan =>
    buildPlan({
      project: project.name,
      cluster: cluster.planned,
      stacks: stacks.map((stack) => {
        const given = givenUp(stack);
        const { name, file, after } = stack;
        return { name, file, after, givesUp: (address: string) => isGivenUp(address, given) };
      }),
      desired: decoded.desired,
      generated: decoded.generated,
      observed: observation?.observed ?? new Map(),
      bodies: observation?.bodies ?? new Map(),
      inventories,
      leftovers: observation?.leftovers ?? new Map(),
      applySets,
      setOwners,
      fieldManager,
      now,
      forceConflicts: options.forceConflicts,
      ownership,
    });
  let plan = build();
  while (kube !== null) {
    const later = withoutEarlyAnswers(program, results, plan) ?? withoutReplaced(results, plan);
    if (later === null) break;
    results = later;
    decoded = decodeOrThrow(program, results);
    observation = await observe(kube, { ...base, desired: decoded.desired });
    plan = build();
  }
  // Going back is to what ran before: nothing is to be tried.
  const rules = options.earlier === undefined ? canaryRules(project.canary ?? [], decoded.desired) : [];
  plan = withCanaries(plan, rules, results.live, options.stacks === null);
  if (kube !== null) plan = tellDeleted(await withMissing(plan, kube), seenAlive(inventories));
  return { plan: tellRestored(plan, restored), program, stacks, inventories: stored, results, kube };
}

/** ApplySet id -> stack, of the project's stacks and of those that only an inventory knows. */
export function setOwnersOf(project: Project, stacks: Iterable<string>): ReadonlyMap<string, string> {
  const names = [...project.stacks.map((config) => config.name), ...stacks];
  return new Map(names.map((stack) => [applySetId(project.name, stack, project.inventoryNamespace), stack]));
}

function inProject(project: Project, stack: string): boolean {
  return project.stacks.some((config) => config.name === stack);
}

/** Keys are `stack/address`, as Results wants them. */
export function generatedOf(inventories: readonly Inventory[]): Results["generated"] {
  return new Map(
    inventories.flatMap((inv) =>
      Object.entries(inv.generated).map(([address, value]) => [`${inv.stack}/${address}`, value]),
    ),
  );
}

/**
 * Results without the objects that this plan makes anew: their uids, addresses and the like are known only after apply.
 * null where there are none.
 */
function withoutReplaced(results: Results, plan: Plan): Results | null {
  const replaced = plan.stacks
    .flatMap(({ items }) => items)
    .filter(({ action, id, key }) => action === "replace" && id.part === undefined && results.live.has(key))
    .map(({ key }) => key);
  if (replaced.length === 0) return null;
  const live = new Map(results.live);
  for (const key of replaced) live.delete(key);
  return { ...results, live };
}

function awaitsValues({ bodies }: Observation): boolean {
  return [...bodies.values()].some(hasUnknowns);
}

function liveOf(observation: Observation | null): Results["live"] {
  const live = new Map<ObjectKey, JsonObject>();
  for (const [key, seen] of observation?.observed ?? []) if (seen.live !== null) live.set(key, asJson(seen.live));
  return live;
}
