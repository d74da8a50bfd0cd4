import type { DependencyTarget, GeneratedResource } from "../model/desired.ts";
import type { Instance } from "./instances.ts";
import type { Touched } from "./kept-values.ts";
import { isMadeLate } from "./random.ts";

/** A value that is made once, before it is known when. */
export interface ValueNode {
  readonly resource: GeneratedResource;
  readonly instance: Instance;
  readonly touched: Touched;
  /** What its pre- and postconditions touched. */
  readonly conditions: Touched;
  /** `stack/address` of what its arguments wait for. */
  readonly needs: readonly string[];
}

/**
 * The values that are made in the middle of the run: those that need an object for what they are, for an argument, for a
 * condition or by depends_on, and those that need such a value. All others are made before anything is changed.
 */
export function lateValues(
  values: readonly ValueNode[],
  dependsOn: (value: ValueNode) => readonly DependencyTarget[],
): ReadonlySet<ValueNode> {
  const byAddress = new Map<string, ValueNode[]>();
  for (const value of values) {
    const { stack, address } = value.instance.resource;
    byAddress.set(`${stack}/${address}`, [...(byAddress.get(`${stack}/${address}`) ?? []), value]);
  }
  const makersOf = (address: string) => byAddress.get(address.replace(/\[.*$/s, ""));
  const late = new Set<ValueNode>();
  const isLate = (value: ValueNode): boolean =>
    isMadeLate(value.resource.type) ||
    value.needs.some((need) => makersOf(need)?.some((maker) => late.has(maker)) ?? true) ||
    dependsOn(value).some(
      (on) =>
        on.type === "object" ||
        (on.type === "generated" && (makersOf(`${on.stack}/${on.address}`) ?? []).some((maker) => late.has(maker))),
    );
  for (let found = true; found; ) {
    found = false;
    for (const value of values) {
      if (late.has(value) || !isLate(value)) continue;
      late.add(value);
      found = true;
    }
  }
  return late;
}
