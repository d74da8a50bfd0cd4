import type { Desired, DesiredOutput, FieldPath, GeneratedResource, Template } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { describePosition } from "../model/errors.ts";
import { describeId, objectKey } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { checkArguments } from "./argument-checks.ts";
import { blockProblems } from "./block-checks.ts";
import { readsOf } from "./data-reads.ts";
import { isDataSource } from "./data-sources.ts";
import { decodeObject } from "./decode-object.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare } from "./expression/value.ts";
import type { Instance } from "./instances.ts";
import { Linking, type Node, Targets } from "./linking.ts";
import { isPartial } from "./partial.ts";
import { problemOf } from "./problems.ts";
import { isGenerated } from "./random.ts";
import { conditionProblems } from "./resource-conditions.ts";
import { resourceKinds } from "./resource-types.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { unsupportedData, unsupportedResource } from "./unsupported.ts";
import { untyped } from "./untyped.ts";

export interface Decoded {
  readonly desired: readonly Desired[];
  readonly generated: readonly GeneratedResource[];
  readonly outputs: readonly DesiredOutput[];
  /** Errors and warnings; with an error among them nothing else is to be trusted. */
  readonly problems: readonly Problem[];
}

/** Everything that a project wants, under what one evaluation knows. */
export class Decoding {
  readonly #sources: ReadonlyMap<string, StackSource>;
  readonly #evaluation: Evaluation;
  readonly #problems: Problem[] = [];
  readonly #nodes = new Map<string, Node>();
  readonly #generated: GeneratedResource[] = [];
  readonly #targets = new Targets();

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
    const desired = new Linking(this.#sources, this.#nodes, this.#targets, (problem) =>
      this.#problems.push(problem),
    ).run();
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
      const message = `provider ${provider} is another cluster, and k8sctl applies a stack to one`;
      const error = new ExpressionError(
        "unsupported-provider",
        message,
        "make a project or stack of its own for that cluster, and choose it with --cluster",
      );
      this.#fail(error, resource);
      return;
    }
    const isObject =
      resource.type === "kubernetes_manifest" || resourceKinds.has(resource.type) || isPartial(resource.type);
    if (!isObject && !isGenerated(resource.type)) {
      this.#fail(unsupportedResource(resource), resource);
      return;
    }
    checkArguments(resource, isObject, (error, path) => this.#fail(error, resource, path));
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
    this.#targets.add(instance, { type: "object", key });
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
    this.#targets.add(instance, { type: "generated", stack: resource.stack, address });
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
}
