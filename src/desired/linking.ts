import type { Dependency, DependencyTarget, Desired, GeneratedResource, Lifecycle, Trigger } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { objectKey } from "../model/ids.ts";
import { didYouMean } from "../model/near.ts";
import { findCycle } from "./cycles.ts";
import { type DecodedObject, fieldPathOf } from "./decode-object.ts";
import { definitionsOf, joined, namedKeys, neededKeys, wholeKeys } from "./edges.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Instance } from "./instances.ts";
import type { Touched } from "./kept-values.ts";
import { lateValues, type ValueNode } from "./late-values.ts";
import { dependsOnOf, triggersOf } from "./meta-arguments.ts";
import { problemOf } from "./problems.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { tokenNeeds } from "./token-request.ts";

/** What addresses stand for, once their resources are decoded. Addresses are `stack/address`. */
export class Targets {
  readonly #ofResource = new Map<string, DependencyTarget[]>();
  /** The same for one instance of `count` or `for_each`. */
  readonly #ofInstance = new Map<string, DependencyTarget[]>();

  add({ resource, key, address }: Instance, target: DependencyTarget): void {
    const whole = `${resource.stack}/${resource.address}`;
    this.#ofResource.set(whole, [...(this.#ofResource.get(whole) ?? []), target]);
    if (key !== null) this.#ofInstance.set(`${resource.stack}/${address}`, [target]);
  }

  ofResource(address: string): readonly DependencyTarget[] | undefined {
    return this.#ofResource.get(address);
  }

  ofInstance(address: string): readonly DependencyTarget[] | undefined {
    return this.#ofInstance.get(address);
  }
}

export interface Node {
  readonly decoded: DecodedObject;
  readonly instance: Instance;
}

/** Gives decoded objects what only all of them together can tell: what each waits for, and what replaces it. */
export class Linking {
  readonly #sources: ReadonlyMap<string, StackSource>;
  readonly #nodes: ReadonlyMap<string, Node>;
  readonly #targets: Targets;
  readonly #report: (problem: Problem) => void;
  readonly #values: readonly ValueNode[];

  /** `nodes` by object key. */
  constructor(
    sources: ReadonlyMap<string, StackSource>,
    nodes: ReadonlyMap<string, Node>,
    values: readonly ValueNode[],
    targets: Targets,
    report: (problem: Problem) => void,
  ) {
    this.#sources = sources;
    this.#nodes = nodes;
    this.#values = values;
    this.#targets = targets;
    this.#report = report;
  }

  run(): { desired: Desired[]; generated: GeneratedResource[] } {
    const generated = this.#generated();
    const late = new Map(generated.map((value) => [`${value.stack}/${value.address}`, value.dependsOn ?? []]));
    const nodes = [...this.#nodes.values()];
    const definitions = definitionsOf(nodes.map((n) => n.decoded.desired));
    const asked = nodes.map(({ decoded, instance }) => {
      const own = this.#askedFor(instance.resource, decoded.touched);
      return [...own, ...through(own, late)];
    });
    const present = (keys: readonly string[], own: string) => this.#present(keys.filter((key) => key !== own));
    const build = (withNamed: boolean): Desired[] =>
      nodes.map(({ decoded: { desired }, instance }, i) => {
        const own = objectKey(desired.id);
        const named = withNamed ? present(namedKeys(desired), own) : [];
        const needed = present([...wholeKeys(desired), ...neededKeys(desired, definitions)], own);
        const lifecycle = this.#withTriggers(desired, instance);
        return { ...desired, lifecycle, dependsOn: joined([...asked[i]!, ...needed, ...named]) };
      });
    const full = build(true);
    if (cycleOf(full, generated) === null) return { desired: full, generated };
    // What an object merely names must not stand against an order that the user asked for.
    const needed = build(false);
    const cycle = cycleOf(needed, generated);
    if (cycle !== null) this.#report(cycleProblem(cycle, needed));
    return { desired: needed, generated };
  }

  /** Values with what those wait for that are made in the middle of the run. */
  #generated(): GeneratedResource[] {
    const dependsOn = ({ instance: { resource }, conditions }: ValueNode) =>
      [...dependsOnOf(resource.body).map((address) => `${resource.stack}/${address}`), ...conditions.keys()].flatMap(
        (address) => this.#targets.ofResource(address) ?? [],
      );
    const late = lateValues(this.#values, dependsOn);
    return this.#values.map((value) => {
      if (!late.has(value)) return value.resource;
      const { resource, instance, conditions } = value;
      const touched = new Map([...value.touched, ...conditions]);
      const needed = resource.request === undefined ? [] : tokenNeeds(resource.request);
      return {
        ...resource,
        dependsOn: joined([...this.#askedFor(instance.resource, touched), ...this.#present(needed)]),
      };
    });
  }

  #present(keys: readonly string[]): Dependency[] {
    return keys.filter((key) => this.#nodes.has(key)).map((key) => ({ kind: "exists", on: { type: "object", key } }));
  }

  #withTriggers({ lifecycle }: Desired, { resource }: Instance): Lifecycle {
    const triggers = triggersOf(resource.body).flatMap(({ address, instance, attribute }): Trigger[] => {
      const type = address.split(".")[0] ?? "";
      const targets =
        this.#targets.ofInstance(`${resource.stack}/${instance ?? address}`) ??
        this.#targets.ofResource(`${resource.stack}/${address}`) ??
        [];
      if (targets.length === 0) this.#unknownTrigger(resource, address);
      return targets.map((on) => ({ on, path: on.type === "object" ? fieldPathOf(type, attribute) : [] }));
    });
    return triggers.length === 0 ? lifecycle : { ...lifecycle, replaceTriggeredBy: triggers };
  }

  #unknownTrigger(resource: ResourceSource, address: string): void {
    const message = `replace_triggered_by names ${address}, which does not exist`;
    const hint = didYouMean(address, this.#source(resource.stack).resources.keys());
    const error = new ExpressionError("unknown-reference", message, hint);
    if (!this.#source(resource.stack).resources.has(address)) this.#fail(error, resource);
  }

  /** Edges from references, depends_on and the stack's `after`. */
  #askedFor(resource: ResourceSource, touched: Touched): Dependency[] {
    const own = `${resource.stack}/${resource.address}`;
    const edges: Dependency[] = this.#source(resource.stack).stack.after.map((stack) => ({
      kind: "ready",
      on: { type: "stack", stack },
    }));
    for (const address of dependsOnOf(resource.body)) edges.push(...this.#dependsOn(resource, address));
    for (const [address, kind] of touched) {
      if (address === own) continue;
      for (const on of this.#targets.ofResource(address) ?? []) edges.push({ kind, on });
    }
    return edges;
  }

  #dependsOn(resource: ResourceSource, address: string): Dependency[] {
    const source = this.#source(resource.stack);
    const targets = this.#targets.ofResource(`${resource.stack}/${address}`);
    if (targets !== undefined) return targets.map((on) => ({ kind: "ready", on }));
    if (!source.resources.has(address)) {
      const hint = didYouMean(address, source.resources.keys());
      this.#fail(
        new ExpressionError("unknown-reference", `depends_on names ${address}, which does not exist`, hint),
        resource,
      );
    }
    return [];
  }

  #source(stack: string): StackSource {
    const source = this.#sources.get(stack);
    if (source === undefined) throw new Error(`no source of stack ${stack}`);
    return source;
  }

  #fail(error: ExpressionError, resource: ResourceSource): void {
    this.#report(problemOf(error, resource.origin));
  }
}

/** The objects that a value waits for, also through other values: who waits for the value waits for them. */
function through(
  dependencies: readonly Dependency[],
  late: ReadonlyMap<string, readonly Dependency[]>,
  seen: ReadonlySet<string> = new Set(),
): Dependency[] {
  return dependencies.flatMap(({ on }) => {
    const key = on.type === "generated" ? `${on.stack}/${on.address}` : "";
    const next = seen.has(key) ? [] : (late.get(key) ?? []);
    const objects = next.filter((dependency) => dependency.on.type === "object");
    return [...objects, ...through(next, late, new Set([...seen, key]))];
  });
}

function nodeOf(on: DependencyTarget): string {
  switch (on.type) {
    case "object":
      return on.key;
    case "stack":
      return `stack ${on.stack}`;
    case "generated":
      return `value ${on.stack}/${on.address}`;
  }
}

/** Objects, values and stacks that wait for each other. */
function cycleOf(all: readonly Desired[], generated: readonly GeneratedResource[]): string[] | null {
  const next = new Map<string, string[]>();
  const add = (own: string, stack: string, dependsOn: readonly Dependency[]): void => {
    next.set(
      own,
      dependsOn.map(({ on }) => nodeOf(on)),
    );
    const members = next.get(`stack ${stack}`);
    if (members === undefined) next.set(`stack ${stack}`, [own]);
    else members.push(own);
  };
  for (const { stack, address, dependsOn } of generated) {
    if (dependsOn !== undefined) add(`value ${stack}/${address}`, stack, dependsOn);
  }
  for (const { id, origin, dependsOn } of all) add(objectKey(id), origin.stack, dependsOn);
  return findCycle(next.keys(), (node) => next.get(node) ?? []);
}

function cycleProblem(cycle: readonly string[], all: readonly Desired[]): Problem {
  const byKey = new Map(all.map((d) => [objectKey(d.id), d]));
  const names = cycle.map((node) => byKey.get(node)?.origin.address ?? node.replace(/^value [^/]*\//, ""));
  const first = cycle.map((node) => byKey.get(node)).find((d) => d !== undefined);
  const error = new ExpressionError(
    "cycle",
    `these wait for each other: ${names.join(" -> ")}`,
    "remove one of the references or depends_on",
  );
  return problemOf(error, first?.origin ?? { stack: "", address: names[0] ?? "", constructPath: "" });
}
