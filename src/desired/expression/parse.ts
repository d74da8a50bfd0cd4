import type { Scanner } from "./scanner.ts";
import type { BinaryOperator, Expression } from "./syntax.ts";
import type { ForHead, Grammar } from "./template.ts";
import { parseHeredoc, parseQuoted, parseWholeTemplate, templateAsExpression } from "./template.ts";
import { finite } from "./value.ts";

const grammar: Grammar = { expression: parseAt, forHead: parseForHead };

/** Weakest first (HCL specification, "Operator precedence"). */
const precedence: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!="],
  ["<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "/", "%"],
];

/**
 * Parses a string of Terraform JSON, which is a template (Terraform JSON syntax, "Expression Mapping"). A string that
 * is one single interpolation keeps the type of its value.
 */
export function parseTemplate(text: string): Expression {
  return parseWholeTemplate(text, grammar);
}

/**
 * The text of an expression that gives what `template` gives: the inside of a single `${ }`, else a quoted string. So
 * a template can be put into a larger expression.
 */
export function asExpressionText(template: string): string {
  return templateAsExpression(template, grammar);
}

/** Parses the expression that starts at the scanner and leaves the scanner behind it. */
function parseAt(scanner: Scanner): Expression {
  const condition = binary(scanner, 0);
  if (!scanner.take("?")) return condition;
  const yes = parseAt(scanner);
  scanner.expect(":");
  return { type: "conditional", condition, yes, no: parseAt(scanner) };
}

function binary(scanner: Scanner, level: number): Expression {
  const operators = precedence[level];
  if (operators === undefined) return unary(scanner);
  let left = binary(scanner, level + 1);
  for (;;) {
    const next = scanner.peek();
    const operator = operators.find((o) => o === next);
    if (operator === undefined) return left;
    scanner.take(operator);
    left = { type: "binary", operator, left, right: binary(scanner, level + 1) };
  }
}

function unary(scanner: Scanner): Expression {
  if (scanner.take("!")) return { type: "unary", operator: "!", operand: unary(scanner) };
  if (scanner.take("-")) return { type: "unary", operator: "-", operand: unary(scanner) };
  return steps(scanner, primary(scanner));
}

/** The `.a`, `[b]`, `.*` and `[*]` behind an operand. */
function steps(scanner: Scanner, start: Expression): Expression {
  let target = start;
  for (;;) {
    const next = scanner.peek();
    if (next === "." && !scanner.text.startsWith("...", scanner.at)) {
      scanner.take(".");
      target = scanner.take("*")
        ? { type: "splat", target, rest: attributes(scanner) }
        : { type: "get", target, key: { type: "literal", value: attributeName(scanner) } };
    } else if (next === "[") {
      scanner.take("[");
      if (scanner.take("*")) {
        scanner.expect("]");
        return { type: "splat", target, rest: steps(scanner, { type: "splat-item" }) };
      }
      const key = parseAt(scanner);
      scanner.expect("]");
      target = { type: "get", target, key };
    } else return target;
  }
}

/** Behind `.*` only attributes belong to each element; an index applies to the whole result. */
function attributes(scanner: Scanner): Expression {
  let item: Expression = { type: "splat-item" };
  while (scanner.peek() === ".") {
    scanner.take(".");
    item = { type: "get", target: item, key: { type: "literal", value: attributeName(scanner) } };
  }
  return item;
}

const digits = /\d+/y;

function attributeName(scanner: Scanner): string | number {
  const name = scanner.identifier();
  if (name !== null) return name;
  // `list.0`: the old form of an index; `list.0.1` must not be read as a decimal number.
  const index = scanner.match(digits);
  if (index !== null) return Number(index);
  throw scanner.unexpected("expected an attribute name");
}

function primary(scanner: Scanner): Expression {
  const digitsText = scanner.number();
  if (digitsText !== null) return { type: "literal", value: finite(Number(digitsText)) };
  const next = scanner.peek();
  if (next === "(") {
    scanner.take("(");
    const inner = parseAt(scanner);
    scanner.expect(")");
    return inner;
  }
  if (next === '"') return parseQuoted(scanner, grammar);
  if (next === "<" && scanner.text.startsWith("<<", scanner.at)) return parseHeredoc(scanner, grammar);
  if (next === "[") return tuple(scanner);
  if (next === "{") return object(scanner);
  return named(scanner);
}

function named(scanner: Scanner): Expression {
  let name = scanner.identifier();
  if (name === null) throw scanner.unexpected("expected an expression");
  if (name === "true" || name === "false") return { type: "literal", value: name === "true" };
  if (name === "null") return { type: "literal", value: null };
  // provider::name::function
  while (scanner.text.startsWith("::", scanner.at)) {
    scanner.at += 2;
    name += `::${scanner.identifier() ?? ""}`;
  }
  if (!scanner.take("(")) return { type: "name", name };
  // Terraform's own functions have a namespace as those of providers have.
  name = name.replace(/^core::/, "");
  const args: Expression[] = [];
  let expand = false;
  while (!scanner.take(")")) {
    args.push(parseAt(scanner));
    if (scanner.take("...")) expand = true;
    if (!scanner.take(",") && scanner.peek() !== ")") throw scanner.unexpected(`expected "," or ")" in ${name}()`);
  }
  return { type: "call", name, args, expand };
}

function tuple(scanner: Scanner): Expression {
  scanner.expect("[");
  if (scanner.keyword("for")) return forExpression(scanner, "]");
  const items: Expression[] = [];
  while (!scanner.take("]")) {
    items.push(parseAt(scanner));
    if (!scanner.take(",") && scanner.peek() !== "]") throw scanner.unexpected('expected "," or "]"');
  }
  return { type: "tuple", items };
}

function object(scanner: Scanner): Expression {
  scanner.expect("{");
  if (scanner.keyword("for")) return forExpression(scanner, "}");
  const entries: [Expression, Expression][] = [];
  while (!scanner.take("}")) {
    const key = objectKey(scanner);
    if (!scanner.take("=") && !scanner.take(":")) throw scanner.unexpected('expected "=" in an object');
    entries.push([key, parseAt(scanner)]);
    if (!scanner.take(",") && scanner.peek() !== "}" && !scanner.afterNewline())
      throw scanner.unexpected("expected a comma or a new line between the entries of an object");
  }
  return { type: "object", entries };
}

/** A bare word is the key itself; anything longer, or in brackets, is an expression. */
function objectKey(scanner: Scanner): Expression {
  const start = scanner.at;
  const word = scanner.identifier();
  if (word !== null) {
    const next = scanner.peek();
    if (next === "=" || next === ":") return { type: "literal", value: word };
    scanner.at = start;
  }
  return binary(scanner, 0);
}

function forExpression(scanner: Scanner, end: "]" | "}"): Expression {
  const head = parseForHead(scanner);
  scanner.expect(":");
  let value = parseAt(scanner);
  let key: Expression | null = null;
  let group = false;
  if (end === "}") {
    scanner.expect("=>");
    key = value;
    value = parseAt(scanner);
    group = scanner.take("...");
  }
  const condition = scanner.keyword("if") ? parseAt(scanner) : null;
  scanner.expect(end);
  return { type: "for", ...head, key, value, group, condition, join: false };
}

/** `k, v in collection`, behind the word `for`. */
function parseForHead(scanner: Scanner): ForHead {
  const first = scanner.identifier();
  if (first === null) throw scanner.unexpected("expected a name after for");
  const second = scanner.take(",") ? scanner.identifier() : null;
  if (!scanner.keyword("in")) throw scanner.unexpected('expected "in"');
  return {
    keyName: second === null ? null : first,
    valueName: second ?? first,
    collection: parseAt(scanner),
  };
}
