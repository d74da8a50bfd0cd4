import { expect } from "vitest";
import type { Decoded } from "../../src/desired/decoding.ts";
import { deduceUnknown } from "../../src/schema/deduced.ts";
import { builtinTypes } from "../../src/schema/table.ts";
import { validateObject } from "../../src/schema/validate.ts";
import { podsOf, restrictedBreaches } from "./pods.ts";

/** Fails unless it was decoded without a problem, every object fits its schema and every pod the restricted level. */
export function expectValidAndRestricted({ problems, desired }: Decoded): void {
  expect(problems).toEqual([]);
  const types = deduceUnknown(builtinTypes);
  expect(desired.flatMap(({ object }) => validateObject(object, types))).toEqual([]);
  expect(podsOf(desired).flatMap(({ spec }) => restrictedBreaches(spec))).toEqual([]);
}
