import type { GeneratedResource, GeneratedValue } from "../model/desired.ts";
import { KubeError, type Problem, UnreachableError } from "../model/errors.ts";
import type { Emit, RunResult } from "../model/events.ts";
import type { Plan } from "../model/plan.ts";
import type { Project } from "../model/project.ts";
import { applySetId } from "../plan/applyset.ts";
import type { SavedPlan } from "../plan/saved.ts";
import type { Approver, Kube, Ports } from "../ports.ts";
import { applyPlan } from "./apply.ts";
import { approvePlan, exceeds, notApproved, refuseLosses, unforeseen } from "./approve.ts";
import { refuseBlocked } from "./blocked.ts";
import { clusterNeeded, createCluster, type OpenCluster } from "./cluster.ts";
import { readData } from "./data.ts";
import { emitEndpoints } from "./endpoints.ts";
import { readInventories } from "./inventory.ts";
import { layers } from "./layers.ts";
import { acquireLocks } from "./locks.ts";
import { emitOutputs, inventoryOutputs } from "./outputs.ts";
import type { Planned, PlanOptions, Prepared } from "./plan.ts";
import { fieldManagerOf, makePlan, preparePlan, setOwnersOf } from "./plan.ts";
import { Recording } from "./recording.ts";
import type { Locks } from "./renewal.ts";
import { openSaved, type SavedCheck } from "./saved-plan.ts";
import { timed } from "./steps.ts";

/** What a use case that changes things works with. */
export interface RunContext {
  readonly ports: Ports;
  readonly project: Project;
  readonly emit: Emit;
  readonly approver: Approver;
  /** First Ctrl-C: start nothing new, finish what is in flight. */
  readonly drain: AbortSignal;
  /** Second Ctrl-C: stop at once. */
  readonly now: AbortSignal;
}

export interface UpOptions extends PlanOptions {
  readonly command: "up" | "apply" | "rollback";
  /** The person said yes beforehand. */
  readonly approved: boolean;
  /** `apply` wants the cluster to be there. */
  readonly createCluster: boolean;
  readonly timeoutSeconds: number | null;
  /** false: ends when all is applied; absent: waits until it is ready. */
  readonly wait?: boolean;
  /** Deletes and replaces may lose data although nobody is asked. */
  readonly allowDataLoss?: boolean;
  /** `apply PLANFILE`: the plan that was approved when it was saved; nothing is asked any more. */
  readonly saved?: SavedPlan | null;
  /** `rollback`: the revision that is gone back to, and what the plan has to say of it. */
  readonly back?: { readonly to: number; readonly remarks: (plan: Plan) => Plan };
  /** Makes a value that is kept, such as a password. */
  readonly generate: (resource: GeneratedResource) => GeneratedValue | Promise<GeneratedValue>;
}

/** The provider's own default, and a Deployment's progressDeadlineSeconds. */
const OBJECT_SECONDS = 600;

/** The whole way: synthesize, plan, ask, create the cluster, apply, track until ready. */
export async function up(context: RunContext, options: UpOptions): Promise<RunResult> {
  const { ports, project, emit, drain } = context;
  const prepared = await preparePlan(ports, project, { ...options, replaceCluster: options.createCluster }, emit);
  for (const { message, id } of prepared.warnings)
    emit({ type: "warning", message, ...(id === undefined ? {} : { id }) });
  let kube: Kube | null = prepared.cluster.kube;
  try {
    if (!options.createCluster) clusterNeeded(kube, prepared.cluster.provider.label);
    const saved = options.saved ? await openSaved(options.saved, project, prepared, options) : null;
    let planned = await timed(ports, emit, "plan", "plan", () => planFor(project, prepared, prepared.cluster, options));
    emit({ type: "planned", plan: planned.plan });
    saved?.check(planned);
    refuseBlocked(planned.plan);
    refuseLosses(planned.plan, { asked: !options.approved && saved === null, allowed: options.allowDataLoss ?? false });
    if ((await approvePlan(context, planned.plan, options.approved || saved !== null)) === "rejected") return REJECTED;
    if (kube === null) {
      const created = await makeCluster(context, prepared);
      kube = created.kube;
      await furnish(context, created, (await created.provider.missingImages?.()) ?? []);
      planned = await replan(context, options, prepared, created, planned.plan);
    } else {
      await furnish(context, prepared.cluster, prepared.cluster.planned.images ?? []);
    }
    drain.throwIfAborted();
    return await applyLocked(context, options, prepared, planned, saved);
  } finally {
    kube?.close();
  }
}

async function planFor(
  project: Project,
  prepared: Prepared,
  cluster: OpenCluster,
  options: UpOptions,
): Promise<Planned> {
  const planned = await makePlan(project, prepared, cluster, options);
  return options.back === undefined ? planned : { ...planned, plan: options.back.remarks(planned.plan) };
}

const NOTHING_DONE = { create: 0, update: 0, replace: 0, delete: 0, unchanged: 0, failed: 0 };
const REJECTED: RunResult = { ok: false, exitCode: 1, counts: NOTHING_DONE };

async function makeCluster({ ports, emit, drain }: RunContext, { cluster }: Prepared): Promise<OpenCluster> {
  const verb = cluster.planned.action === "replace" ? "replace" : "create";
  return timed(ports, emit, "cluster", `${verb} ${cluster.provider.label}`, () =>
    createCluster(ports, cluster, {
      progress: (message) => emit({ type: "step-progress", step: "cluster", message }),
      warn: (message) => emit({ type: "warning", message }),
      stop: drain,
    }),
  );
}

/** What k8sctl.yaml wants in the cluster before any object: a registry to pull from, and images. */
async function furnish(
  { ports, emit }: RunContext,
  { provider }: OpenCluster,
  images: readonly string[],
): Promise<void> {
  if (images.length === 0 && provider.connectRegistry === undefined) return;
  const progress = (message: string) => emit({ type: "step-progress", step: "cluster", message });
  await timed(ports, emit, "cluster", `furnish ${provider.label}`, async () => {
    await provider.connectRegistry?.(progress);
    if (images.length > 0) await provider.loadImages?.(images, progress);
  });
}

/** What was predicted is planned for real, now that somebody can be asked; more than was approved is asked again. */
async function replan(
  context: RunContext,
  options: UpOptions,
  prepared: Prepared,
  cluster: OpenCluster,
  approved: Plan,
): Promise<Planned> {
  const { ports, project, emit } = context;
  const planned = await timed(ports, emit, "plan", "plan again, on the real cluster", () =>
    planFor(project, prepared, cluster, options),
  );
  refuseBlocked(planned.plan);
  if (!exceeds(planned.plan, approved)) return planned;
  refuseLosses(planned.plan, { asked: !options.approved, allowed: options.allowDataLoss ?? false });
  emit({ type: "planned", plan: planned.plan });
  if (options.approved && unforeseen(planned.plan, approved).length > 0) throw notApproved();
  if ((await approvePlan(context, planned.plan, options.approved)) === "approved") return planned;
  throw notApproved();
}

async function applyLocked(
  context: RunContext,
  options: UpOptions,
  prepared: Prepared,
  first: Planned,
  saved: SavedCheck | null,
): Promise<RunResult> {
  const { ports, project, emit, drain, now } = context;
  const kube = clusterNeeded(first.kube, prepared.cluster.provider.label);
  const locks = await timed(ports, emit, "lock", "lock the stacks", () =>
    acquireLocks({
      kube,
      clock: ports.clock,
      random: ports.random,
      identity: ports.identity,
      command: options.command,
      project: project.name,
      inventoryNamespace: project.inventoryNamespace,
      stacks: first.plan.stacks.map((stack) => stack.name),
      onWait: (message) => emit({ type: "step-progress", step: "lock", message }),
      signal: drain,
    }),
  );
  try {
    const planned = await stillTrue(context, options, prepared, first, kube);
    if (planned !== first) saved?.check(planned);
    const recording = new Recording({
      kube,
      clock: ports.clock,
      identity: ports.identity,
      emit,
      project: project.name,
      namespace: project.inventoryNamespace,
      command: options.command,
      backTo: options.back?.to ?? null,
      stacks: prepared.stacks,
      files: prepared.files,
    });
    const result = await timed(
      ports,
      emit,
      "apply",
      options.wait === false ? "apply" : "apply and wait until ready",
      () =>
        applyPlan(
          { kube, clock: ports.clock, httpGet: ports.httpGet },
          {
            plan: planned.plan,
            inventories: planned.inventories,
            inventoryNamespace: project.inventoryNamespace,
            fieldManager: fieldManagerOf(project),
            parallelism: options.parallelism,
            timeouts: { objectSeconds: OBJECT_SECONDS, overallSeconds: options.timeoutSeconds },
            wait: options.wait ?? true,
            results: planned.results,
            fill: prepared.program.fill,
            check: ({ stack, origin }, when, results) =>
              origin === null ? [] : prepared.program.conditions(stack, origin.address, when, results),
            readData: (results) => readData(kube, prepared.program, results, options.parallelism),
            generate: options.generate,
            outputs: (results) => inventoryOutputs(prepared.program.outputs(results)),
            locks,
            again: layers({
              kube,
              program: prepared.program,
              plan: planned.plan,
              applySets: new Map(
                planned.plan.stacks.map(({ name }) => [
                  name,
                  applySetId(project.name, name, project.inventoryNamespace),
                ]),
              ),
              setOwners: setOwnersOf(project, planned.inventories.keys()),
              fieldManager: fieldManagerOf(project),
              forceConflicts: options.forceConflicts,
              ownership: [...(options.ownership ?? []), ...(project.ownership ?? [])],
              async approve(plan) {
                if (saved !== null) return "rejected";
                emit({ type: "planned", plan });
                return approvePlan(context, plan, options.approved);
              },
            }),
            begin: (generated) => recording.begin(planned.plan, generated),
            drain,
            abort: now,
            destroy: null,
          },
          emit,
        ),
    );
    emitOutputs(prepared.program.outputs(result.results), emit);
    emitEndpoints(planned.plan, result.results, emit);
    const wrong = tellVerdicts(prepared.program.verdicts(result.results), emit);
    const ok = result.ok && !wrong;
    const exitCode = wrong ? 1 : result.exitCode;
    const written = await finished(recording, exitCode, locks, emit);
    return { ok, exitCode, counts: result.counts, ...(written === null ? {} : { revision: written }) };
  } finally {
    await locks.release();
  }
}

/** The run is over either way: what its history lacks is told. */
async function finished(
  recording: Recording,
  exitCode: RunResult["exitCode"],
  locks: Locks,
  emit: RunContext["emit"],
): Promise<number | null> {
  if (locks.signal.aborted) return null;
  try {
    await recording.finish(exitCode);
    return recording.number;
  } catch (error) {
    if (!(error instanceof KubeError || error instanceof UnreachableError)) throw error;
    emit({ type: "warning", message: `the history does not say how this run ended: ${error.message}` });
    return null;
  }
}

/** Tells what checks and output conditions say, now that everything is known; true when one is an error. */
function tellVerdicts(problems: readonly Problem[], emit: RunContext["emit"]): boolean {
  for (const { severity, code, message, remedy = "" } of problems) {
    if (severity === "warning") emit({ type: "warning", message });
    else emit({ type: "error", code, message, remedy });
  }
  return problems.some(({ severity }) => severity === "error");
}

/** Between planning and locking somebody else may have applied: then the plan is made again, and asked about again. */
async function stillTrue(
  context: RunContext,
  options: UpOptions,
  prepared: Prepared,
  planned: Planned,
  kube: Kube,
): Promise<Planned> {
  const { project } = context;
  const current = await readInventories(kube, project.name, project.inventoryNamespace);
  const same = planned.plan.stacks.every(
    ({ name }) => current.get(name)?.resourceVersion === planned.inventories.get(name)?.resourceVersion,
  );
  if (same) return planned;
  return replan(context, options, prepared, { ...prepared.cluster, kube }, planned.plan);
}

/** Exit code 2 in place of 0 when something was changed, for `--detailed-exitcode`. */
export function withDetail(result: RunResult): RunResult {
  const { create, update, replace, delete: removed } = result.counts;
  return result.exitCode === 0 && create + update + replace + removed > 0 ? { ...result, exitCode: 2 } : result;
}
