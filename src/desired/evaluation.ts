import type { GeneratedValue, Results } from "../model/desired.ts";
import type { ObjectKey } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { TOKEN_REQUEST } from "../model/renewal.ts";
import { asAttribute, emptyAttribute, liveAttribute } from "./attribute-types.ts";
import { isSecretPath, liveView, withComputed } from "./attributes.ts";
import { type BodyContext, evaluateBody } from "./body.ts";
import { argumentsAsAttributes, isDataSource, viewOf } from "./data-sources.ts";
import type { Reference, Scope } from "./expression/scope.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { mark } from "./expression/value.ts";
import { generatedReference } from "./generated-reference.ts";
import type { Instance } from "./instances.ts";
import { expand, instancesReference } from "./instances.ts";
import { KeptTokens } from "./kept-tokens.ts";
import { KeptValues, type Touched } from "./kept-values.ts";
import { members } from "./members.ts";
import { dependsOnOf, manifestArguments, metaArguments } from "./meta-arguments.ts";
import { inputArguments, isGenerated } from "./random.ts";
import { resourceReference } from "./reference.ts";
import { remoteStack } from "./remote-state.ts";
import { partialTypes, resourceKinds } from "./resource-types.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { type FileReader, surroundingName } from "./surroundings.ts";
import { unsupportedData } from "./unsupported.ts";
import { variableValue } from "./variables.ts";

/**
 * The values of one program under one set of results. Locals, variables and outputs are evaluated when first asked for
 * and kept.
 */
export class Evaluation {
  readonly #sources: ReadonlyMap<string, StackSource>;
  readonly #results: Results;
  readonly #files: FileReader;
  readonly #keyOf: (instance: Instance) => ObjectKey | null;
  readonly #values = new KeptValues();
  readonly #instances = new Map<string, readonly Instance[]>();
  readonly #keys = new Map<Instance, ObjectKey | null>();
  readonly #configs = new Map<Instance, JsonObject>();
  /** The service account tokens that are kept. */
  readonly tokens: KeptTokens;

  constructor(
    sources: ReadonlyMap<string, StackSource>,
    results: Results,
    files: FileReader,
    /** The object that an instance stands for; null when it stands for none. */
    keyOf: (evaluation: Evaluation, instance: Instance) => ObjectKey | null,
  ) {
    this.#sources = sources;
    this.#results = results;
    this.#files = files;
    this.#keyOf = (instance) => {
      const known = this.#keys.get(instance);
      if (known !== undefined) return known;
      const key = this.collecting(() => keyOf(this, instance)).value;
      this.#keys.set(instance, key);
      return key;
    };
    this.tokens = new KeptTokens(sources, results, this, this.#keyOf);
  }

  /** Runs `body` and returns what it touched beside its result. */
  collecting<T>(body: () => T): { value: T; touched: Touched } {
    return this.#values.collecting(body);
  }

  /** The instances of a resource: one, or those of `count` and `for_each`. */
  instancesOf(resource: ResourceSource): readonly Instance[] {
    const key = `${resource.stack}/${resource.address}`;
    const known = this.#instances.get(key);
    if (known !== undefined) return known;
    const found = this.#values.guard(`${key} for_each`, () =>
      expand(resource, (json) => evaluateBody(json, this.context(resource.stack), [])),
    );
    this.#instances.set(key, found);
    return found;
  }

  /** `self`: whether the name means the instance, with its live object ("fail") or without ("wait"). */
  context(stack: string, instance?: Instance, self: "wait" | "fail" | null = null): BodyContext {
    const source = this.#source(stack);
    const scope: Scope = {
      name: (name) =>
        name === "self" && self !== null && instance !== undefined
          ? this.#instance(instance, self === "fail")
          : this.#name(source, name, instance),
    };
    return { scope, binding: instance?.binding ?? null, fail: null };
  }

  output(stack: string, name: string): Value {
    const output = this.#source(stack).outputs.get(name);
    if (output === undefined) {
      const hint = didYouMean(name, this.#source(stack).outputs.keys());
      throw new ExpressionError("unknown-reference", `stack ${stack} has no output "${name}"`, hint);
    }
    const value = this.#values.keep(`${stack}/output.${name}`, () =>
      evaluateBody(output["value"] ?? null, this.context(stack), []),
    );
    // CDKTF declares every output that it makes for a reference across stacks as sensitive, whatever it holds.
    const declared = output["sensitive"] === true && !name.startsWith("cross-stack-output-");
    return mark(value, declared);
  }

  #source(stack: string): StackSource {
    const source = this.#sources.get(stack);
    if (source === undefined) throw new ExpressionError("unknown-reference", `there is no stack "${stack}"`);
    return source;
  }

  #name(source: StackSource, name: string, instance: Instance | undefined): Reference | Value {
    const stack = source.stack.name;
    switch (name) {
      case "var":
        return members("variable", source.variables, (n) =>
          this.#values.keep(`${stack}/var.${n}`, () => variableValue(n, source)),
        );
      case "local":
        return members("local value", source.locals, (n) =>
          this.#values.keep(`${stack}/local.${n}`, () =>
            evaluateBody(source.locals.get(n) ?? null, this.context(stack), []),
          ),
        );
      case "each":
      case "count": {
        const scoped = instance?.names[name];
        if (scoped !== undefined) return scoped;
        throw new ExpressionError(
          "expression-name",
          `"${name}" has a meaning only in a resource with ${name === "each" ? "for_each" : "count"}`,
        );
      }
      case "data":
        return members("data source type", source.data, (type) => this.#data(source, type));
      default: {
        const surrounding = surroundingName(name, this.#results, (path) => this.#files(path, stack));
        if (surrounding !== undefined) return surrounding;
        const byName = source.byType.get(name);
        if (byName !== undefined) {
          return members(name, byName, (n) => this.#resource(byName.get(n)!));
        }
        if (name.includes("_")) {
          throw new ExpressionError(
            "unknown-reference",
            `there is no resource of type ${name} in stack ${stack}`,
            didYouMean(name, source.byType.keys()),
          );
        }
        throw new ExpressionError(
          "expression-name",
          `nothing is called "${name}" here`,
          "write $${ for a literal ${ in a string",
        );
      }
    }
  }

  #data(source: StackSource, type: string): Reference {
    const byName = source.data.get(type) ?? new Map<string, ResourceSource>();
    return members(`data source ${type}`, byName, (name) => {
      const resource = byName.get(name)!;
      if (isDataSource(type)) return this.#dataResource(resource);
      if (type !== "terraform_remote_state") throw unsupportedData(resource);
      const stack = remoteStack(resource, this.#sources);
      return members("attribute", new Set(["outputs"]), () =>
        members("output", this.#source(stack).outputs, (n) => this.output(stack, n)),
      );
    });
  }

  #dataResource(resource: ResourceSource): Reference {
    // Who reads the data waits for what the data waits for.
    const { touched } = this.collecting(() => this.dataArguments(resource));
    for (const [address, kind] of touched) this.#values.touch(address, kind);
    return instancesReference(resource, this.instancesOf(resource), (instance) => this.#dataInstance(instance));
  }

  /** Arguments of all instances of a data source, by instance. */
  dataArguments(resource: ResourceSource): ReadonlyMap<Instance, Value> {
    for (const text of dependsOnOf(resource.body)) this.#values.touch(`${resource.stack}/${text}`, "ready");
    return new Map(this.instancesOf(resource).map((instance) => [instance, this.#argumentsOf(instance)]));
  }

  #argumentsOf(instance: Instance): Value {
    const { resource, address } = instance;
    return this.#values.keep(`${resource.stack}/${address} arguments`, () =>
      Object.fromEntries(
        Object.keys(resource.body)
          .filter((name) => !metaArguments.has(name))
          .map((name) => [name, this.argument(instance, name)]),
      ),
    );
  }

  #dataInstance(instance: Instance): Reference {
    const { resource } = instance;
    const needs = `${resource.stack}/${instance.address}`;
    const answer = this.#results.data?.get(needs);
    const view = answer === undefined ? undefined : viewOf(resource.type, answer, resource.body);
    const target = {
      needs,
      attributes: null,
      isLive: view !== undefined,
      emptyAt: (path: readonly (string | number)[]) => emptyAttribute("data", resource.type, path),
      shown: (path: readonly (string | number)[], value: Json) => liveAttribute(resource.type, path, value),
      isMap: ([name, ...below]: readonly (string | number)[]) =>
        name === "data" && below.length === 0 && /^kubernetes_(secret|config_map)(_v1)?$/.test(resource.type),
      readStatus: () => undefined,
      isSensitive: (path: readonly (string | number)[]) => isSecretPath(resource.type, path),
      evaluate: (json: Json) => evaluateBody(json, this.context(resource.stack, instance), []),
    };
    // What the cluster says counts; the arguments only find it.
    const config = view === undefined || argumentsAsAttributes(resource.type) ? resource.body : undefined;
    return resourceReference(target, config, view === undefined ? undefined : liveView(resource, view as JsonObject));
  }

  #resource(resource: ResourceSource): Reference {
    this.#values.touch(`${resource.stack}/${resource.address}`, "exists");
    return instancesReference(resource, this.instancesOf(resource), (instance) => this.#instance(instance));
  }

  #instance(instance: Instance, withLive = true): Reference {
    const { resource } = instance;
    if (resource.type === TOKEN_REQUEST) return this.#tokenReference(instance);
    if (isGenerated(resource.type)) {
      const target = {
        argument: (name: string) => this.argument(instance, name),
        arguments: () => this.arguments(instance).value,
      };
      return generatedReference(instance, target, this.#results);
    }
    const isKnown = resource.type === "kubernetes_manifest" || resourceKinds.has(resource.type);
    if (!isKnown && !partialTypes.has(resource.type)) {
      throw new ExpressionError(
        "unsupported-resource",
        `resource type ${resource.type} is nothing that k8sctl can make`,
      );
    }
    const key = this.#keyOf(instance);
    const live = key === null || !withLive ? undefined : this.#results.live.get(key);
    const needs = `${resource.stack}/${instance.address}`;
    const target = {
      needs,
      attributes: resource.type === "kubernetes_manifest" ? ["id", ...manifestArguments] : null,
      isLive: live !== undefined,
      emptyAt: (path: readonly (string | number)[]) => emptyAttribute("resource", resource.type, path),
      shown: (path: readonly (string | number)[], value: Json) => liveAttribute(resource.type, path, value),
      readStatus: () => this.#values.touch(`${resource.stack}/${resource.address}`, "ready"),
      isSensitive: (path: readonly (string | number)[]) => isSecretPath(resource.type, path),
      evaluate: (json: Json, path: readonly (string | number)[]) =>
        this.#values.guard(`${needs} ${path.join(".")}`, () => {
          const { value } = this.collecting(() => evaluateBody(json, this.context(resource.stack, instance), []));
          return asAttribute(resource.type, path, value);
        }),
    };
    let config = this.#configs.get(instance);
    if (config === undefined) {
      config = withComputed(instance, resource.body, key);
      this.#configs.set(instance, config);
    }
    return resourceReference(target, config, liveView(resource, live));
  }

  /** One argument of a resource, evaluated in its own scope. */
  argument(instance: Instance, name: string): Value {
    const { resource } = instance;
    return this.#values.guard(`${resource.stack}/${instance.address} ${name}`, () =>
      evaluateBody(resource.body[name] ?? null, this.context(resource.stack, instance), []),
    );
  }

  /** Every argument that decides whether a generated value is made again, and what these touched. */
  arguments(instance: Instance): { readonly value: Value; readonly touched: Touched } {
    const { resource } = instance;
    const input = inputArguments(resource.type);
    return this.collecting(() =>
      this.#values.keep(`${resource.stack}/${instance.address} arguments`, () => {
        const entries = Object.keys(resource.body)
          .filter((name) => !metaArguments.has(name) && !input.includes(name))
          .map((name): [string, Value] => [name, this.argument(instance, name)])
          .filter(([, v]) => v !== null);
        return Object.fromEntries(entries);
      }),
    );
  }

  /** What is recorded of an instance, whether it serves or not. */
  kept({ resource, address }: Instance): GeneratedValue | null {
    const kept = this.#results.generated.get(`${resource.stack}/${address}`);
    return kept?.type === resource.type ? kept : null;
  }

  #tokenReference(instance: Instance): Reference {
    const { resource, address } = instance;
    const kept = this.collecting(() => this.tokens.current(instance)).value;
    const target = {
      needs: `${resource.stack}/${address}`,
      attributes: ["id", "metadata", "spec", "token"],
      isLive: kept !== null,
      readStatus: () => undefined,
      isSensitive: (path: readonly (string | number)[]) => path[0] === "token",
      evaluate: (json: Json) => evaluateBody(json, this.context(resource.stack, instance), []),
    };
    return resourceReference(target, resource.body, kept?.attributes);
  }
}
