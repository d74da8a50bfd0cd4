import type { GeneratedValue, Results } from "../model/desired.ts";
import { type Problem, UserError } from "../model/errors.ts";
import type { Emit, ExitCode, RunResult } from "../model/events.ts";
import { type ObjectKey, objectKey } from "../model/ids.ts";
import type { Inventory } from "../model/inventory.ts";
import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { Plan, PlanItem } from "../model/plan.ts";
import { applySetId } from "../plan/applyset.ts";
import type { Clock, HttpGet, Kube } from "../ports.ts";
import type { Member } from "../status/index.ts";
import { ApplyFacts } from "./apply-facts.ts";
import type { Fill, SendOptions } from "./apply-object.ts";
import { runDag } from "./dag.ts";
import { addressesOf } from "./data.ts";
import { type Generate, generateValues } from "./generated.ts";
import type { StoredInventory } from "./inventory.ts";
import { InventoryBook } from "./inventory-book.ts";
import { LateValues } from "./late-values.ts";
import { ObjectRemovals } from "./object-removals.ts";
import { ObjectTasks } from "./object-tasks.ts";
import type { Locks } from "./renewal.ts";
import { Scrubber } from "./scrub.ts";
import { Stops } from "./stops.ts";
import { buildTasks, neededTasks, recordedEdges, type Task, taskOf } from "./tasks.ts";
import { Telling } from "./telling.ts";
import { Tracker } from "./track.ts";
import { ValueTelling } from "./value-telling.ts";

/** An object or a value of the plan, for its pre- and postconditions. */
type Checked = Pick<PlanItem, "stack" | "origin">;

export interface ApplyInput {
  readonly plan: Plan;
  /** As read for the plan: the versions that may be written over. */
  readonly inventories: ReadonlyMap<string, StoredInventory>;
  readonly inventoryNamespace: string;
  readonly fieldManager: string;
  readonly parallelism: number;
  /** `object`: to be ready, or to be gone. `overall`: for the whole run; null: no bound. */
  readonly timeouts: { readonly objectSeconds: number; readonly overallSeconds: number | null };
  /** false: waits only for what something else waits for; absent: until all is ready. */
  readonly wait?: boolean;
  /** What the plan was made with. */
  readonly results: Results;
  readonly fill: Fill;
  /** Pre- and postconditions of an item that do not hold. */
  readonly check?: (item: Checked, when: "before" | "after", results: Results) => readonly Problem[];
  /** Answers to all data sources that are known by now; absent: there are none to ask for. */
  readonly readData?: (results: Results) => Promise<NonNullable<Results["data"]>>;
  readonly generate: Generate;
  /** Outputs by stack, for the inventories; null while values are missing. */
  readonly outputs: (results: Results) => ReadonlyMap<string, Inventory["outputs"]>;
  readonly locks: Locks;
  /** Plans an object for real whose namespace or type this run has made. */
  readonly again?: SendOptions["again"];
  /** Called once everything is promised and before anything is changed. */
  readonly begin?: (generated: ReadonlyMap<string, GeneratedValue>) => Promise<void>;
  /** First Ctrl-C: start nothing new, finish what is in flight. */
  readonly drain: AbortSignal;
  /** Second Ctrl-C: stop now. */
  readonly abort: AbortSignal;
  /** `down`: claims, volumes and generated values are kept unless `deleteVolumes`. null: not a `down`. */
  readonly destroy: { readonly deleteVolumes: boolean } | null;
}

export interface ApplyResult extends RunResult {
  /** With all that the run has learned, for outputs. */
  readonly results: Results;
}

/**
 * Carries out a plan as one graph of tasks. The inventories are written as a superset before the first change and
 * narrowed to what is true after the last. Emits object events and verdicts, not `started` and `finished`. Throws
 * UserError where nothing was changed or the record could not be kept; failures of objects are in the result.
 */
export async function applyPlan(
  ports: { readonly kube: Kube; readonly clock: Clock; readonly httpGet?: HttpGet },
  input: ApplyInput,
  emit: Emit,
): Promise<ApplyResult> {
  const { clock, httpGet = () => Promise.reject(new Error("nothing is asked over HTTP here")) } = ports;
  const { plan, locks } = input;
  // Whatever is written from here on is written under the locks, at each try.
  const kube = ports.kube.guarded(locks);
  const items = plan.stacks.flatMap((stack) => stack.items);
  const scrubber = new Scrubber(items.map(({ id }) => id));
  const facts = new ApplyFacts();
  const live = new Map<ObjectKey, JsonObject>(input.results.live);
  const signals = { drain: input.drain, abort: input.abort, lost: locks.signal };
  const stops = new Stops(signals, clock, input.timeouts.overallSeconds);
  const generated = await generateValues(input, scrubber);
  const data = new Map(input.results.data);
  const results: Results = { live, generated, data, applied: clock.wall() };
  const entries = [...input.inventories.values()].flatMap((stored) => stored.inventory.entries);
  const recorded = new Map(entries.map((entry) => [objectKey(entry.id), entry]));
  const versions = new Map(items.map((item) => [item.key, item.apiVersion]));
  const applySetOf = (stack: string) => applySetId(plan.project, stack, input.inventoryNamespace);

  const awaited = new Set(items.filter((item) => !item.wait.skip).map((item) => item.key));
  const book = new InventoryBook(kube, input, generated);
  const tasks = buildTasks(plan, recordedEdges(entries));
  const awaiting = new Set(tasks.map((task) => task.key));
  const needed = neededTasks(tasks);
  const tracker = new Tracker({
    kube,
    clock,
    emit,
    scrub: (text) => scrubber.scrub(text),
    applySets: plan.stacks.map((stack) => applySetOf(stack.name)),
    namespacesOf: (group, kind) =>
      new Set(items.filter((i) => i.id.group === group && i.id.kind === kind).map((i) => i.id.namespace)),
    members: () => items.map((item) => memberOf(item, live)),
    // The embedded cluster runs no containers: what fails there fails as an annotation says.
    watchUnprobed: plan.cluster.provider !== "embedded" && !(plan.cluster.version ?? "").endsWith("+k8sctl-embedded"),
    awaited: (key) => awaited.has(key) && !facts.hasFailed(key) && !telling.isSkipped(key),
  });
  const telling = new Telling({
    clock,
    emit,
    facts,
    scrubber,
    check: (item, when) => input.check?.(item, when, results) ?? [],
    aborted: stops.kill,
    unreachable: (error) => stops.unreachable(error),
    broken: (error) => stops.broken(error),
  });
  const { objectSeconds } = input.timeouts;
  const removals = new ObjectRemovals({
    kube,
    clock,
    locks,
    facts,
    telling,
    fieldManager: input.fieldManager,
    applySetOf,
    recorded: (key) => recorded.get(key) ?? null,
    objectSeconds,
    destroying: input.destroy !== null,
    deleteVolumes: input.destroy?.deleteVolumes ?? false,
    cut: stops.cut,
  });
  const send = {
    kube,
    clock,
    fieldManager: input.fieldManager,
    fill: input.fill,
    scrubber,
    live,
    generated,
    applied: clock.wall(),
    readData,
    ...(input.again === undefined ? {} : { again: input.again }),
    apiVersionOf: (key: ObjectKey) => versions.get(key) ?? null,
    signal: stops.kill,
  };
  const shared = { clock, emit, locks, facts, telling, live, objectSeconds, httpGet, cut: stops.cut };
  /** Data that depends on objects of this run is read when they are done. */
  async function readData(): Promise<NonNullable<Results["data"]>> {
    const pending = items.filter((item) => awaiting.has(taskOf.ready(item.key))).flatMap(addressesOf);
    const deferred = [...(input.results.deferred ?? [])].filter(([, on]) => on.some((a) => pending.includes(a)));
    const known = await input.readData?.({ ...results, deferred: new Map(deferred) });
    for (const [key, answer] of known ?? []) data.set(key, answer);
    return data;
  }
  const waits = (task: Task) => input.wait !== false || needed.has(task.key);
  const valueTelling = new ValueTelling({ emit, scrubber, stops, objects: telling });
  const values = new LateValues({
    ...{ kube, clock, locks, scrubber, results, generated, readData },
    fill: input.fill,
    generate: input.generate,
    telling: valueTelling,
    check: (item, when) => input.check?.(item, when, results) ?? [],
    record: (stack) => book.record(stack),
    cut: stops.cut,
  });
  const runner = new ObjectTasks({ ...shared, tracker, removals, values, valueTelling, send, waits });
  try {
    await locks.ensureHeld();
    await book.promise();
    await input.begin?.(generated);
    if (input.destroy?.deleteVolumes) await book.deleteKeptClaims();
    const outcomes = await runDag(tasks, {
      parallelism: input.parallelism,
      run: async (task) => {
        const outcome = await stops.orKilled(runner.run(task));
        awaiting.delete(task.key);
        return outcome;
      },
      skipped: (task, because) => runner.skipped(task, because),
      stop: stops.cut,
    });
    stops.rethrow();
    // Outputs may be all that asks for it.
    if (!stops.kill.aborted && input.results.deferred !== undefined) await readData();
    if (!stops.kill.aborted) await settle(book, removals, facts, input, results, emit, stops);
    const unfinished = [...outcomes.values()].some((outcome) => outcome === "not-started");
    const failures = { values: valueTelling.failures, anySkipped: telling.anySkipped || valueTelling.anySkipped };
    return { ...resultOf(facts, telling, failures, stops, unfinished, input, emit), results };
  } finally {
    tracker.close();
    stops.close();
  }
}

async function settle(
  book: InventoryBook,
  removals: ObjectRemovals,
  facts: ApplyFacts,
  input: ApplyInput,
  results: Results,
  emit: Emit,
  stops: Stops,
): Promise<void> {
  try {
    await input.locks.ensureHeld();
    await book.settle(facts.objects, removals.keptClaims, input.destroy ? new Map() : input.outputs(results), emit);
  } catch (error) {
    // The superset stays: the next run starts from it.
    if (!stops.lostServer) throw error;
  }
}

function resultOf(
  facts: ApplyFacts,
  telling: Telling,
  failures: { readonly values: number; readonly anySkipped: boolean },
  stops: Stops,
  unfinished: boolean,
  input: ApplyInput,
  emit: Emit,
): RunResult {
  const ofObjects = facts.counts();
  const counts = { ...ofObjects, failed: ofObjects.failed + failures.values };
  const result = (exitCode: ExitCode): RunResult => ({ ok: exitCode === 0, exitCode, counts });
  const { locks, drain, abort } = input;
  if (locks.signal.aborted) {
    const problem = locks.signal.reason instanceof UserError ? locks.signal.reason.problems[0] : undefined;
    const { code = "lock-lost", message = "the lock was lost", remedy = "" } = problem ?? {};
    emit({ type: "error", code, message, remedy });
    return result(1);
  }
  if (stops.lostServer) {
    const { server, message } = stops.lostServer;
    const remedy = "when it answers again, run the command again: it continues from what is there";
    emit({ type: "error", code: "unreachable", message: `${server} stopped answering: ${message}`, remedy });
    return result(1);
  }
  if (abort.aborted || (drain.aborted && (unfinished || telling.anyCut))) return result(130);
  if (stops.timedOut) {
    const remedy = "give it more time (--timeout), or run the command again: it continues from what is there";
    emit({ type: "error", code: "timed-out", message: `not done within ${input.timeouts.overallSeconds} s`, remedy });
    return result(1);
  }
  if (facts.anyFailed || failures.values > 0 || failures.anySkipped) return result(1);
  return result(facts.notReady.size > 0 ? 3 : 0);
}

/** An object of the plan as the search for causes sees it: as it lives, else as it is to be. */
function memberOf(item: PlanItem, live: ReadonlyMap<ObjectKey, JsonObject>): Member {
  const { key, id, sent, dependsOn } = item;
  return {
    key,
    id,
    object: (live.get(key) ?? sent) as KubeObject | null,
    dependsOn: dependsOn.flatMap(({ on }) => (on.type === "object" ? [on.key] : [])),
  };
}
