import { Token } from "cdktf";

/** Reads one value of an option; throws an Error that says what it should be. */
export type Check<T> = (value: unknown) => T;

/** What the check makes of a value; a reference passes as it is, as its value comes later. */
export function checked<T>(check: Check<T>, value: unknown): T {
  return Token.isUnresolved(value) ? (value as T) : check(value);
}

/** What is wrong deep inside an option: `path` leads there (`[0].name`). */
class InsideError extends Error {
  readonly path: string;

  constructor(step: string, error: unknown) {
    const inner = error instanceof InsideError ? error.path : "";
    super((error as Error).message);
    this.path = `${step}${inner}`;
  }
}

/** Where inside the option the error is; empty for the option itself. */
export function placeOf(error: unknown): string {
  return error instanceof InsideError ? error.path : "";
}

function inside<T>(step: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new InsideError(step, error);
  }
}

export const text: Check<string> = (value) => {
  if (typeof value === "string" && value !== "") return value;
  if (typeof value === "number") return String(value);
  throw new Error(`${show(value)} is not a text`);
};

export const flag: Check<boolean> = (value) => {
  if (typeof value === "boolean") return value;
  throw new Error(`${show(value)} is neither true nor false`);
};

/** A name as most objects of Kubernetes have it (API conventions, "DNS Label Names"). */
export const objectName: Check<string> = (value) => {
  if (typeof value === "string" && /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(value)) return value;
  throw new Error(`${show(value)} is not a name of lower-case letters, digits and -, at most 63`);
};

/** A Kubernetes quantity (API reference, Quantity): 500m, 5Gi, 1e3. */
export const quantity: Check<string> = (value) => {
  const given = typeof value === "number" ? String(value) : value;
  if (typeof given === "string" && /^\d+(\.\d+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE]\d+)?$/.test(given)) return given;
  throw new Error(`${show(value)} is not a quantity, such as 10Gi`);
};

const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  ...Object.fromEntries(["k", "M", "G", "T", "P", "E"].map((unit, i) => [unit, 1000 ** (i + 1)])),
  ...Object.fromEntries(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((unit, i) => [unit, 1024 ** (i + 1)])),
};

/** A quantity in bytes (or whatever it counts), rounded down. */
export function amountOf(given: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?(?:[eE]\d+)?)([a-zA-Z]*)$/.exec(given) ?? [];
  return Math.floor(Number(digits) * UNITS[unit]!);
}

/** A quantity of at least `least`: what the software needs to start. */
export function quantityFrom(least: string): Check<string> {
  return (value) => {
    const given = quantity(value);
    if (amountOf(given) >= amountOf(least)) return given;
    throw new Error(`${show(value)} is less than ${least}, which it needs`);
  };
}

/** How many servers vote: 1, or an odd number from 3 on, as an even one more survives no more failures. */
export const voters: Check<number> = (value) => {
  const count = wholeNumber(1, 9)(value);
  if (count % 2 === 1) return count;
  throw new Error(`${show(value)} is neither 1 nor an odd number from 3 to 9`);
};

/** A duration as Prometheus writes it: 30s, 12h, 15d, 1h30m. */
export const duration: Check<string> = (value) => {
  if (typeof value === "string" && /^(\d+(ms|[smhdwy]))+$/.test(value)) return value;
  throw new Error(`${show(value)} is not a duration, such as 15s or 30d`);
};

export function wholeNumber(min: number, max: number): Check<number> {
  return (value) => {
    const given = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
    if (Number.isInteger(given) && (given as number) >= min && (given as number) <= max) return given as number;
    throw new Error(`${show(value)} is not a whole number from ${min} to ${max}`);
  };
}

/** An unquoted SQL identifier in lower case: what needs no quoting anywhere. */
export const sqlName: Check<string> = (value) => {
  if (typeof value === "string" && /^[a-z_][a-z0-9_]{0,62}$/.test(value)) return value;
  throw new Error(`${show(value)} is not a lower-case SQL name of at most 63 characters`);
};

export function oneOf<const T extends string>(...values: readonly T[]): Check<T> {
  return (value) => {
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    throw new Error(`${show(value)} is none of ${values.join(", ")}`);
  };
}

/** The first check that takes the value; the last one's word where none does. */
export function either<A, B>(first: Check<A>, second: Check<B>): Check<A | B> {
  return (value) => {
    try {
      return first(value);
    } catch {
      return second(value);
    }
  };
}

export function listOf<T>(check: Check<T>): Check<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw new Error(`${show(value)} is not a list`);
    return value.map((each, i) => inside(`[${i}]`, () => checked(check, each)));
  };
}

/** A mapping whose keys are the user's own. */
export function mapOf<T>(check: Check<T>): Check<Readonly<Record<string, T>>> {
  return (value) => {
    const entries = Object.entries(mapping(value)).map(([key, each]): [string, T] => [
      key,
      inside(`.${key}`, () => checked(check, each)),
    ]);
    return Object.fromEntries(entries);
  };
}

/** A mapping of these fields and no others, of which `required` must be there. */
export function fieldsOf<T extends object>(
  checks: { readonly [K in keyof T]-?: Check<NonNullable<T[K]>> },
  ...required: readonly (keyof T & string)[]
): Check<T> {
  const known = Object.keys(checks) as (keyof T & string)[];
  return (value) => {
    const given = mapping(value) as { readonly [K in keyof T]?: unknown };
    for (const key of Object.keys(given)) {
      if (!known.includes(key as keyof T & string)) throw new Error(`unknown key "${key}", of ${known.join(", ")}`);
    }
    for (const key of required) if (given[key] === undefined) throw new Error(`"${key}" is missing`);
    const read: Partial<T> = {};
    for (const key of known) {
      const each = given[key];
      if (each !== undefined && each !== null) read[key] = inside(`.${key}`, () => checked(checks[key], each));
    }
    return read as T;
  };
}

function mapping(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${show(value)} is not a mapping`);
}

/** A value as messages quote it. */
export function show(value: unknown): string {
  return JSON.stringify(value);
}
