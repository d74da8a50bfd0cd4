import type { Dependency } from "../model/desired.ts";
import { describeId, type ObjectId, type ObjectKey, objectKey } from "../model/ids.ts";
import type { GeneratedItem, Plan, PlanItem, StackPlan } from "../model/plan.ts";
import { definedType } from "../plan/defined-type.ts";
import type { DagNode } from "./dag.ts";

/** What a task does. The milestones do nothing but hold edges together: n dependents times m tasks become n + m. */
export type Work =
  | { readonly type: "apply"; readonly item: PlanItem }
  | { readonly type: "ready"; readonly item: PlanItem }
  | { readonly type: "delete"; readonly item: PlanItem }
  | { readonly type: "gone"; readonly item: PlanItem }
  /** A value that waits for objects, and objects for it. */
  | { readonly type: "value"; readonly stack: string; readonly value: GeneratedItem }
  | { readonly type: "stack-applied"; readonly stack: string }
  | { readonly type: "stack-ready"; readonly stack: string; readonly empty: boolean }
  | { readonly type: "stack-removed"; readonly stack: string };

export interface Task extends DagNode {
  readonly work: Work;
}

/** Keys of the objects that a recorded object depended on, by its own key: the inventory's edges. */
export type RecordedEdges = ReadonlyMap<ObjectKey, readonly ObjectKey[]>;

/**
 * The whole plan as one graph. Applies wait for what their edges name; deletes of a stack wait for all its applies and
 * go dependents first; a namespace goes after everything in it, a CRD after its objects.
 */
export function buildTasks(plan: Plan, recorded: RecordedEdges): Task[] {
  const items = plan.stacks.flatMap((stack) => stack.items);
  const applied = items.filter(isApplied);
  const removed = items.filter((item) => item.action === "delete" || item.givesBack);
  const structure = new Structure(applied);
  const removals = new Removals(removed, applied, recorded);
  const after = new Map(plan.stacks.map((stack) => [stack.name, stack.after]));

  // What an interrupted run left of a canary goes before the next one comes.
  const canaries = new Set(applied.flatMap(({ canary }) => (canary === undefined ? [] : [canary.key])));
  const left = new Set(removed.filter(({ key }) => canaries.has(key)).map(({ key }) => key));

  const tasks: Task[] = [];
  for (const stack of plan.stacks) {
    const own = stack.items.filter(isApplied);
    for (const item of own) {
      const edges = [
        ...stack.after.map(taskOf.stackReady),
        ...item.dependsOn.flatMap((dependency) => waitedFor(dependency, structure)),
        ...structure.edges(item),
        ...(item.canary !== undefined && left.has(item.canary.key) ? [taskOf.gone(item.canary.key)] : []),
      ];
      tasks.push(...applyTasks(item, edges));
    }
    const values = stack.generated.filter(({ resource }) => resource.dependsOn !== undefined);
    for (const value of values) {
      const { address, dependsOn = [] } = value.resource;
      const after = dependsOn.flatMap((dependency) => waitedFor(dependency, structure));
      const work = { type: "value", stack: stack.name, value } as const;
      const heavy = value.resource.request !== undefined && value.action !== "unchanged";
      tasks.push({ key: taskOf.value(stack.name, address), after, heavy, work });
    }
    tasks.push(...milestones(stack, own, values));
    // create_before_destroy: what takes the place of something under another name must work before that goes.
    const successors = own.filter((item) => item.lifecycle.createBeforeDestroy).map((item) => taskOf.ready(item.key));
    const pruned = removed.filter((item) => item.stack === stack.name);
    for (const item of pruned) {
      const later = [...after].filter(([, names]) => names.includes(stack.name)).map(([name]) => name);
      const edges = left.has(item.key)
        ? []
        : [taskOf.stackApplied(stack.name), ...successors, ...later.map(taskOf.stackRemoved), ...removals.edges(item)];
      tasks.push(
        { key: taskOf.delete(item.key), after: edges, heavy: true, work: { type: "delete", item } },
        { key: taskOf.gone(item.key), after: [taskOf.delete(item.key)], heavy: false, work: { type: "gone", item } },
      );
    }
  }
  return tasks;
}

export const taskOf = {
  apply: (key: ObjectKey) => `apply ${key}`,
  ready: (key: ObjectKey) => `ready ${key}`,
  delete: (key: ObjectKey) => `delete ${key}`,
  gone: (key: ObjectKey) => `gone ${key}`,
  value: (stack: string, address: string) => `value ${stack}/${address}`,
  stackApplied: (stack: string) => `stack-applied ${stack}`,
  stackReady: (stack: string) => `stack-ready ${stack}`,
  stackRemoved: (stack: string) => `stack-removed ${stack}`,
};

/** Objects that are there, or are to be there, when the run is over. */
function isApplied(item: PlanItem): boolean {
  return item.action !== "delete" && item.action !== "forget";
}

function applyTasks(item: PlanItem, edges: readonly string[]): Task[] {
  const { key } = item;
  const apply = { key: taskOf.apply(key), heavy: item.action !== "unchanged", work: { type: "apply", item } as const };
  const ready: Task = {
    key: taskOf.ready(key),
    after: [taskOf.apply(key)],
    heavy: false,
    work: { type: "ready", item },
  };
  if (item.action !== "replace") return [{ ...apply, after: edges }, ready];
  return [
    // The old object goes only when the new one could be applied at once.
    { key: taskOf.delete(key), after: edges, heavy: true, work: { type: "delete", item } },
    { key: taskOf.gone(key), after: [taskOf.delete(key)], heavy: false, work: { type: "gone", item } },
    { ...apply, after: [taskOf.gone(key)] },
    ready,
  ];
}

function milestones(stack: StackPlan, applied: readonly PlanItem[], values: readonly GeneratedItem[]): Task[] {
  const { name } = stack;
  const keys = applied.map((item) => item.key);
  const made = values.map(({ resource }) => taskOf.value(name, resource.address));
  const gone = stack.items.filter((item) => item.action === "delete").map((item) => taskOf.gone(item.key));
  return [
    {
      key: taskOf.stackApplied(name),
      after: [...keys.map(taskOf.apply), ...made],
      heavy: false,
      work: { type: "stack-applied", stack: name },
    },
    {
      key: taskOf.stackReady(name),
      after: [...keys.map(taskOf.ready), ...made, ...stack.after.map(taskOf.stackReady)],
      heavy: false,
      work: { type: "stack-ready", stack: name, empty: keys.length === 0 },
    },
    { key: taskOf.stackRemoved(name), after: gone, heavy: false, work: { type: "stack-removed", stack: name } },
  ];
}

function waitedFor(dependency: Dependency, structure: Structure): string[] {
  const { on } = dependency;
  switch (on.type) {
    case "object":
      return [dependency.kind === "ready" ? taskOf.ready(on.key) : structure.exists(on.key)];
    case "stack":
      return [taskOf.stackReady(on.stack)];
    case "generated":
      // Where there is no such task, it was made and written to the inventory before any task starts.
      return [taskOf.value(on.stack, on.address)];
  }
}

/** Edges that nobody wrote: into a namespace and to objects of a custom type that this plan brings. */
class Structure {
  readonly #namespaces = new Map<string, ObjectKey>();
  readonly #customTypes = new Map<string, ObjectKey>();

  constructor(applied: readonly PlanItem[]) {
    for (const item of applied) {
      if (item.action === "unchanged" || item.action === "update" || item.id.part !== undefined) continue;
      if (isNamespace(item.id)) this.#namespaces.set(item.id.name, item.key);
      const type = isCustomType(item.id) ? definedType(item.sent) : null;
      if (type) this.#customTypes.set(type, item.key);
    }
  }

  edges(item: PlanItem): string[] {
    const targets = [
      this.#namespaces.get(item.id.namespace),
      this.#customTypes.get(`${item.id.group}/${item.id.kind}`),
    ].filter((key) => key !== undefined);
    return targets.map((key) => this.exists(key));
  }

  /** A namespace exists when it is Active, a custom type when it is Established: that is their readiness. */
  exists(key: ObjectKey): string {
    const [group, kind] = key.split("/");
    const id = { group: group ?? "", kind: kind ?? "" };
    return isNamespace(id) || isCustomType(id) ? taskOf.ready(key) : taskOf.apply(key);
  }
}

/** Which deletes wait for which: the recorded edges turned round, and the containers last. */
class Removals {
  readonly #dependents = new Map<ObjectKey, string[]>();
  readonly #removed: readonly PlanItem[];

  constructor(removed: readonly PlanItem[], applied: readonly PlanItem[], recorded: RecordedEdges) {
    this.#removed = removed;
    for (const item of removed) {
      const direct = item.dependsOn.flatMap(({ on }) => (on.type === "object" ? [on.key] : []));
      this.#record(taskOf.gone(item.key), new Set([...direct, ...(recorded.get(item.key) ?? [])]));
    }
    // What stays must have let go of an object before it is deleted.
    for (const item of applied) this.#record(taskOf.apply(item.key), recorded.get(item.key) ?? []);
  }

  #record(task: string, targets: Iterable<ObjectKey>): void {
    for (const target of targets) this.#dependents.set(target, [...(this.#dependents.get(target) ?? []), task]);
  }

  edges(item: PlanItem): string[] {
    const inside = this.#removed.filter((other) => contains(item.id, other.id)).map((other) => taskOf.gone(other.key));
    return [...(this.#dependents.get(item.key) ?? []), ...inside];
  }
}

function contains(container: ObjectId, id: ObjectId): boolean {
  if (container.part !== undefined) return false;
  if (isNamespace(container)) return id.namespace === container.name;
  return isCustomType(container) && id.group !== "" && container.name.endsWith(`.${id.group}`);
}

function isNamespace(id: { group: string; kind: string }): boolean {
  return id.group === "" && id.kind === "Namespace";
}

function isCustomType(id: { group: string; kind: string }): boolean {
  return id.group === "apiextensions.k8s.io" && id.kind === "CustomResourceDefinition";
}

/** Keys of the tasks that an apply or a delete comes after: without them, nothing would go on. */
export function neededTasks(tasks: readonly Task[]): ReadonlySet<string> {
  const byKey = new Map(tasks.map((task) => [task.key, task]));
  const needed = new Set<string>();
  const open = tasks
    .filter(({ work }) => work.type === "apply" || work.type === "delete" || work.type === "value")
    .flatMap(({ after }) => after);
  for (let key = open.pop(); key !== undefined; key = open.pop()) {
    if (needed.has(key)) continue;
    needed.add(key);
    open.push(...(byKey.get(key)?.after ?? []));
  }
  return needed;
}

/** A task as one line: `apply Deployment web/shop`. */
export function describeTask(task: Task): string {
  const { work } = task;
  if (work.type === "value") return work.value.resource.address;
  return "item" in work ? `${work.type} ${describeId(work.item.id)}` : `${work.type} ${work.stack}`;
}

/** Edges of inventories, joined over all stacks. */
export function recordedEdges(
  entries: Iterable<{ readonly id: ObjectId; readonly dependsOn: readonly string[] }>,
): RecordedEdges {
  return new Map([...entries].map((entry) => [objectKey(entry.id), entry.dependsOn]));
}
