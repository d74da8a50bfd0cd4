import type { GeneratedResource, GeneratedValue } from "../model/desired.ts";
import { userError } from "../model/errors.ts";
import { isJsonObject, type Json, type JsonObject } from "../model/json.ts";
import { adjectives, adverbs, animals } from "./pet-names.ts";

/** Gives `n` random bytes; a test gives chosen ones. */
export type RandomBytes = (n: number) => Uint8Array;

/**
 * Makes the value of a `random_*`, `null_resource` or `terraform_data` resource; attributes as the Terraform providers
 * name them. Throws a UserError where the arguments contradict each other.
 */
export function generateValue(resource: GeneratedResource, bytes: RandomBytes): GeneratedValue {
  const args = new Arguments(resource);
  return { type: resource.type, arguments: resource.arguments, attributes: attributesOf(resource.type, args, bytes) };
}

function attributesOf(type: string, args: Arguments, bytes: RandomBytes): JsonObject {
  switch (type) {
    case "random_password":
      return { id: "none", result: characters(args, bytes) };
    case "random_string": {
      const result = characters(args, bytes);
      return { id: result, result };
    }
    case "random_id":
      return idAttributes(bytes(args.number("byte_length")), args.text("prefix", ""));
    case "random_uuid": {
      const result = uuid(bytes);
      return { id: result, result };
    }
    case "random_integer": {
      const [min, max] = [args.number("min"), args.number("max")];
      if (max < min) throw args.wrong(`max (${max}) is less than min (${min})`);
      const result = min + below(max - min + 1, bytes);
      return { id: String(result), result };
    }
    case "random_pet": {
      const words = petWords(args.number("length", 2), bytes);
      const prefix = args.text("prefix", "");
      return { id: [...(prefix === "" ? [] : [prefix]), ...words].join(args.text("separator", "-")) };
    }
    case "random_bytes": {
      const made = Buffer.from(bytes(args.number("length")));
      return { base64: made.toString("base64"), hex: made.toString("hex") };
    }
    case "random_shuffle": {
      const input = args.list("input");
      const count = args.number("result_count", input.length);
      return { id: "-", result: shuffled(input, bytes, count) };
    }
    case "null_resource":
      return { id: uuid(bytes) };
    case "terraform_data":
      return { id: uuid(bytes), input: args.input };
    default:
      throw args.wrong(`resource type ${type} makes no value`);
  }
}

/** A number from 0 to limit - 1, each equally likely: what would favour low numbers is thrown away. */
function below(limit: number, bytes: RandomBytes): number {
  if (limit <= 1) return 0;
  const width = Math.ceil(Math.log2(limit) / 8);
  const range = 256 ** width;
  const usable = range - (range % limit);
  for (;;) {
    const value = bytes(width).reduce((sum, byte) => sum * 256 + byte, 0);
    if (value < usable) return value % limit;
  }
}

function pick<T>(from: ArrayLike<T>, bytes: RandomBytes): T {
  return from[below(from.length, bytes)]!;
}

/** The first `count` of the input in random order, starting over when more are asked for (Fisher and Yates). */
function shuffled<T>(input: readonly T[], bytes: RandomBytes, count = input.length): T[] {
  const out: T[] = [];
  while (out.length < count && input.length > 0) {
    const pool = [...input];
    for (let i = pool.length - 1; i > 0; i--) {
      const j = below(i + 1, bytes);
      [pool[i], pool[j]] = [pool[j]!, pool[i]!];
    }
    out.push(...pool.slice(0, count - out.length));
  }
  return out;
}

const lower = "abcdefghijklmnopqrstuvwxyz";
const upper = lower.toUpperCase();
const digits = "0123456789";
const punctuation = "!@#$%&*()-_=+[]{}<>:?";

/** `length` characters of the allowed classes, with at least the demanded number of each. */
function characters(args: Arguments, bytes: RandomBytes): string {
  const length = args.number("length");
  const override = args.text("override_special", "");
  const classes = [
    {
      chars: override === "" ? punctuation : override,
      use: args.bool("special", true),
      min: args.number("min_special", 0),
    },
    { chars: upper, use: args.bool("upper", true), min: args.number("min_upper", 0) },
    { chars: lower, use: args.bool("lower", true), min: args.number("min_lower", 0) },
    { chars: digits, use: args.bool("numeric", args.bool("number", true)), min: args.number("min_numeric", 0) },
  ];
  const all = classes
    .filter((c) => c.use)
    .map((c) => c.chars)
    .join("");
  const demanded = classes.reduce((sum, c) => sum + c.min, 0);
  if (!Number.isInteger(length) || length < 1) throw args.wrong("length must be a whole number above 0");
  if (demanded > length) throw args.wrong(`the min_ arguments demand ${demanded} characters, length is ${length}`);
  if (all === "") throw args.wrong("no class of characters is allowed");
  const made = classes.flatMap((c) => Array.from({ length: c.min }, () => pick(c.chars, bytes)));
  while (made.length < length) made.push(pick(all, bytes));
  return shuffled(made, bytes).join("");
}

function idAttributes(made: Uint8Array, prefix: string): JsonObject {
  const buffer = Buffer.from(made);
  const hex = buffer.toString("hex");
  const url = buffer.toString("base64url");
  return {
    id: url,
    hex: prefix + hex,
    dec: prefix + (hex === "" ? "0" : BigInt(`0x${hex}`).toString()),
    b64_url: prefix + url,
    b64_std: prefix + buffer.toString("base64"),
  };
}

/** Version 4, variant 1 (RFC 9562). */
function uuid(bytes: RandomBytes): string {
  const made = Buffer.from(bytes(16));
  made[6] = (made[6]! & 0x0f) | 0x40;
  made[8] = (made[8]! & 0x3f) | 0x80;
  return made.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

function petWords(length: number, bytes: RandomBytes): string[] {
  if (length <= 1) return [pick(animals, bytes)];
  const leading = Array.from({ length: length - 2 }, () => pick(adverbs, bytes));
  return [...leading, pick(adjectives, bytes), pick(animals, bytes)];
}

/** Arguments as their types, from JSON in which a number may be text. */
export class Arguments {
  readonly #resource: GeneratedResource;

  constructor(resource: GeneratedResource) {
    this.#resource = resource;
  }

  number(name: string, fallback?: number): number {
    const value = this.#resource.arguments[name] ?? fallback;
    const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (typeof number === "number" && Number.isFinite(number)) return number;
    throw this.wrong(value === undefined ? `argument "${name}" is missing` : `argument "${name}" must be a number`);
  }

  bool(name: string, fallback: boolean): boolean {
    const value = this.#resource.arguments[name] ?? fallback;
    return value === true || value === "true";
  }

  text(name: string, fallback: string): string {
    const value = this.#resource.arguments[name] ?? fallback;
    return typeof value === "string" ? value : String(value);
  }

  list(name: string): readonly Json[] {
    const value = this.#resource.arguments[name];
    if (Array.isArray(value)) return value;
    throw this.wrong(`argument "${name}" must be a list`);
  }

  /** Text items of a list that may be absent. */
  texts(name: string): string[] {
    const value = this.#resource.arguments[name] ?? [];
    return Array.isArray(value) ? value.map(String) : [String(value)];
  }

  /** A block of at most one; {} where it is absent. */
  block(name: string): JsonObject {
    const value = this.#resource.arguments[name];
    const single = Array.isArray(value) ? value[0] : value;
    return isJsonObject(single) ? single : {};
  }

  get input(): Json {
    // Filled in by now.
    return (this.#resource.input ?? null) as Json;
  }

  wrong(message: string): Error {
    const { address, origin } = this.#resource;
    return userError("invalid-generated", message, {
      address,
      ...(origin.position === undefined ? {} : { position: origin.position }),
      remedy: "mend its arguments",
    });
  }
}
