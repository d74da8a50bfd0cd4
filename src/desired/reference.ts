import { Unknown } from "../model/desired.ts";
import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import type { KubeObject } from "../model/objects.ts";
import { get } from "./expression/evaluate.ts";
import type { Reference } from "./expression/scope.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { mark } from "./expression/value.ts";
import { nameInApi } from "./fields.ts";

/** How a reference reads the resource that it points into. */
export interface Target {
  /** `stack/address` */
  readonly needs: string;
  /** Names that may follow the address; null where any may be the API's. */
  readonly attributes: readonly string[] | null;
  /** Evaluates a part of the resource's own configuration. */
  readonly evaluate: (json: Json, path: readonly (string | number)[]) => Value;
  /** True below attributes that hold secrets. */
  readonly isSensitive: (path: readonly (string | number)[]) => boolean;
  /** The live object is there; only then an attribute that nobody set is null and not unknown. */
  readonly isLive: boolean;
  /** A live value in the attribute's own type. */
  readonly shown?: (path: readonly (string | number)[], live: Json) => Json;
  /** What an attribute holds that nobody set, by its type: no elements, or null. */
  readonly emptyAt?: (path: readonly (string | number)[]) => Value;
  /** Below these, keys are people's own: one that the object lacks is an error, as it is to Terraform, and not null. */
  readonly isMap?: (path: readonly (string | number)[]) => boolean;
  /** Told when a value is read that the cluster writes only once the object is ready. */
  readonly readStatus: () => void;
}

/**
 * A path into a resource. It walks the configuration and the live object side by side: what the configuration says is
 * known at once, everything else comes from the cluster. A block is a list to Terraform but an object in CDKTF's JSON
 * and in the API: index 0 of an object is the object itself.
 */
export function resourceReference(
  target: Target,
  config: Json | undefined,
  live: Json | undefined,
  path: readonly (string | number)[] = [],
  root: Json | undefined = live,
): Reference {
  return {
    isReference: true,
    elements: () => null,
    step(key) {
      const next = [...path, key];
      if (path.length === 0 && target.attributes?.includes(String(key)) === false) {
        const message = `${target.needs.replace(/^[^/]*\//, "")} has no attribute "${key}"`;
        throw new ExpressionError("unknown-reference", message, didYouMean(String(key), target.attributes));
      }
      if (target.isLive && target.isMap?.(path) === true) checkKey(root, live, String(key));
      if (typeof config === "string") return get(target.evaluate(config, path), key);
      return resourceReference(
        target,
        childOf(config, key, (names, k) => (names.includes(k) ? k : undefined)),
        liveChild(live, key),
        next,
        root,
      );
    },
    value() {
      const sensitive = target.isSensitive(path);
      const isStatus = path[0] === "status";
      if (isStatus) target.readStatus();
      if (config !== undefined && config !== null) return mark(target.evaluate(config, path), sensitive);
      if (live !== undefined) return mark(target.shown?.(path, live) ?? live, sensitive);
      // A status that is not written yet is not empty: an address may still come.
      return target.isLive && !isStatus
        ? mark(target.emptyAt?.(path) ?? null, sensitive)
        : new Unknown("", [target.needs], sensitive);
    },
  };
}

function checkKey(root: Json | undefined, map: Json | undefined, key: string): void {
  const keys = isJsonObject(map) ? Object.keys(map) : [];
  if (keys.includes(key)) return;
  const { kind, metadata } = root as unknown as KubeObject;
  const message = `${kind} ${metadata.namespace}/${metadata.name} has no key "${key}"`;
  const remedy = didYouMean(key, keys) ?? (keys.length === 0 ? "it has none" : `it has ${keys.sort().join(", ")}`);
  throw new ExpressionError("expression-attribute", message, remedy);
}

function childOf(
  value: Json | undefined,
  key: string | number,
  find: (names: readonly string[], key: string) => string | undefined,
): Json | undefined {
  if (value === undefined || value === null) return undefined;
  const index = typeof key === "number" ? key : /^\d+$/.test(key) ? Number(key) : null;
  if (Array.isArray(value)) return index === null ? undefined : value[index];
  if (!isJsonObject(value)) return undefined;
  const name = find(Object.keys(value), String(key));
  if (name !== undefined) return value[name];
  if (index === 0) return value;
  if (index !== null) throw new ExpressionError("expression-index", `index ${index} is outside a block of 1`);
  return undefined;
}

/** The API's name of an attribute: camelCase, plural for lists, acronyms as they are. */
function liveChild(value: Json | undefined, key: string | number): Json | undefined {
  const name = typeof key === "string" ? nameInApi(key) : null;
  if (name === ".") return value;
  return childOf(value, key, (names, wanted) => {
    if (name !== null && !names.includes(wanted) && names.includes(name)) return name;
    if (names.includes(wanted)) return wanted;
    const plain = wanted.replaceAll("_", "").toLowerCase();
    return names.find((name) => {
      const lower = name.toLowerCase();
      return lower === plain || lower === `${plain}s` || lower === `${plain}es` || lower === plain.replace(/y$/, "ies");
    });
  });
}
