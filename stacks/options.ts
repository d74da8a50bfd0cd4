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
