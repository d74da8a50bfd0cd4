import { createRequire } from "node:module";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseTemplate } from "../../src/desired/expression/parse.ts";
import { type Expression, ExpressionError } from "../../src/desired/expression/syntax.ts";

// Its types bring the DOM's into every file.
const require = createRequire(import.meta.url);
const { getExpressionAst } = require("@cdktf/hcl2json") as {
  getExpressionAst(file: string, expression: string): Promise<unknown>;
};

/**
 * HashiCorp's own parser (HCL compiled to wasm) reads a generated corpus: both must see the same tree, and take and
 * refuse the same texts.
 */
interface OracleNode {
  readonly type: string;
  readonly children: readonly OracleNode[];
  readonly meta?: {
    readonly value?: string;
    readonly type?: string;
    readonly operator?: string;
    readonly name?: string;
    readonly expandedFinalArgument?: boolean;
    readonly keyVar?: string;
    readonly valVar?: string;
    readonly groupedValue?: boolean;
    readonly traversal?: readonly { readonly type: string; readonly segment: string }[];
  };
}

const operators: Readonly<Record<string, string>> = {
  add: "+",
  subtract: "-",
  multiply: "*",
  divide: "/",
  modulo: "%",
  equal: "==",
  notEqual: "!=",
  lessThan: "<",
  lessThanOrEqual: "<=",
  greaterThan: ">",
  greaterThanOrEqual: ">=",
  logicalAnd: "&&",
  logicalOr: "||",
  and: "&&",
  or: "||",
  negate: "-",
  logicalNot: "!",
  not: "!",
};

function theirs(node: OracleNode): string {
  const { type, meta = {} } = node;
  const children = node.children.map(theirs);
  const steps = (target: string): string =>
    (meta.traversal ?? []).reduce(
      (at, step) => (at === "" ? step.segment : `(get ${at} ${step.segment.replace(/^"|"$/g, "")})`),
      target,
    );
  switch (type) {
    case "templateWrap":
    case "templateJoin":
      return children[0] ?? "?";
    case "template":
      return textOf(children);
    case "literalValue":
      if (meta.type === "number") return String(Number(meta.value));
      return meta.type === "string" ? JSON.stringify(unescaped(meta.value ?? "")) : String(meta.value);
    case "scopeTraversal":
      return steps("");
    case "relativeTraversal":
      return steps(children[0] ?? "");
    case "index":
      return `(get ${children[0]} ${bare(children[1] ?? "")})`;
    case "splat":
      return `(splat ${children[0]} ${children[1] === "" ? "*" : children[1]})`;
    case "binaryOp":
      return `(${operators[meta.operator ?? ""] ?? meta.operator} ${children.join(" ")})`;
    case "unaryOp":
      return `(${operators[meta.operator ?? ""] ?? meta.operator} ${children.join(" ")})`;
    case "conditional":
      return `(? ${children.join(" ")})`;
    case "tuple":
      return `[${children.join(" ")}]`;
    case "object":
      return `{${children.filter((_, i) => i % 2 === 1).join(" ")}}`;
    case "function":
      return `(${meta.name}${meta.expandedFinalArgument ? "..." : ""} ${children.join(" ")})`;
    case "for":
      return `(for ${meta.keyVar ?? ""} ${meta.valVar} ${meta.groupedValue} ${children.join(" ")})`;
    // Parentheses, or the element of a splat.
    case "":
      return children[0] ?? "*";
    default:
      return `<${type}>`;
  }
}

/** The oracle gives text as it was written. */
function unescaped(source: string): string {
  // A heredoc's text has its line breaks, and no escapes of its own.
  return (JSON.parse(`"${source.replaceAll("\n", "\\n")}"`) as string)
    .replaceAll("$${", () => "${")
    .replaceAll("%%{", "%{");
}

function bare(text: string): string {
  return text.startsWith('"') ? (JSON.parse(text) as string) : text;
}

/** A template of nothing but text is its text. */
function textOf(parts: readonly string[]): string {
  // One directive by itself.
  if (parts.length === 1) return parts[0]!;
  if (parts.every((part) => part.startsWith('"'))) return JSON.stringify(parts.map(bare).join(""));
  return `(text ${parts.join(" ")})`;
}

function ours(node: Expression): string {
  switch (node.type) {
    case "literal":
      return typeof node.value === "string" ? JSON.stringify(node.value) : String(node.value);
    case "template":
      // A quoted interpolation by itself is a template to us, and wrapped to HCL.
      return node.parts.length === 1 ? ours(node.parts[0]!) : textOf(node.parts.map(ours));
    case "name":
      return node.name;
    case "splat-item":
      return "*";
    case "get":
      return `(get ${ours(node.target)} ${bare(ours(node.key))})`;
    case "splat":
      return `(splat ${ours(node.target)} ${ours(node.rest)})`;
    case "call":
      return `(${node.name}${node.expand ? "..." : ""} ${node.args.map(ours).join(" ")})`;
    case "unary":
      return `(${node.operator} ${ours(node.operand)})`;
    case "binary":
      return `(${node.operator} ${ours(node.left)} ${ours(node.right)})`;
    case "conditional":
      return `(? ${ours(node.condition)} ${ours(node.yes)} ${ours(node.no)})`;
    case "tuple":
      return `[${node.items.map(ours).join(" ")}]`;
    case "object":
      return `{${node.entries.map(([, value]) => ours(value)).join(" ")}}`;
    case "for": {
      const parts = [node.collection, node.key, node.value, node.condition].filter((part) => part !== null);
      return `(for ${node.keyName ?? ""} ${node.valueName} ${node.group} ${parts.map(ours).join(" ")})`;
    }
  }
}

const name = fc.constantFrom("a", "b1", "local", "var", "each", "kubernetes_pod_v1", "with-dash");
const quoted = fc.constantFrom(
  "x",
  "",
  "a b",
  "\\n",
  '\\"',
  "$${no}",
  "%%{no}",
  "\\u00e9",
  "$",
  "%",
  "{}",
  "\\\\",
  "# no",
  "//",
);

const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(
      name,
      fc.integer({ min: 0, max: 999 }).map(String),
      fc.constantFrom("true", "false", "null", "1.5", "0.25", "1e3"),
      quoted.map((text) => `"${text}"`),
    ),
    fc.tuple(name, name).map(([a, b]) => `${a}.${b}`),
    fc.tuple(name, fc.nat(9)).map(([a, i]) => `${a}[${i}]`),
    fc.tuple(name, quoted).map(([a, key]) => `${a}["k${key.replace(/[$%\\"{}]/g, "")}"]`),
    fc.tuple(name, tie("expression")).map(([a, key]) => `${a}[${key} + 1]`),
    fc.tuple(name, name).map(([a, b]) => `${a}[*].${b}`),
    fc.tuple(name, name, name).map(([a, b, c]) => `${a}.${b}[*].${c}[0]`),
    fc
      .tuple(
        tie("expression"),
        fc.constantFrom("+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"),
        tie("expression"),
      )
      .map(([l, op, r]) => `${l} ${op} ${r}`),
    fc.tuple(fc.constantFrom("!", "-"), tie("expression")).map(([op, e]) => `${op}(${e})`),
    tie("expression").map((e) => `(${e})`),
    fc.tuple(tie("expression"), tie("expression"), tie("expression")).map(([c, y, n]) => `(${c}) ? (${y}) : (${n})`),
    fc.array(tie("expression"), { maxLength: 3 }).map((items) => `[${items.join(", ")}]`),
    fc
      .array(fc.tuple(name, tie("expression")), { maxLength: 3 })
      .map((e) => `{ ${e.map(([k, v]) => `${k} = ${v}`).join(", ")} }`),
    fc
      .tuple(name, fc.array(tie("expression"), { maxLength: 3 }))
      .map(([f, args]) => `${f.replace("-", "_")}(${args.join(", ")})`),
    tie("expression").map((e) => `f(${e}...)`),
    fc.tuple(tie("expression"), tie("expression")).map(([c, v]) => `[for v in ${c} : ${v}]`),
    fc
      .tuple(tie("expression"), tie("expression"), tie("expression"))
      .map(([c, v, i]) => `[for k, v in ${c} : ${v} if ${i}]`),
    fc
      .tuple(tie("expression"), tie("expression"), fc.boolean())
      .map(([c, v, g]) => `{for k, v in ${c} : k => ${v}${g ? "..." : ""}}`),
    fc.tuple(quoted, tie("expression"), quoted).map(([a, e, b]) => `"${a}\${${e}}${b}"`),
  ),
}));

const word = fc.constantFrom("x", "a b", "", "  y ", "$ ", "% ", "$${no}", "%%{no}", "# no");

/** What the corpus above lacks: directives, heredocs, comments, expressions over several lines, old indexes. */
const { form } = fc.letrec<{ form: string; inner: string }>((tie) => ({
  inner: fc.oneof(
    { maxDepth: 3 },
    word,
    tie("form"),
    fc.tuple(word, tie("form")).map(([w, f]) => w + f),
  ),
  form: fc.oneof(
    { maxDepth: 3 },
    expression.map((e) => `\${${e}}`),
    fc.tuple(expression, tie("inner"), tie("inner")).map(([c, y, n]) => `%{ if ${c} }${y}%{ else }${n}%{ endif }`),
    fc.tuple(expression, tie("inner")).map(([c, y]) => `%{if ${c}~}${y}%{~endif}`),
    fc.tuple(expression, tie("inner")).map(([c, v]) => `%{ for k, v in ${c} }${v}%{ endfor }`),
    fc.tuple(expression, tie("inner")).map(([c, v]) => `%{ for v in ${c} ~}${v}%{ endfor ~}`),
    fc.tuple(expression, expression).map(([a, b]) => `\${[\n${a}, # one, two\n${b} // three\n]}`),
    fc.tuple(expression, expression).map(([a, b]) => `\${{\n a = ${a}\n /* c */ b = ${b}\n}}`),
    fc.tuple(expression, expression).map(([a, b]) => `\${(${a}\n== /* x */ ${b})}`),
    fc.tuple(expression, expression).map(([a, b]) => `\${f(\n${a},\n${b},\n)}`),
    fc.tuple(name, fc.nat(9), name).map(([a, i, b]) => `\${${a}.${i}.${b}}`),
    fc.tuple(name, name, fc.nat(9)).map(([a, b, i]) => `\${${a}.*.${b}[${i}]}`),
    fc.tuple(name, name).map(([a, b]) => `\${${a}[*]["${b}"].c}`),
    fc
      .tuple(fc.constantFrom("", "-"), word, expression, word)
      .map(([dash, a, e, b]) => `\${<<${dash}EOT\n  ${a}\n%{ if ${e} }${b}\n  %{ endif }\${${e}}\n  EOT\n}`),
    // One inside the other, both ended by the same word.
    fc
      .tuple(fc.constantFrom("", "-"), word, tie("inner"), name)
      .map(([dash, a, v, n]) => `\${<<${dash}EOT\n ${a}\n\${${n}(<<EOT\n${v}\nEOT\n)}${a}\nEOT\n}`),
  ),
}));

/** The oracle tells text before `~` and indentation are taken from it; the golden answers look at those. */
function withoutBlanks(tree: string | null): string | null {
  return tree?.replaceAll(/\\n|\s/g, "").replaceAll('""', "") ?? null;
}

/** null where it is refused. */
async function oracle(text: string): Promise<string | null> {
  try {
    return theirs((await getExpressionAst("x.tf", text)) as OracleNode);
  } catch {
    return null;
  }
}

function own(text: string): string | null {
  try {
    return ours(parseTemplate(text));
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

const CORPUS = 3000;

describe("the parser of Terraform itself", { timeout: 120_000 }, () => {
  test(`sees the same trees in ${CORPUS} expressions`, async () => {
    const corpus = fc.sample(expression, { numRuns: CORPUS, seed: 20261121 });
    const apart: [string, string | null, string | null][] = [];
    let accepted = 0;
    for (const text of corpus) {
      const [a, b] = [own(`\${${text}}`), await oracle(`"\${${text}}"`)];
      if (b !== null) accepted++;
      if (a !== b) apart.push([text, a, b]);
    }
    expect(apart.slice(0, 10)).toEqual([]);
    expect(accepted).toBeGreaterThan(CORPUS * 0.9);
  });

  test("sees the same directives, heredocs and comments", async () => {
    const corpus = fc.sample(form, { numRuns: 1500, seed: 11 });
    const apart: [string, string | null, string | null][] = [];
    let accepted = 0;
    for (const text of corpus) {
      const [a, b] = [withoutBlanks(own(text)), withoutBlanks(await oracle(`"${text}"`))];
      if (b !== null) accepted++;
      if (a !== b) apart.push([text, a, b]);
    }
    expect(apart.slice(0, 10)).toEqual([]);
    expect(accepted).toBeGreaterThan(1500 * 0.8);
  });

  test("takes and refuses the same texts when a character is missing", async () => {
    const corpus = fc.sample(fc.tuple(expression, fc.nat()), { numRuns: 1000, seed: 7 });
    const apart: string[] = [];
    let refused = 0;
    for (const [text, at] of corpus) {
      const cut = at % Math.max(1, text.length);
      const broken = text.slice(0, cut) + text.slice(cut + 1);
      const [a, b] = [own(`\${${broken}}`), await oracle(`"\${${broken}}"`)];
      if (b === null) refused++;
      if ((a === null) !== (b === null)) apart.push(`${b === null ? "refused" : "taken"} by HCL: ${broken}`);
    }
    expect(apart.slice(0, 20)).toEqual([]);
    expect(refused).toBeGreaterThan(100);
  });
});
