import { type FieldPath, type Template, Unknown } from "../model/desired.ts";
import { assertNever } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import type { FieldType, StructType } from "../schema/types.ts";
import { converted, convertedLater } from "./conversions.ts";
import { define } from "./expression/own-property.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Plain, Value } from "./expression/value.ts";
import { describeType, isList, isObject, Sensitive } from "./expression/value.ts";
import { type FieldTarget, fieldFor, structOf } from "./fields.ts";
import type { Fail } from "./problems.ts";
import { projectedSources } from "./projected.ts";
import type { Habits } from "./provider-defaults.ts";
import { isPlainTree, type Tree } from "./tree.ts";
import { untyped } from "./untyped.ts";

/** A mapped object and the paths in it that came from something sensitive. */
export interface MappedObject {
  readonly object: { [key: string]: Template };
  readonly sensitive: FieldPath[];
}

/** Where the mapper is, as links to the place above: paths are only written out for the few that are reported. */
interface Place {
  readonly above: Place | null;
  /** null where the object has no step of its own: a flattened block. */
  readonly object: string | number | null;
  readonly config: string | number;
}

function pathOf(place: Place | null, side: "object" | "config"): (string | number)[] {
  const path: (string | number)[] = [];
  for (let at = place; at !== null; at = at.above) {
    const step = at[side];
    if (step !== null) path.push(step);
  }
  return path.reverse();
}

function below(above: Place | null, object: string | number | null, config: string | number): Place {
  return { above, object, config };
}

/**
 * Maps a resource body to an object by the types of the API: names from snake_case, blocks to structs or lists as the
 * type demands, text to numbers and booleans.
 */
export function mapStruct(struct: string, body: Value, habits: Habits, fail: Fail): MappedObject {
  const mapper = new Mapper(habits, fail);
  const object = mapper.struct(struct, body, null);
  return { object: isPlainTree(object) ? object : {}, sensitive: mapper.sensitive };
}

class Mapper {
  readonly sensitive: FieldPath[] = [];
  readonly #habits: Habits;
  readonly #fail: Fail;

  constructor(habits: Habits, fail: Fail) {
    this.#habits = habits;
    this.#fail = fail;
  }

  /** undefined where there is nothing to send. */
  #map(type: FieldType, value: Value, place: Place | null): Template | undefined {
    if (value === null) return undefined;
    if (value instanceof Sensitive) {
      this.sensitive.push(pathOf(place, "object"));
      return this.#map(type, value.value, place);
    }
    if (value instanceof Unknown) {
      if (value.sensitive) this.sensitive.push(pathOf(place, "object"));
      if (!hasBlocks(type)) return convertedLater(type, value);
      const message = `a block cannot be known only after apply (${value.expression})`;
      this.#fail(new ExpressionError("unknown-block", message), pathOf(place, "config"));
      return undefined;
    }
    switch (type.type) {
      case "struct":
        return this.struct(type.ref, value, place);
      case "list": {
        const items = (isList(value) ? value : [value])
          .map((item, i) => this.#map(type.items, item, below(place, i, i)))
          .filter((item) => item !== undefined);
        return items.length === 0 && this.#habits.emptyIsAbsent ? undefined : items;
      }
      case "map":
        return this.#entries(value, place, type.values);
      case "scalar":
        return this.#scalar(type, value, place);
      case "untyped":
        return this.#untyped(value, place);
      default:
        return assertNever(type);
    }
  }

  struct(ref: string, value: Value, place: Place | null): Template | undefined {
    const struct = structOf(ref);
    if (struct === null) throw new Error(`the type table has no ${ref}`);
    // A block of at most one is an object in CDKTF's JSON, a list of one where a user wrote it by hand.
    const single = isList(value) ? value[0] : value;
    if (single instanceof Unknown) return this.#map({ type: "struct", ref, atomic: false }, single, place);
    if (single === undefined || single === null) return isList(value) && value.length === 0 ? undefined : {};
    if (single instanceof Sensitive) {
      this.sensitive.push(pathOf(place, "object"));
      return this.struct(ref, single.value, place);
    }
    if (isList(value) && value.length > 1) this.#error(`only one block is allowed, there are ${value.length}`, place);
    if (!isObject(single)) {
      this.#error(`expected a block, found ${describeType(single)}`, place);
      return undefined;
    }
    const out: Tree = {};
    this.#fields(struct, single, place, out);
    this.#habits.finish(ref, out, place === null);
    return out;
  }

  #fields(struct: StructType, value: { readonly [key: string]: Value }, place: Place | null, out: Tree): void {
    for (const [attribute, child] of Object.entries(value)) {
      const target = fieldFor(struct, attribute);
      if (target === null) {
        // An autoscaler without a version may say that it has no metrics.
        if (child !== null && !(isList(child) && child.length === 0)) this.#unknownField(struct, attribute, place);
      } else if (target.type === "ignore") {
        if (target.why !== "" && child !== null) {
          const message = `"${attribute}" has no effect: ${target.why}`;
          this.#fail(new ExpressionError("ignored-field", message), [...pathOf(place, "config"), attribute]);
        }
      } else if (target.type === "flatten") {
        const inner = isList(child) ? child[0] : child;
        if (inner !== undefined && isObject(inner)) this.#fields(struct, inner, below(place, null, attribute), out);
      } else if (target.type === "field") {
        const at = below(place, target.name, attribute);
        const mapped = target.encoded
          ? this.#encoded(child, at)
          : this.#map(target.spec.type, this.#prepared(struct.name, target, child), at);
        if (mapped !== undefined) out[target.name] = merged(out[target.name], mapped);
      }
    }
  }

  #prepared(struct: string, { name, spec }: FieldTarget & { type: "field" }, child: Value): Value {
    const value = beforeMapping(struct, name, child);
    return spec.type.type === "list" ? this.#habits.listed(`${struct}.${name}`, value) : value;
  }

  #entries(value: Value, place: Place | null, type: FieldType): Template | undefined {
    const single = isList(value) && value.length === 1 ? value[0]! : value;
    if (!isObject(single)) {
      this.#error(`expected a map, found ${describeType(single)}`, place);
      return undefined;
    }
    const out: Tree = {};
    for (const [key, child] of Object.entries(single)) {
      const mapped = this.#map(type, child, below(place, key, key));
      if (mapped === undefined) continue;
      define<Template>(out, key, mapped);
    }
    return Object.keys(out).length === 0 && this.#habits.emptyIsAbsent ? undefined : out;
  }

  #scalar(type: FieldType & { type: "scalar" }, value: Plain | Value, place: Place | null): Template | undefined {
    try {
      return converted(type, value as Plain);
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      this.#fail(error, pathOf(place, "config"));
      return undefined;
    }
  }

  #untyped(value: Value, place: Place | null): Template | undefined {
    return untyped(value, pathOf(place, "object"), this.sensitive);
  }

  /** A map that is in the API's form already. */
  #encoded(value: Value, place: Place): Template | undefined {
    const mapped = this.#untyped(value, place);
    const isEmpty = isPlainTree(mapped) && Object.keys(mapped).length === 0;
    return isEmpty && this.#habits.emptyIsAbsent ? undefined : mapped;
  }

  #unknownField(struct: StructType, attribute: string, place: Place | null): void {
    const names = Object.keys(struct.fields).map((f) => f.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`));
    const error = new ExpressionError(
      "unknown-field",
      `field "${attribute}" is not known`,
      didYouMean(attribute, names),
    );
    this.#fail(error, [...pathOf(place, "config"), attribute]);
  }

  #error(message: string, place: Place | null): void {
    this.#fail(new ExpressionError("wrong-type", message), pathOf(place, "config"));
  }
}

/** Values that the provider gives another form before they become a field. */
function beforeMapping(struct: string, field: string, value: Value): Value {
  if (field === "sources" && struct === "core.v1.ProjectedVolumeSource") return projectedSources(value);
  // File modes are octal text to the provider, a number to the API.
  if (field !== "mode" && field !== "defaultMode") return value;
  return typeof value === "string" || typeof value === "number" ? fileMode(String(value)) : value;
}

function fileMode(text: string): number {
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number(text);
}

/** Two attributes may fill one map: `data` and `binary_data` of a Secret. */
function merged(former: Template | undefined, now: Template): Template {
  return isPlainTree(former) && isPlainTree(now) ? { ...former, ...now } : now;
}

/** A block's names are mapped while planning, so it must be known by then. */
function hasBlocks(type: FieldType): boolean {
  if (type.type === "list") return hasBlocks(type.items);
  return type.type === "struct" || (type.type === "map" && hasBlocks(type.values));
}
