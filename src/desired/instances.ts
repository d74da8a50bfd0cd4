import { Unknown } from "../model/desired.ts";
import type { Json } from "../model/json.ts";
import { asExpressionText } from "./expression/parse.ts";
import type { Reference } from "./expression/scope.ts";
import { isSet } from "./expression/sets.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { isList, isObject, layBare, Sensitive, toNumber } from "./expression/value.ts";
import type { ResourceSource } from "./source.ts";

/** One instance of a resource; `key` is null for a resource without `count` and `for_each`. */
export interface Instance {
  readonly resource: ResourceSource;
  readonly key: string | number | null;
  /** `kubernetes_config_map_v1.x["blue"]` */
  readonly address: string;
  /** The names `each` or `count` in the instance's expressions. */
  readonly names: Readonly<Record<string, Value>>;
  /** See BodyContext.binding. */
  readonly binding: ((expression: string) => string) | null;
}

/** Expands `count` and `for_each` (Terraform language, "Meta-Arguments"). Throws ExpressionErrors. */
export function expand(resource: ResourceSource, evaluate: (json: Json) => Value): readonly Instance[] {
  const { count, for_each: forEach } = resource.body;
  if (count !== undefined && count !== null) return counted(resource, count, evaluate);
  if (forEach !== undefined && forEach !== null) return forEachOf(resource, forEach, evaluate);
  return [{ resource, key: null, address: resource.address, names: {}, binding: null }];
}

function counted(resource: ResourceSource, count: Json, evaluate: (json: Json) => Value): Instance[] {
  const bare = layBare(evaluate(count));
  if (bare.needs !== null) throw new ExpressionError("unknown-count", "count is known only after apply");
  const total = toNumber(bare.plain);
  if (!Number.isInteger(total) || total < 0)
    throw new ExpressionError("expression-type", "count must be a whole number");
  return Array.from({ length: total }, (_, index) => ({
    resource,
    key: index,
    address: `${resource.address}[${index}]`,
    names: { count: { index } },
    binding: (expression) => `[for count in [{index = ${index}}] : ${expression}][0]`,
  }));
}

function forEachOf(resource: ResourceSource, forEach: Json, evaluate: (json: Json) => Value): Instance[] {
  const value = evaluate(forEach);
  if (value instanceof Unknown) throw new ExpressionError("unknown-for-each", "for_each is known only after apply");
  if (value instanceof Sensitive) {
    throw new ExpressionError("sensitive-for-each", "for_each must not be sensitive: its keys become addresses");
  }
  const text = typeof forEach === "string" ? asExpressionText(forEach) : JSON.stringify(forEach);
  if (isList(value)) {
    const bare = layBare(value);
    if (bare.needs !== null) throw new ExpressionError("unknown-for-each", "for_each is known only after apply");
    const keys = bare.plain as readonly unknown[];
    if (!isSet(value) && !mayBeSet(forEach)) throw notASet("a list");
    if (keys.some((key) => typeof key !== "string")) throw notASet("a list or set of other values");
    return [...new Set(keys.map(String))].map((key) => instance(resource, key, key, JSON.stringify(key)));
  }
  if (!isObject(value)) throw new ExpressionError("expression-type", "for_each must be a map or a set of strings");
  return Object.keys(value)
    .sort()
    .map((key) => instance(resource, key, value[key] ?? null, `(${text})[${JSON.stringify(key)}]`));
}

/**
 * Values that come as lists and may be sets all the same: an attribute of a resource, by its provider's schema, and a
 * tuple that a conditional brings together with a set.
 */
function mayBeSet(forEach: Json): boolean {
  const text = typeof forEach === "string" ? asExpressionText(forEach) : "";
  return /^(?:data\.|\w+_\w+\.)|\?[^?]*\b(?:toset|set[a-z]+)\(/.test(text);
}

function notASet(what: string): ExpressionError {
  return new ExpressionError(
    "expression-type",
    `for_each must be a map or a set of strings, and this is ${what}`,
    "give a map, or toset([...]) of strings (TerraformIterator.fromList, Fn.toset)",
  );
}

function instance(resource: ResourceSource, key: string, value: Value, valueText: string): Instance {
  const name = JSON.stringify(key);
  return {
    resource,
    key,
    address: `${resource.address}[${name}]`,
    names: { each: { key, value } },
    binding: (expression) => `[for each in [{key = ${name}, value = ${valueText}}] : ${expression}][0]`,
  };
}

/** A name that means one instance, or all of them until a key says which. */
export function instancesReference(
  resource: ResourceSource,
  instances: readonly Instance[],
  referenceOf: (instance: Instance) => Reference,
): Reference {
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
