import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  difference,
  differenceBelow,
  equalSets,
  intersection,
  pathsOf,
  setOf,
  union,
} from "../../src/fields/field-set.ts";
import { parseFieldsV1, printFieldsV1 } from "../../src/fields/fields-v1.ts";
import { printPath } from "../../src/fields/path-element.ts";

const element = fc.oneof(
  fc.constantFrom("f:spec", "f:a", "f:b", "f:app.kubernetes.io/name"),
  fc.constantFrom('k:{"name":"web"}', 'k:{"containerPort":80,"protocol":"TCP"}'),
  fc.constantFrom('v:"x"', "v:1", "i:0"),
);
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const set = paths.map(setOf);
const has = (a: ReturnType<typeof setOf>) => new Set(pathsOf(a).map((path) => path.join("\n")));

describe("sets of paths", () => {
  test("fieldsV1 survives parsing and printing", () => {
    fc.assert(
      fc.property(set, (a) => {
        const parsed = parseFieldsV1(JSON.parse(JSON.stringify(printFieldsV1(a))));
        expect(parsed !== null && equalSets(parsed, a)).toBe(true);
      }),
    );
  });

  test("union, intersection and difference are those of the sets of paths", () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        const [left, right] = [has(a), has(b)];
        expect(has(union(a, b))).toEqual(new Set([...left, ...right]));
        expect(has(intersection(a, b))).toEqual(new Set([...left].filter((path) => right.has(path))));
        expect(has(difference(a, b))).toEqual(new Set([...left].filter((path) => !right.has(path))));
        const below = [...left].filter((path) => ![...right].some((other) => `${path}\n`.startsWith(`${other}\n`)));
        expect(has(differenceBelow(a, b))).toEqual(new Set(below));
      }),
    );
  });

  test("keys are canonical, however they were written", () => {
    const set = parseFieldsV1({ 'k:{"protocol": "TCP", "containerPort": 80}': { ".": {}, "f:name": {} } });
    expect(printFieldsV1(set!)).toEqual({ 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:name": {} } });
  });

  test.each([[null], ["f:a"], [{ spec: {} }], [{ "f:a": 1 }], [{ "k:web": {} }]])("%j is no fieldsV1", (json) => {
    expect(parseFieldsV1(json)).toBeNull();
  });

  test("paths as the API server prints them", () => {
    const path = ["f:spec", 'k:{"containerPort":80,"protocol":"TCP"}', 'v:"x"', "i:3", "f:a"];
    expect(printPath(path)).toBe('.spec[containerPort=80,protocol="TCP"][="x"][3].a');
  });
});
