import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createProgram } from "../../src/desired/program.ts";
import type { Json, JsonObject } from "../../src/model/json.ts";
import { normal, nothingKnown, stackOf } from "./parity.ts";

/** A program that uses the language at large, and the bodies that Terraform 1.11.4 made the provider send for it. */
const recorded = JSON.parse(readFileSync(new URL("../fixtures/expressions/program.json", import.meta.url), "utf8")) as {
  readonly json: JsonObject;
  readonly bodies: readonly Json[];
};

function nameOf(body: Json): string {
  const { kind, metadata } = body as { readonly kind: string; readonly metadata: { readonly name: string } };
  return `${kind} ${metadata.name}`;
}

test("variables of all types, for_each, count, dynamic blocks, locals and references come out as Terraform makes them", () => {
  const { desired, problems } = createProgram([stackOf(recorded.json)]).decode(nothingKnown);
  expect(problems.filter((problem) => problem.severity === "error")).toEqual([]);
  const byName = (bodies: readonly Json[]): JsonObject =>
    Object.fromEntries(bodies.map((body) => [nameOf(body), body] as const).sort(([a], [b]) => (a < b ? -1 : 1)));
  expect(byName(desired.map(({ object }) => normal(object)))).toEqual(byName(recorded.bodies));
});
