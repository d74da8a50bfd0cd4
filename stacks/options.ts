import type { Vars } from "./contract.ts";

/** Reads one option; throws an Error that says what it should be. */
export type Check<T> = (value: unknown) => T;

/**
 * Picks a stack's options out of the vars of k8sctl.yaml. What is not there is left to the construct's default; vars of
 * other names belong to other stacks of the project. Throws `postgres: option storage: "5 gigs" is not ...`.
 */
export function readOptions<T extends object>(
  stack: string,
  vars: Vars,
  checks: { readonly [K in keyof T]-?: Check<NonNullable<T[K]>> },
): Partial<T> {
  const options: Partial<T> = {};
  for (const name of Object.keys(checks) as (keyof T & string)[]) {
    const value = vars[name];
    if (value === undefined || value === null) continue;
    try {
      options[name] = checks[name](value);
    } catch (error) {
      throw new Error(`${stack}: option ${name}: ${(error as Error).message}`);
    }
  }
  return options;
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

export function oneOf<T extends string>(...values: readonly T[]): Check<T> {
  return (value) => {
    const found = values.find((each) => each === value);
    if (found !== undefined) return found;
    throw new Error(`${show(value)} is none of ${values.join(", ")}`);
  };
}

function show(value: unknown): string {
  return JSON.stringify(value);
}
