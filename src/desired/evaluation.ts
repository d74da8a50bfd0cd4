import type { EdgeKind, GeneratedValue, Results } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import { type ObjectKey, parseObjectKey } from "../model/ids.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { isDue } from "../model/renewal.ts";
import { type BodyContext, evaluateBody } from "./body.ts";
import { isDataSource, viewOf } from "./data-sources.ts";
import { FILES, PLAN_TIMESTAMP, TIMESTAMP } from "./expression/ambient.ts";
import type { Reference, Scope } from "./expression/scope.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { isEqual, layBare, mark } from "./expression/value.ts";
import type { Instance } from "./instances.ts";
import { expand } from "./instances.ts";
import { dependsOnOf, metaArguments } from "./meta-arguments.ts";
import { attributesOf, isGenerated, secretAttributes } from "./random.ts";
import { resourceReference } from "./reference.ts";
import { partialTypes, resourceKinds } from "./resource-types.ts";
import type { ResourceSource, StackSource } from "./source.ts";
import { textOf } from "./time-values.ts";
import { unsupportedData } from "./unsupported.ts";
import { variableValue } from "./variables.ts";

/** The contents of a file of the project, by a path from its root or an absolute one; null where there is none. */
export type FileReader = (path: string) => Uint8Array | null;

/** What an expression touched: `stack/address` -> how far along that must be for the value to exist. */
export type Touched = Map<string, EdgeKind>;

/**
 * The values of one program under one set of results. Locals, variables and outputs are evaluated when first asked for
 * and kept.
 */
export class Evaluation {
  readonly #sources: ReadonlyMap<string, StackSource>;
  readonly #results: Results;
  readonly #keyOf: (instance: Instance) => ObjectKey | null;
  readonly #kept = new Map<string, { value: Value; touched: Touched }>();
  readonly #instances = new Map<string, readonly Instance[]>();
  readonly #keys = new Map<Instance, ObjectKey | null>();
  readonly #configs = new Map<Instance, JsonObject>();
  readonly #running: string[] = [];
  #touched: Touched = new Map();

  readonly #files: FileReader;

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
  }

  /** Runs `body` and returns what it touched beside its result. */
  collecting<T>(body: () => T): { value: T; touched: Touched } {
    const outer = this.#touched;
    this.#touched = new Map();
    try {
      return { value: body(), touched: this.#touched };
    } finally {
      this.#touched = outer;
    }
  }

  /** The instances of a resource: one, or those of `count` and `for_each`. */
  instancesOf(resource: ResourceSource): readonly Instance[] {
    const key = `${resource.stack}/${resource.address}`;
    const known = this.#instances.get(key);
    if (known !== undefined) return known;
    const found = this.#guard(`${key} for_each`, () =>
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
    const value = this.#keep(`${stack}/output.${name}`, () =>
      evaluateBody(output["value"] ?? null, this.context(stack), []),
    );
    // CDKTF declares every output that it makes for a reference across stacks as sensitive, whatever it holds.
    const declared = output["sensitive"] === true && !name.startsWith("cross-stack-output-");
    return mark(value, declared);
  }

  generated(resource: ResourceSource): GeneratedValue | undefined {
    return this.#results.generated.get(`${resource.stack}/${resource.address}`);
  }

  live(key: ObjectKey): JsonObject | undefined {
    return this.#results.live.get(key);
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
          this.#keep(`${stack}/var.${n}`, () => variableValue(n, source)),
        );
      case "local":
        return members("local value", source.locals, (n) =>
          this.#keep(`${stack}/local.${n}`, () => evaluateBody(source.locals.get(n) ?? null, this.context(stack), [])),
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
      case "terraform":
        return { workspace: "default" };
      case FILES:
        return members("file", null, (path) => {
          const bytes = this.#files(path);
          return bytes === null ? null : Buffer.from(bytes).toString("base64");
        });
      // The time of the apply, and of the plan: neither is known before.
      case TIMESTAMP:
        return this.#timeOr(this.#results.applied, name);
      case PLAN_TIMESTAMP:
        return this.#timeOr(this.#results.now, name);
      case "path":
        return { module: ".", root: ".", cwd: "." };
      default: {
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

  #timeOr(ms: number | undefined, name: string): Value {
    return ms === undefined ? new Unknown("", [name], false) : textOf(ms);
  }

  #data(source: StackSource, type: string): Reference {
    const byName = source.data.get(type) ?? new Map<string, ResourceSource>();
    return members(`data source ${type}`, byName, (name) => {
      const resource = byName.get(name)!;
      if (isDataSource(type)) return this.#dataResource(resource);
      if (type !== "terraform_remote_state") throw unsupportedData(resource);
      const stack = this.#remoteStack(resource);
      return members("attribute", new Set(["outputs"]), () =>
        members("output", this.#source(stack).outputs, (n) => this.output(stack, n)),
      );
    });
  }

  #dataResource(resource: ResourceSource): Reference {
    // Who reads the data waits for what the data waits for.
    const { touched } = this.collecting(() => this.dataArguments(resource));
    for (const [address, kind] of touched) this.#touch(address, kind);
    return this.#anyInstance(resource, (instance) => this.#dataInstance(instance));
  }

  /** Arguments of all instances of a data source, by instance. */
  dataArguments(resource: ResourceSource): ReadonlyMap<Instance, Value> {
    for (const text of dependsOnOf(resource.body)) this.#touch(`${resource.stack}/${text}`, "ready");
    return new Map(this.instancesOf(resource).map((instance) => [instance, this.#argumentsOf(instance)]));
  }

  #argumentsOf(instance: Instance): Value {
    const { resource, address } = instance;
    return this.#keep(`${resource.stack}/${address} arguments`, () =>
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
    const view = answer === undefined ? undefined : viewOf(resource.type, answer);
    const target = {
      needs,
      isLive: view !== undefined,
      readStatus: () => undefined,
      isSensitive: (path: readonly (string | number)[]) => isSecretPath(resource.type, path),
      evaluate: (json: Json) => evaluateBody(json, this.context(resource.stack, instance), []),
    };
    // What the cluster says counts; the arguments only find it.
    const config = view === undefined ? resource.body : undefined;
    return resourceReference(target, config, view === undefined ? undefined : liveView(resource, view as JsonObject));
  }

  /** The stack of this project whose state a `terraform_remote_state` reads. */
  #remoteStack(resource: ResourceSource): string {
    const config = resource.body["config"];
    const path = isJsonObject(config) ? config["path"] : undefined;
    const byPath = typeof path === "string" ? /terraform\.([^/]+)\.tfstate$/.exec(path)?.[1] : undefined;
    const byName = /^cross-stack-reference-input-(.+)$/.exec(resource.name)?.[1];
    const stack = [byPath, byName].find((name) => name !== undefined && this.#sources.has(name));
    if (stack !== undefined) return stack;
    throw new ExpressionError(
      "unsupported-remote-state",
      `${resource.address} reads a state that belongs to no stack of this project`,
      "pass the value as a variable",
    );
  }

  #resource(resource: ResourceSource): Reference {
    this.#touch(`${resource.stack}/${resource.address}`, "exists");
    return this.#anyInstance(resource, (instance) => this.#instance(instance));
  }

  #anyInstance(resource: ResourceSource, referenceOf: (instance: Instance) => Reference): Reference {
    const instances = this.instancesOf(resource);
    const [first] = instances;
    if (first !== undefined && first.key === null) return referenceOf(first);
    return {
      isReference: true,
      elements: () => instances.map(referenceOf),
      step: (key) => {
        const found = instances.find((i) => String(i.key) === String(key));
        if (found !== undefined) return referenceOf(found);
        throw new ExpressionError("unknown-reference", `${resource.address} has no instance ${JSON.stringify(key)}`);
      },
      value: () =>
        typeof first?.key === "string"
          ? Object.fromEntries(instances.map((i) => [i.key, referenceOf(i).value()]))
          : instances.map((i) => referenceOf(i).value()),
    };
  }

  #instance(instance: Instance, withLive = true): Reference {
    const { resource } = instance;
    if (isGenerated(resource.type)) return this.#generatedReference(instance);
    const isKnown = resource.type === "kubernetes_manifest" || resourceKinds.has(resource.type);
    if (!isKnown && !partialTypes.has(resource.type)) {
      throw new ExpressionError(
        "unsupported-resource",
        `resource type ${resource.type} is not supported by the native engine yet`,
      );
    }
    const key = this.#keyOf(instance);
    const live = key === null || !withLive ? undefined : this.live(key);
    const needs = `${resource.stack}/${instance.address}`;
    const target = {
      needs,
      isLive: live !== undefined,
      readStatus: () => this.#touch(`${resource.stack}/${resource.address}`, "ready"),
      isSensitive: (path: readonly (string | number)[]) => isSecretPath(resource.type, path),
      evaluate: (json: Json, path: readonly (string | number)[]) =>
        this.#guard(
          `${needs} ${path.join(".")}`,
          () => this.collecting(() => evaluateBody(json, this.context(resource.stack, instance), [])).value,
        ),
    };
    let config = this.#configs.get(instance);
    if (config === undefined) {
      config = withComputed(instance, resource.body, key);
      this.#configs.set(instance, config);
    }
    return resourceReference(target, config, liveView(resource, live));
  }

  #generatedReference(instance: Instance): Reference {
    const { resource } = instance;
    const needs = `${resource.stack}/${instance.address}`;
    const secret = secretAttributes(resource.type);
    return members("attribute", null, (name) => {
      if (resource.type === "terraform_data" && name === "output") return this.argument(instance, "input");
      if (resource.body[name] !== undefined) return mark(this.argument(instance, name), secret.has(name));
      const { made, given } = attributesOf(resource.type);
      if (!made.includes(name)) {
        if (given.includes(name)) return null;
        throw new ExpressionError(
          "unknown-reference",
          `${resource.type} has no attribute "${name}"${name === "bcrypt_hash" ? " here" : ""}`,
          name === "bcrypt_hash"
            ? "hash the password where it is used: bcrypt is not supported by the native engine"
            : didYouMean(name, [...made, ...given]),
        );
      }
      const kept = this.#results.generated.get(needs);
      const isCurrent =
        kept !== undefined &&
        kept.type === resource.type &&
        !isDue(kept, this.#results.now ?? null) &&
        this.#hasArguments(instance, kept);
      if (!isCurrent) return new Unknown("", [needs], secret.has(name));
      return mark(kept.attributes[name] ?? null, secret.has(name));
    });
  }

  /** One argument of a resource, evaluated in its own scope. */
  argument(instance: Instance, name: string): Value {
    const { resource } = instance;
    return this.#guard(`${resource.stack}/${instance.address} ${name}`, () =>
      evaluateBody(resource.body[name] ?? null, this.context(resource.stack, instance), []),
    );
  }

  /** Every argument that decides whether a generated value is made again. */
  arguments(instance: Instance): Value {
    const { resource } = instance;
    const { value } = this.collecting(() =>
      this.#keep(`${resource.stack}/${instance.address} arguments`, () => {
        const entries = Object.keys(resource.body)
          .filter((name) => !metaArguments.has(name) && !(resource.type === "terraform_data" && name === "input"))
          .map((name): [string, Value] => [name, this.argument(instance, name)])
          .filter(([, v]) => v !== null);
        return Object.fromEntries(entries);
      }),
    );
    return value;
  }

  #hasArguments(instance: Instance, kept: GeneratedValue): boolean {
    const now = layBare(this.arguments(instance));
    return now.needs === null && isEqual(now.plain, kept.arguments);
  }

  #keep(key: string, evaluate: () => Value): Value {
    let kept = this.#kept.get(key);
    if (kept === undefined) {
      kept = this.#guard(key, () => this.collecting(evaluate));
      this.#kept.set(key, kept);
    }
    for (const [address, kind] of kept.touched) this.#touch(address, kind);
    return kept.value;
  }

  #touch(address: string, kind: EdgeKind): void {
    if (this.#touched.get(address) !== "ready") this.#touched.set(address, kind);
  }

  /** Refuses to evaluate what is being evaluated already. */
  #guard<T>(key: string, evaluate: () => T): T {
    const start = this.#running.indexOf(key);
    if (start >= 0) {
      const circle = [...this.#running.slice(start), key].map((k) => k.slice(k.indexOf("/") + 1));
      throw new ExpressionError("cycle", `values depend on each other: ${circle.join(" -> ")}`);
    }
    this.#running.push(key);
    try {
      return evaluate();
    } finally {
      this.#running.pop();
    }
  }
}

function isSecretPath(type: string, path: readonly (string | number)[]): boolean {
  return /^kubernetes_secret/.test(type) && /^(data|binary_data|data_wo)$/.test(String(path[0]));
}

/** What a Map and a Set have in common. */
interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** A reference whose members are made when asked for; `names` null allows any. */
function members(what: string, names: Names | null, make: (name: string) => Reference | Value): Reference {
  const self: Reference = {
    isReference: true,
    elements: () => null,
    step(key) {
      const name = String(key);
      if (names === null || names.has(name)) return make(name);
      throw new ExpressionError("unknown-reference", `there is no ${what} "${name}"`, didYouMean(name, names.keys()));
    },
    value() {
      if (names === null)
        throw new ExpressionError("unknown-reference", "a whole resource cannot be used as a value here");
      return Object.fromEntries(
        [...names.keys()].map((n) => {
          const made = make(n);
          return [n, isReference(made) ? made.value() : made];
        }),
      );
    },
  };
  return self;
}

function isReference(value: Reference | Value): value is Reference {
  return typeof value === "object" && value !== null && "isReference" in value;
}

/** Attributes that the provider computes from the configuration alone. */
function withComputed(instance: Instance, body: JsonObject, key: ObjectKey | null): JsonObject {
  if (key === null) return body;
  const { namespace, name } = parseObjectKey(key);
  const out: JsonObject = { ...body, id: namespace === "" ? name : `${namespace}/${name}` };
  const metadata = Array.isArray(body["metadata"]) ? body["metadata"][0] : body["metadata"];
  if (instance.resource.type !== "kubernetes_manifest" && isJsonObject(metadata)) {
    const identity: JsonObject = { name };
    if (namespace !== "") identity["namespace"] = namespace;
    out["metadata"] = { ...metadata, ...identity };
  }
  return out;
}

/** The live object as attributes: `object` of a manifest is the whole; a Secret's data is decoded. */
function liveView(resource: ResourceSource, live: JsonObject | undefined): Json | undefined {
  if (live === undefined) return undefined;
  if (resource.type === "kubernetes_manifest") return { object: live };
  if (live["kind"] !== "Secret" || !isJsonObject(live["data"])) return live;
  const data = Object.entries(live["data"]).map(([k, v]) => [k, Buffer.from(String(v), "base64").toString("utf8")]);
  return { ...live, data: Object.fromEntries(data) as JsonObject };
}
