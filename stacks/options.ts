/** How a construct says what its options are, what they default to, and how a stack takes them out of k8sctl.yaml. */
import type { TerraformStack } from "cdktf";
import { type Check, checked, flag, objectName, oneOf, placeOf, quantity, text } from "./checks.ts";
import type { StackContext } from "./contract.ts";
import { type NetworkPolicyOptions, networkPolicyOptions } from "./network-policy.ts";

/** `development`: small, for a laptop. `production`: what an operator wants on a cluster that others depend on. */
export type Preset = "development" | "production";

/** Options of every construct of the library. */
export interface CommonOptions {
  /** Namespace that exists; not made by the construct. */
  readonly namespace: string;
  /** Name of all its objects. */
  readonly name?: string;
  /** Which defaults hold: small ones for a laptop, or those of a cluster that others depend on. Other options win. */
  readonly preset?: Preset;
  /** Registry in front of the image's name, for mirrors. */
  readonly registry?: string;
  /** Name of the image, where it is another than the published one. */
  readonly image?: string;
  /** Tag of the image. */
  readonly version?: string;
  /** CPU request. There is no limit: throttling a database helps nobody. */
  readonly cpu?: string;
  /** Lets nobody connect but the namespace's own pods, Prometheus, and whom it names (`true`: nobody else). */
  readonly networkPolicy?: boolean | NetworkPolicyOptions;
}

/** Options of what has a volume of its own. */
export interface VolumeOptions {
  /** Size of the volume of each pod. */
  readonly storage?: string;
  /** Storage class; the cluster's default where absent. */
  readonly storageClass?: string;
}

export type Checks<T> = { readonly [K in keyof T]-?: Check<NonNullable<T[K]>> };

/** One table per construct: what each option may be, and what it is where nobody says. */
export interface OptionTable<T> {
  readonly checks: Checks<T>;
  /** Defaults whatever the preset. */
  readonly always: Partial<T>;
  readonly development: Partial<T>;
  readonly production: Partial<T>;
}

export const commonChecks: Checks<CommonOptions> = {
  namespace: objectName,
  name: objectName,
  preset: oneOf("development", "production"),
  registry: text,
  image: text,
  version: text,
  cpu: quantity,
  networkPolicy: (value) => (typeof value === "boolean" ? flag(value) : networkPolicyOptions(value)),
};

export const volumeChecks: Checks<VolumeOptions> = { storage: quantity, storageClass: text };

/** What is given, with a value wherever the table has a default. */
export type Settled<T, D extends OptionTable<T>> = T & {
  readonly [K in keyof T & (keyof D["always"] | (keyof D["development"] & keyof D["production"]))]-?: NonNullable<T[K]>;
} & { readonly preset: Preset };

/** What is wrong with one option. `known` says that its name is unknown, and which names are not. */
export interface OptionProblem {
  readonly option: string;
  readonly message: string;
  readonly value: unknown;
  readonly known?: readonly string[];
}

/** Thrown for options. k8sctl shows each problem at its line of k8sctl.yaml, where the value comes from there. */
export class OptionError extends Error {
  readonly problems: readonly OptionProblem[];

  constructor(who: string, problems: readonly OptionProblem[]) {
    super(problems.map(({ message }) => `${who}: ${message}`).join("\n"));
    this.name = "OptionError";
    this.problems = problems;
  }
}

/** For what only the construct can see: options that do not go together. */
export function refuse(who: string, option: string, value: unknown, message: string): never {
  throw new OptionError(who, [{ option, value, message: `option ${option}: ${message}` }]);
}

/**
 * The options of a construct with all defaults: those given win, then those of the preset, then those of all presets.
 * Checks what is given, but for references. Throws OptionError.
 */
export function settle<T extends { readonly preset?: Preset }, D extends OptionTable<T>>(
  who: string,
  table: D,
  given: T,
): Settled<T, D> {
  const { read, problems } = readEach(table.checks, given as Readonly<Record<string, unknown>>);
  if (problems.length > 0) throw new OptionError(who, problems);
  const preset = (read as { preset?: Preset }).preset ?? "development";
  return { ...table.always, ...table[preset], ...read, preset } as unknown as Settled<T, D>;
}

/**
 * Takes a stack's options out of its vars; what is not there is left to the construct's defaults. A name that this
 * stack was given and does not know is refused; names that came for all stacks may be another's. Throws OptionError.
 */
export function readOptions<T extends object>(
  stack: TerraformStack,
  { vars, own }: StackContext,
  { checks }: { readonly checks: Checks<T> },
): Partial<T> {
  const known = Object.keys(checks);
  // By this k8sctl knows whether a `--var` is anybody's.
  stack.node.addMetadata("k8sctl:options", known);
  const { read, problems } = readEach(checks, vars);
  const strange = (own ?? []).filter((name) => !known.includes(name));
  const unknown = strange.map((option) => {
    return { option, value: vars[option], message: `there is no option ${option}`, known };
  });
  if (problems.length + unknown.length > 0) throw new OptionError(stack.node.id, [...unknown, ...problems]);
  return read;
}

function readEach<T>(
  checks: Checks<T>,
  given: Readonly<Record<string, unknown>>,
): { read: Partial<T>; problems: OptionProblem[] } {
  const read: Partial<T> = {};
  const problems: OptionProblem[] = [];
  for (const option of Object.keys(checks) as (keyof T & string)[]) {
    const value = given[option];
    if (value === undefined || value === null) continue;
    try {
      read[option] = checked(checks[option], value);
    } catch (error) {
      problems.push({ option, value, message: `option ${option}${placeOf(error)}: ${(error as Error).message}` });
    }
  }
  return { read, problems };
}
