import type {
  DataRead,
  Dependency,
  DependencyTarget,
  Desired,
  DesiredOutput,
  FieldPath,
  GeneratedResource,
  GeneratedValue,
  Lifecycle,
  Results,
  SynthStack,
  Template,
  Trigger,
} from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { describePosition, UserError } from "../model/errors.ts";
import { describeId, objectKey } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { blockProblems, checkWarnings, outputProblems } from "./block-checks.ts";
import { evaluateBody } from "./body.ts";
import { findCycle } from "./cycles.ts";
import { isDataSource, queryOf } from "./data-sources.ts";
import { type DecodedObject, decodeObject, fieldPathOf } from "./decode-object.ts";
import { definitionsOf, joined, namedKeys, neededKeys, wholeKeys } from "./edges.ts";
import { Evaluation, type FileReader, type Touched, unsupportedData } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare } from "./expression/value.ts";
import { keyOfInstance } from "./identity.ts";
import type { Instance } from "./instances.ts";
import { conditionsOf, triggersOf } from "./meta-arguments.ts";
import { movedValues, movesOf } from "./moves.ts";
import { isPartial } from "./partial.ts";
import { problemOf } from "./problems.ts";
import { isGenerated } from "./random.ts";
import { conditionProblems } from "./resource-conditions.ts";
import { partialTypes, resourceKinds } from "./resource-types.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { readSource } from "./source.ts";
import { untyped } from "./untyped.ts";

export interface Decoded {
  readonly desired: readonly Desired[];
  readonly generated: readonly GeneratedResource[];
  readonly outputs: readonly DesiredOutput[];
  /** Errors and warnings; with an error among them nothing else is to be trusted. */
  readonly problems: readonly Problem[];
}

/** The Terraform JSON of a project, read once and evaluated as often as results come in. */
export interface Program {
  /** Everything that the project wants, under what is known by now. */
  decode(results: Results): Decoded;
  /**
   * Fills the unknown leaves of a template that `decode` made for a stack. What stays unknown stays an `Unknown`.
   * Throws a UserError when an expression fails, now that its values are known.
   */
  fill(stack: string, template: Template, results: Results): Template;
  outputs(results: Results): readonly DesiredOutput[];
  /** Data sources whose arguments are known and that `results` has no answer for. */
  reads(results: Results): readonly DataRead[];
  /** Pre- or postconditions of a resource instance that do not hold, or cannot be judged even now. */
  conditions(stack: string, address: string, when: "before" | "after", results: Results): readonly Problem[];
  /** The kept values of a stack, under the addresses of now where `moved` blocks name former ones. */
  moved(stack: string, values: Readonly<Record<string, GeneratedValue>>): Readonly<Record<string, GeneratedValue>>;
  /** What `check` blocks (warnings) and preconditions of outputs (errors) say. */
  verdicts(results: Results): readonly Problem[];
}

const noFiles: FileReader = () => null;

/** `files` is what `file()` and its kind read; without it there are none. */
export function createProgram(stacks: readonly SynthStack[], files: FileReader = noFiles): Program {
  const sources = new Map(stacks.map((stack) => [stack.name, readSource(stack)]));
  const evaluationOf = (results: Results): Evaluation => new Evaluation(sources, results, files, keyOfInstance);
  return {
    decode: (results) => new Decoding(sources, evaluationOf(results)).run(),
    fill: (stack, template, results) => filled(template, evaluationOf(results), stack),
    outputs: (results) => new Decoding(sources, evaluationOf(results)).outputs(),
    conditions: (stack, address, when, results) => conditionsAt(sources, evaluationOf(results), stack, address, when),
    reads(results) {
      const evaluation = evaluationOf(results);
      return dataOf(sources)
        .flatMap((resource) => readsOrNone(evaluation, resource))
        .filter(({ key }) => results.data?.has(key) !== true);
    },
    moved(stack, values) {
      const source = sources.get(stack);
      const moves = source === undefined ? new Map<string, string>() : movesOf(source.stack);
      if (source === undefined || moves.size === 0) return values;
      const evaluation = evaluationOf({ live: new Map(), generated: new Map() });
      return movedValues(moves, generatedAddresses(source, evaluation), values);
    },
    verdicts(results) {
      const evaluation = evaluationOf(results);
      return [...sources.values()].flatMap((source) => [
        ...checkWarnings(source, evaluation),
        ...outputProblems(source, evaluation),
      ]);
    },
  };
}

function dataOf(sources: ReadonlyMap<string, StackSource>): ResourceSource[] {
  return [...sources.values()].flatMap((source) =>
    [...source.resources.values()].filter((r) => r.mode === "data" && isDataSource(r.type)),
  );
}

function readsOf(evaluation: Evaluation, resource: ResourceSource): DataRead[] {
  const { value, touched } = evaluation.collecting(() => evaluation.dataArguments(resource));
  return [...value].flatMap(([{ address }, args]) => {
    const bare = layBare(args);
    if (bare.needs !== null) return [];
    const query = queryOf(resource.type, bare.plain as JsonObject);
    const key = `${resource.stack}/${address}`;
    return [{ key, origin: { ...resource.origin, address }, query, mayCome: touched.size > 0 }];
  });
}

/** Mistakes are for `decode` to tell. */
function readsOrNone(evaluation: Evaluation, resource: ResourceSource): DataRead[] {
  try {
    return readsOf(evaluation, resource);
  } catch (error) {
    if (error instanceof ExpressionError) return [];
    throw error;
  }
}

function generatedAddresses(source: StackSource, evaluation: Evaluation): string[] {
  return [...source.resources.values()]
    .filter((resource) => isGenerated(resource.type))
    .flatMap((resource) => {
      try {
        return evaluation.instancesOf(resource).map((instance) => instance.address);
      } catch (error) {
        if (error instanceof ExpressionError) return [];
        throw error;
      }
    });
}

function conditionsAt(
  sources: ReadonlyMap<string, StackSource>,
  evaluation: Evaluation,
  stack: string,
  address: string,
  when: "before" | "after",
): Problem[] {
  const resource = sources.get(stack)?.resources.get(address.replace(/\[.*$/s, ""));
  if (resource === undefined || conditionsOf(resource.body, when).length === 0) return [];
  const instance = evaluation.instancesOf(resource).find((each) => each.address === address);
  return instance === undefined ? [] : conditionProblems(evaluation, instance, when, "fail");
}

function filled(template: Template, evaluation: Evaluation, stack: string): Template {
  if (template instanceof Unknown) {
    try {
      const bare = layBare(evaluateBody(template.expression, evaluation.context(stack), []));
      return bare.needs === null ? (bare.plain as Template) : template;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const message = `${template.expression}: ${error.message}`;
      throw new UserError({ code: error.code, message, severity: "error" }, { cause: error });
    }
  }
  if (Array.isArray(template)) return template.map((item) => filled(item, evaluation, stack));
  if (typeof template !== "object" || template === null) return template;
  const entries = Object.entries(template).map(([k, v]) => [k, filled(v, evaluation, stack), v] as const);
  // A value that turned out to be null is an attribute that is not set.
  return Object.fromEntries(entries.filter(([, now, was]) => now !== null || was === null));
}

interface Node {
  readonly decoded: DecodedObject;
  readonly instance: Instance;
}

class Decoding {
  readonly #sources: ReadonlyMap<string, StackSource>;
  readonly #evaluation: Evaluation;
  readonly #problems: Problem[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #generated: GeneratedResource[] = [];
  /** `stack/address` of a resource -> what it stands for. */
  readonly #targets = new Map<string, DependencyTarget[]>();
  /** The same for one instance of `count` or `for_each`. */
  readonly #instanceTargets = new Map<string, DependencyTarget[]>();

  constructor(sources: ReadonlyMap<string, StackSource>, evaluation: Evaluation) {
    this.#sources = sources;
    this.#evaluation = evaluation;
  }

  run(): Decoded {
    for (const source of this.#sources.values()) {
      this.#problems.push(...blockProblems(source, this.#evaluation));
      for (const resource of source.resources.values()) {
        if (resource.mode === "managed") this.#resource(resource);
        else if (isDataSource(resource.type)) this.#data(resource);
        else if (resource.type !== "terraform_remote_state") this.#fail(unsupportedData(resource), resource);
      }
    }
    const desired = this.#withEdges();
    return { desired, generated: this.#generated, outputs: this.outputs(), problems: this.#problems };
  }

  outputs(): DesiredOutput[] {
    return [...this.#sources.values()].flatMap((source) =>
      [...source.outputs]
        .filter(([name]) => !name.startsWith("cross-stack-output-"))
        .map(([name, body]) => this.#output(source, name, body))
        .filter((output) => output !== null),
    );
  }

  #output(source: StackSource, name: string, body: JsonObject): DesiredOutput | null {
    const stack = source.stack.name;
    const description = typeof body["description"] === "string" ? body["description"] : "";
    try {
      const { value } = this.#evaluation.collecting(() => this.#evaluation.output(stack, name));
      const marked: FieldPath[] = [];
      const template = untyped(value, [], marked) ?? null;
      return { stack, name, value: template, sensitive: marked.length > 0, description };
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      const origin = { stack, address: `output.${name}`, constructPath: "" };
      this.#problems.push(problemOf(error, origin));
      return null;
    }
  }

  #fail(error: ExpressionError, resource: ResourceSource, path: FieldPath = []): void {
    this.#problems.push(problemOf(error, resource.origin, path));
  }

  #resource(resource: ResourceSource): void {
    const provider = resource.body["provider"];
    if (typeof provider === "string" && provider.includes(".")) {
      const message = `provider ${provider} is another cluster, and the native engine applies to one`;
      const error = new ExpressionError("unsupported-provider", message, "make a stack of its own for that cluster");
      this.#fail(error, resource);
      return;
    }
    const isObject =
      resource.type === "kubernetes_manifest" || resourceKinds.has(resource.type) || isPartial(resource.type);
    if (!isObject && !isGenerated(resource.type)) {
      this.#fail(unsupportedResource(resource), resource);
      return;
    }
    try {
      for (const instance of this.#evaluation.instancesOf(resource)) {
        if (isObject) this.#object(instance);
        else this.#value(instance);
        for (const when of ["before", "after"] as const)
          this.#problems.push(...conditionProblems(this.#evaluation, instance, when, "wait"));
      }
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#fail(error, resource);
    }
  }

  /** Its mistakes are told even where nobody reads it. */
  #data(resource: ResourceSource): void {
    try {
      readsOf(this.#evaluation, resource);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#fail(error, resource);
    }
  }

  #object(instance: Instance): void {
    const decoded = decodeObject(this.#evaluation, instance, (problem) => this.#problems.push(problem));
    if (decoded === null) return;
    const key = objectKey(decoded.desired.id);
    const former = this.#nodes.get(key);
    if (former !== undefined) {
      const { origin } = former.decoded.desired;
      const place = origin.position === undefined ? "" : ` (${describePosition(origin.position)})`;
      const message = `${describeId(decoded.desired.id)} is also made by ${origin.stack}: ${origin.address}${place}`;
      this.#fail(
        new ExpressionError("duplicate-object", message, "give one of the two another name or namespace"),
        instance.resource,
      );
      return;
    }
    this.#nodes.set(key, { decoded, instance });
    this.#addTarget(instance, { type: "object", key });
  }

  #value(instance: Instance): void {
    const { resource, address } = instance;
    const value = this.#evaluation.arguments(instance);
    const bare = layBare(value);
    const late = (bare.needs ?? []).filter((needed) => !this.#isGenerated(needed));
    if (late.length > 0) {
      const what = `its arguments depend on ${late.join(", ")}, known only after apply`;
      this.#fail(
        new ExpressionError("unknown-arguments", what, "apply in two steps, or use values that are known"),
        resource,
      );
      return;
    }
    this.#generated.push({
      stack: resource.stack,
      address,
      type: resource.type,
      arguments: bare.needs === null ? (bare.plain as JsonObject) : {},
      ...(bare.needs === null ? {} : { pending: untyped(value, [], []) as { [name: string]: Template } }),
      origin: { ...resource.origin, address },
      ...this.#inputOf(instance),
    });
    this.#addTarget(instance, { type: "generated", stack: resource.stack, address });
  }

  /** `stack/address` of something that is made before any object is. */
  #isGenerated(needed: string): boolean {
    const slash = needed.indexOf("/");
    const address = needed.slice(slash + 1).replace(/\[.*$/s, "");
    return isGenerated(this.#sources.get(needed.slice(0, slash))?.resources.get(address)?.type ?? "");
  }

  #inputOf(instance: Instance): { input?: Json } {
    if (instance.resource.type !== "terraform_data" || instance.resource.body["input"] === undefined) return {};
    const { value } = this.#evaluation.collecting(() => this.#evaluation.argument(instance, "input"));
    const bare = layBare(value);
    return bare.needs === null ? { input: bare.plain as Json } : {};
  }

  #addTarget(instance: Instance, target: DependencyTarget): void {
    const key = `${instance.resource.stack}/${instance.resource.address}`;
    this.#targets.set(key, [...(this.#targets.get(key) ?? []), target]);
    if (instance.key !== null) this.#instanceTargets.set(`${instance.resource.stack}/${instance.address}`, [target]);
  }

  #withEdges(): Desired[] {
    const nodes = [...this.#nodes.values()];
    const definitions = definitionsOf(nodes.map((n) => n.decoded.desired));
    const asked = nodes.map((node) => this.#askedFor(node));
    const present = (keys: readonly string[], own: string): Dependency[] =>
      keys
        .filter((key) => key !== own && this.#nodes.has(key))
        .map((key) => ({ kind: "exists", on: { type: "object", key } }));
    const build = (withNamed: boolean): Desired[] =>
      nodes.map(({ decoded: { desired } }, i) => {
        const own = objectKey(desired.id);
        const named = withNamed ? present(namedKeys(desired), own) : [];
        const needed = present([...wholeKeys(desired), ...neededKeys(desired, definitions)], own);
        const lifecycle = this.#withTriggers(desired, nodes[i]!.instance);
        return { ...desired, lifecycle, dependsOn: joined([...asked[i]!, ...needed, ...named]) };
      });
    const full = build(true);
    if (this.#cycleOf(full) === null) return full;
    // What an object merely names must not stand against an order that the user asked for.
    const needed = build(false);
    const cycle = this.#cycleOf(needed);
    if (cycle !== null) this.#reportCycle(cycle, needed);
    return needed;
  }

  #withTriggers({ lifecycle }: Desired, { resource }: Instance): Lifecycle {
    const triggers = triggersOf(resource.body).flatMap(({ address, instance, attribute }): Trigger[] => {
      const type = address.split(".")[0] ?? "";
      const targets =
        this.#instanceTargets.get(`${resource.stack}/${instance ?? address}`) ??
        this.#targets.get(`${resource.stack}/${address}`) ??
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
    const dependsOn = resource.body["depends_on"];
    for (const address of Array.isArray(dependsOn) ? dependsOn : []) {
      edges.push(...this.#dependsOn(resource, String(address)));
    }
    const touched: Touched = decoded.touched;
    for (const [address, kind] of touched) {
      if (address === own) continue;
      for (const on of this.#targets.get(address) ?? []) edges.push({ kind, on });
    }
    return edges;
  }

  #dependsOn(resource: ResourceSource, text: string): Dependency[] {
    const address = text.replace(/^\$\{\s*|\s*\}$/g, "").replace(/\[.*$/, "");
    const source = this.#source(resource.stack);
    const targets = this.#targets.get(`${resource.stack}/${address}`);
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

  #cycleOf(all: readonly Desired[]): string[] | null {
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

  #reportCycle(cycle: readonly string[], all: readonly Desired[]): void {
    const byKey = new Map(all.map((d) => [objectKey(d.id), d]));
    const names = cycle.map((node) => byKey.get(node)?.origin.address ?? node);
    const first = cycle.map((node) => byKey.get(node)).find((d) => d !== undefined);
    const error = new ExpressionError(
      "cycle",
      `these wait for each other: ${names.join(" -> ")}`,
      "remove one of the references or depends_on",
    );
    this.#problems.push(problemOf(error, first?.origin ?? { stack: "", address: names[0] ?? "", constructPath: "" }));
  }
}

function unsupportedResource(resource: ResourceSource): ExpressionError {
  const known = [...resourceKinds.keys(), ...partialTypes, "kubernetes_manifest"];
  const hint =
    resource.type === "kubernetes_token_request_v1"
      ? "mount a projected service_account_token volume, or use the terraform engine for this stack"
      : (didYouMean(resource.type, known) ?? "use the terraform engine for this stack");
  const message = `resource type ${resource.type} is not supported by the native engine yet`;
  return new ExpressionError("unsupported-resource", message, hint);
}
