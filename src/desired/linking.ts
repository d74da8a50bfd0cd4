import type { Dependency, DependencyTarget, Desired, Lifecycle, Trigger } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { objectKey } from "../model/ids.ts";
import { didYouMean } from "../model/near.ts";
import { findCycle } from "./cycles.ts";
import { type DecodedObject, fieldPathOf } from "./decode-object.ts";
import { definitionsOf, joined, namedKeys, neededKeys, wholeKeys } from "./edges.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Instance } from "./instances.ts";
import { dependsOnOf, triggersOf } from "./meta-arguments.ts";
import { problemOf } from "./problems.ts";
import type { ResourceSource, StackSource } from "./source.ts";

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

  /** `nodes` by object key. */
  constructor(
    sources: ReadonlyMap<string, StackSource>,
    nodes: ReadonlyMap<string, Node>,
    targets: Targets,
    report: (problem: Problem) => void,
  ) {
    this.#sources = sources;
    this.#nodes = nodes;
    this.#targets = targets;
    this.#report = report;
  }

  run(): Desired[] {
    const nodes = [...this.#nodes.values()];
    const definitions = definitionsOf(nodes.map((n) => n.decoded.desired));
    const asked = nodes.map((node) => this.#askedFor(node));
    const present = (keys: readonly string[], own: string): Dependency[] =>
      keys
        .filter((key) => key !== own && this.#nodes.has(key))
        .map((key) => ({ kind: "exists", on: { type: "object", key } }));
    const build = (withNamed: boolean): Desired[] =>
      nodes.map(({ decoded: { desired }, instance }, i) => {
        const own = objectKey(desired.id);
        const named = withNamed ? present(namedKeys(desired), own) : [];
        const needed = present([...wholeKeys(desired), ...neededKeys(desired, definitions)], own);
        const lifecycle = this.#withTriggers(desired, instance);
        return { ...desired, lifecycle, dependsOn: joined([...asked[i]!, ...needed, ...named]) };
      });
    const full = build(true);
    if (cycleOf(full) === null) return full;
    // What an object merely names must not stand against an order that the user asked for.
    const needed = build(false);
    const cycle = cycleOf(needed);
    if (cycle !== null) this.#report(cycleProblem(cycle, needed));
    return needed;
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
  #askedFor({ decoded, instance }: Node): Dependency[] {
    const { resource } = instance;
    const own = `${resource.stack}/${resource.address}`;
    const edges: Dependency[] = this.#source(resource.stack).stack.after.map((stack) => ({
      kind: "ready",
      on: { type: "stack", stack },
    }));
    for (const address of dependsOnOf(resource.body)) edges.push(...this.#dependsOn(resource, address));
    for (const [address, kind] of decoded.touched) {
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

/** Objects and stacks that wait for each other. */
function cycleOf(all: readonly Desired[]): string[] | null {
  const next = new Map<string, string[]>();
  for (const desired of all) {
    const own = objectKey(desired.id);
    const targets = desired.dependsOn.flatMap(({ on }) =>
      on.type === "object" ? [on.key] : on.type === "stack" ? [`stack ${on.stack}`] : [],
    );
    next.set(own, targets);
    const stack = `stack ${desired.origin.stack}`;
    const members = next.get(stack);
    if (members === undefined) next.set(stack, [own]);
    else members.push(own);
  }
  return findCycle(next.keys(), (node) => next.get(node) ?? []);
}

function cycleProblem(cycle: readonly string[], all: readonly Desired[]): Problem {
  const byKey = new Map(all.map((d) => [objectKey(d.id), d]));
  const names = cycle.map((node) => byKey.get(node)?.origin.address ?? node);
  const first = cycle.map((node) => byKey.get(node)).find((d) => d !== undefined);
  const error = new ExpressionError(
    "cycle",
    `these wait for each other: ${names.join(" -> ")}`,
    "remove one of the references or depends_on",
  );
  return problemOf(error, first?.origin ?? { stack: "", address: names[0] ?? "", constructPath: "" });
}
