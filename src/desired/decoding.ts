import type { Desired, DesiredOutput, FieldPath, GeneratedResource, Template } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { describePosition } from "../model/errors.ts";
import { describeId, objectKey } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { TOKEN_REQUEST } from "../model/renewal.ts";
import { checkArguments } from "./argument-checks.ts";
import { blockProblems, localProblems } from "./block-checks.ts";
import { originOfBlock } from "./block-origin.ts";
import { readsOf } from "./data-reads.ts";
import { isDataSource } from "./data-sources.ts";
import { decodeObject } from "./decode-object.ts";
import type { Evaluation } from "./evaluation.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { layBare, type Value } from "./expression/value.ts";
import type { Instance } from "./instances.ts";
import type { Touched } from "./kept-values.ts";
import type { ValueNode } from "./late-values.ts";
import { Linking, type Node, Targets } from "./linking.ts";
import { conditionsOf } from "./meta-arguments.ts";
import { isPartial } from "./partial.ts";
import { checkPause } from "./pauses.ts";
import { type Fail, problemOf } from "./problems.ts";
import { inputArguments, isGenerated, TIME_SLEEP } from "./random.ts";
import { conditionProblems } from "./resource-conditions.ts";
import { resourceKinds } from "./resource-types.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { tokenArguments, tokenRequest } from "./token-request.ts";
import { unsupportedData, unsupportedResource } from "./unsupported.ts";
import { untyped } from "./untyped.ts";
import { checkValue } from "./value-checks.ts";

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
  readonly #values: ValueNode[] = [];
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
    const { desired, generated } = new Linking(this.#sources, this.#nodes, this.#values, this.#targets, (problem) =>
      this.#problems.push(problem),
    ).run();
    const outputs = this.outputs();
    for (const source of this.#sources.values()) {
      for (const problem of localProblems(source, this.#evaluation)) {
        const isTold = ({ code, message }: Problem) => message.endsWith(problem.message) || code === "cycle";
        if (!this.#problems.some(isTold)) this.#problems.push(problem);
      }
    }
    const problems = this.#problems.filter(
      ({ code, address = "" }) => code !== "variable-type" || /^var\./.test(address),
    );
    return { desired, generated, outputs, problems };
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
      const origin = originOfBlock(source, `output.${name}`);
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
    const fail: Fail = (error, path) => this.#fail(error, resource, path);
    checkArguments(resource, isObject, fail);
    if (!isObject) checkValue(resource, fail);
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
    if (resource.type === TIME_SLEEP) checkPause(resource, (error, path) => this.#fail(error, resource, path));
    const made = resource.type === TOKEN_REQUEST ? this.#token(instance) : this.#made(instance);
    const { args, touched, ...more } = made;
    const bare = layBare(args);
    const input = this.#inputOf(instance);
    this.#values.push({
      resource: {
        stack: resource.stack,
        address,
        type: resource.type,
        arguments: bare.needs === null ? (bare.plain as JsonObject) : {},
        ...(bare.needs === null ? {} : { pending: untyped(args, [], []) as { [name: string]: Template } }),
        origin: { ...resource.origin, address },
        ...(input === null ? {} : { input: untyped(input.value, [], []) ?? null }),
        ...more,
      },
      instance,
      touched: new Map([...(input?.touched ?? []), ...touched]),
      conditions: this.#askedByConditions(instance),
      needs: [...(bare.needs ?? []), ...(input === null ? [] : (layBare(input.value).needs ?? []))],
    });
    this.#targets.add(instance, { type: "generated", stack: resource.stack, address });
  }

  #askedByConditions(instance: Instance): Touched {
    const when = (["before", "after"] as const).filter((w) => conditionsOf(instance.resource.body, w).length > 0);
    return this.#evaluation.collecting(() =>
      when.map((each) => conditionProblems(this.#evaluation, instance, each, "wait")),
    ).touched;
  }

  #made(instance: Instance): { args: Value; touched: Touched } {
    const { value, touched } = this.#evaluation.arguments(instance);
    return { args: value, touched };
  }

  #token(instance: Instance): { args: Value; touched: Touched } & Pick<GeneratedResource, "request" | "outlived"> {
    const fail: Fail = (error, path) => this.#fail(error, instance.resource, path);
    const { request, touched } = tokenRequest(this.#evaluation, instance, fail);
    const kept = this.#evaluation.kept(instance);
    const outlived = kept !== null && this.#evaluation.tokens.isOutlived(kept);
    return { args: tokenArguments(request) as Value, touched, request, ...(outlived ? { outlived } : {}) };
  }

  #inputOf(instance: Instance): { value: Value; touched: Touched } | null {
    const { body, type } = instance.resource;
    const names = inputArguments(type).filter((name) => body[name] !== undefined);
    if (names.length === 0) return null;
    return this.#evaluation.collecting(() => {
      const given = names.map((name) => [name, this.#evaluation.argument(instance, name)] as const);
      return type === TIME_SLEEP ? Object.fromEntries(given) : (given[0]?.[1] ?? null);
    });
  }
}
