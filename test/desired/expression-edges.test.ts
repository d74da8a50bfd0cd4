import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/desired/expression/evaluate.ts";
import { parseTemplate } from "../../src/desired/expression/parse.ts";
import type { Scope } from "../../src/desired/expression/scope.ts";
import { ExpressionError } from "../../src/desired/expression/syntax.ts";
import { layBare } from "../../src/desired/expression/value.ts";
import type { Json } from "../../src/model/json.ts";

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/expressions/${file}`, import.meta.url), "utf8"));
}

/** What Terraform 1.11.4 makes of `jsonencode([expression])`: its text, or null where it refuses the expression. */
const edges = read("golden-edges.json") as readonly (readonly [string, string | null])[];
/** What it makes of a string of Terraform JSON. */
const templates = read("golden-templates.json") as readonly (readonly [string, Json])[];

const precision = "numbers here are doubles: Terraform's have 512 bits, and it shows all their places";
const types = "lists and maps keep no type of their elements here, once they are made";
const lenient = "on purpose: it is clear what is meant";
const strict = "on purpose: the result of Terraform is an accident of its library";

const crash = "Terraform crashes where the list is a tuple; of a list it counts from the end, as here";

/** Where we answer otherwise, and why. One that agrees must come off the list. */
const differences: Readonly<Record<string, string>> = {
  'parseint("7fffffffffffffffffff", 16)': precision,
  "1/3": precision,
  "123456789012345678901234567890": precision,
  "2 - 1.9": precision,
  "1.1 * 1.1": precision,
  "5 % 0": strict,
  "100000000000000000000 + 1": precision,
  "1 - 0.9": precision,
  "-0": precision,
  "9007199254740993": precision,
  "1.7976931348623157e309": precision,
  "12345.678901234567891": precision,
  "tostring(1/3)": precision,
  '"${1/3}"': precision,
  'format("%v", 1/3)': precision,
  "tolist([1]) == [1]": types,
  'tolist(["a"]) == ["a"]': types,
  'tomap({a="b"}) == {a="b"}': types,
  'coalescelist([], [1, "a"])': types,
  'element(["a","b"], -1)': crash,
  'element(["a","b"], -3)': crash,
  'lookup(tomap({a="x"}), "b", 5)': types,
  "tostring(12345678901234567890)": precision,
  "tostring(-0)": precision,
  'try(1/0, "div")': strict,
  'textencodebase64("日本", "Shift_JIS")': "only encodings with one byte for a character, UTF-8 and UTF-16 are known",
  "jsonencode(12345678901234567890)": precision,
  "jsonencode(1/3)": precision,
  'jsonencode("\\b\\f")': lenient,
  'jsondecode("12345678901234567890")': precision,
  "yamlencode({a=12345678901234567890})": precision,
  'yamldecode("a: 12345678901234567890")': precision,
  'base64gzip("")': "Go's compressor makes other bytes; unpacked they are the same",
  'cidrhost("::ffff:10.0.0.0/104", 1)': strict,
  'cidrsubnet("10.0.0.0/8", 8, -1)': strict,
  'cidrsubnet("10.0.0.0/8", -1, 0)': strict,
  "[[1,2]].0.1": lenient,
  "1.e5": strict,
  'concat(tolist([1]), tolist(["a"]))': types,
  'concat(tolist(["a"]), tolist([1]))': types,
  "ceil(1.1 * 1.1 * 100)": precision,
  'yamlencode({a="\\u2028"})': strict,
  'yamldecode("a: !!int \\"3\\"")': strict,
  'yamldecode("a: !!set {x, y}")': strict,
  'yamldecode("<<: [{x: 1},{x: 2, z: 3}]\\ny: 2")': strict,
  'yamldecode("a: 2020-01-01 10:00:00 +2")': strict,
  'format("%05.1f", -2.55)': precision,
};

const scope: Scope = {
  name(name) {
    throw new ExpressionError("expression-name", `nothing is called "${name}" here`);
  },
};

function answer(template: string): Json {
  try {
    return layBare(evaluate(parseTemplate(template), scope)).plain as Json;
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

describe("the edges of the language, as Terraform answers", () => {
  test.each(edges.map(([expression, text]) => [expression, text] as const))("%j", (expression, text) => {
    const ours = answer(`\${jsonencode([\n${expression}\n])}`);
    if (differences[expression] === undefined) expect(ours).toBe(text);
    else expect(ours, "it agrees: take it off the list").not.toBe(text);
  });

  test.each(templates.map(([template, value]) => [template, value] as const))("template %j", (template, value) => {
    expect(answer(template)).toEqual(value);
  });

  test("every difference is one of a known expression", () => {
    const known = new Set(edges.map(([expression]) => expression));
    expect(Object.keys(differences).filter((expression) => !known.has(expression))).toEqual([]);
  });
});
