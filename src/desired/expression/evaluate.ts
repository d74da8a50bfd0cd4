import { Unknown } from "../../model/desired.ts";
import { assertNever } from "../../model/json.ts";
import { ambientCall } from "./ambient.ts";
import { callFunction } from "./call.ts";
import { operate } from "./operators.ts";
import { define } from "./own-property.ts";
import { parseTemplate } from "./parse.ts";
import { isReference, type Reference, type Scope } from "./scope.ts";
import { isSet, setOf } from "./sets.ts";
import type { BinaryOperator, Expression, ForExpression } from "./syntax.ts";
import { ExpressionError } from "./syntax.ts";
import { unified } from "./unify.ts";
import type { Bare, Plain, Value } from "./value.ts";
import {
  describeType,
  isList,
  isObject,
  layBare,
  lift,
  mark,
  pairsOf,
  pending,
  Sensitive,
  toBool,
  toNumber,
  toText,
} from "./value.ts";

type Result = Reference | Value;

/** Evaluates to a value. Errors are ExpressionErrors; marks and unknowns of the operands travel into the result. */
export function evaluate(expression: Expression, scope: Scope): Value {
  const result = run(expression, scope);
  return isReference(result) ? result.value() : result;
}

function run(expression: Expression, scope: Scope): Result {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "template":
      return template(expression.parts, scope);
    case "name":
      return scope.name(expression.name);
    case "splat-item":
      return scope.name("*");
    case "get":
      return get(run(expression.target, scope), evaluate(expression.key, scope));
    case "splat":
      return splat(expression, scope);
    case "call":
      return call(expression, scope);
    case "unary":
      return unary(expression.operator, evaluate(expression.operand, scope));
    case "binary":
      return binary(expression.operator, expression.left, expression.right, scope);
    case "conditional":
      return conditional(expression, scope);
    case "tuple":
      return expression.items.map((item) => evaluate(item, scope));
    case "object":
      return object(expression.entries, scope);
    case "for":
      return loop(expression, scope);
    default:
      return assertNever(expression);
  }
}

function template(parts: readonly Expression[], scope: Scope): Value {
  return lift(
    parts.map((part) => evaluate(part, scope)),
    (...plain) => plain.map(templateText).join(""),
  );
}

function templateText(value: Plain): string {
  if (value === null) throw new ExpressionError("expression-null", "a null value cannot stand inside a string");
  return toText(value);
}

/** `target.key` and `target[key]`. */
export function get(target: Result, key: Value): Result {
  const bareKey = layBare(key);
  if (bareKey.needs !== null) return pending(bareKey, layBare(isReference(target) ? null : target));
  const step = bareKey.plain;
  if (typeof step !== "string" && typeof step !== "number") {
    throw new ExpressionError("expression-type", `${describeType(step)} cannot be an index`);
  }
  try {
    if (isReference(target)) return target.step(step);
    if (target instanceof Unknown) return mark(target, bareKey.sensitive);
    if (target instanceof Sensitive) return mark(child(target.value, step), true);
    return mark(child(target, step), bareKey.sensitive);
  } catch (error) {
    if (!bareKey.sensitive || !(error instanceof ExpressionError)) throw error;
    throw new ExpressionError(error.code, "there is nothing at this (sensitive) index");
  }
}

function child(target: Value, step: string | number): Value {
  if (isSet(target))
    throw new ExpressionError("expression-type", "a set has no indexes: turn it into a list by tolist()");
  if (isList(target)) {
    const index = Number(step);
    const found = Number.isInteger(index) && index >= 0 ? target[index] : undefined;
    if (found === undefined) {
      throw new ExpressionError("expression-index", `index ${step} is outside a list of ${target.length}`);
    }
    return found;
  }
  if (isObject(target)) {
    const found = Object.hasOwn(target, step) ? target[step] : undefined;
    if (found === undefined) throw new ExpressionError("expression-attribute", `there is no attribute "${step}"`);
    return found;
  }
  throw new ExpressionError("expression-type", `${describeType(target)} has no attribute or index "${step}"`);
}

function splat(expression: { target: Expression; rest: Expression }, scope: Scope): Value {
  const target = run(expression.target, scope);
  const each = (item: Result): Value => evaluate(expression.rest, { name: (n) => (n === "*" ? item : scope.name(n)) });
  if (isReference(target)) {
    const elements = target.elements();
    if (elements !== null) return elements.map(each);
    const value = each(target);
    return [value];
  }
  if (target === null) return [];
  if (target instanceof Unknown) return target;
  const inner = target instanceof Sensitive ? target.value : target;
  return mark((isList(inner) ? inner : [inner]).map(each), target instanceof Sensitive);
}

function call(expression: { name: string; args: readonly Expression[]; expand: boolean }, scope: Scope): Value {
  // The two that look at errors must see their arguments unevaluated.
  if (expression.name === "try" || expression.name === "can") return attempt(expression, scope);
  const args = (): Value[] => expression.args.map((arg) => evaluate(arg, scope));
  const ambient = ambientCall(expression, args, scope, (text, inner) => evaluate(parseTemplate(text), inner));
  if (ambient !== undefined) return ambient;
  return callFunction(expression.name, args, expression.expand);
}

function attempt(expression: { name: string; args: readonly Expression[] }, scope: Scope): Value {
  let failure: unknown = new ExpressionError("expression-arguments", "try() needs an argument");
  for (const arg of expression.args) {
    try {
      const value = evaluate(arg, scope);
      if (expression.name === "try") return value;
      return value instanceof Unknown ? value : true;
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      if (expression.name === "can") return false;
      failure = error;
    }
  }
  throw failure;
}

function unary(operator: "!" | "-", operand: Value): Value {
  return lift([operand], (plain) => (operator === "!" ? !toBool(plain) : -toNumber(plain)));
}

function binary(operator: BinaryOperator, left: Expression, right: Expression, scope: Scope): Value {
  return lift([evaluate(left, scope), evaluate(right, scope)], (a = null, b = null) => operate(operator, a, b));
}

function conditional(expression: { condition: Expression; yes: Expression; no: Expression }, scope: Scope): Value {
  const condition = layBare(evaluate(expression.condition, scope));
  if (condition.needs !== null) return pending(condition);
  const isYes = toBool(condition.plain);
  const side = isYes ? expression.yes : expression.no;
  const chosen = evaluate(side, scope);
  const other = orNull(isYes ? expression.no : expression.yes, scope);
  const both = unified([chosen, other]);
  if (both === null) {
    throw new ExpressionError("expression-type", "the two results of a conditional must be of types that fit together");
  }
  const [value = null] = both;
  return mark(isTuple(side) && isPlainList(value) && isSetValue(other) ? setOf(value) : value, condition.sensitive);
}

/** Beside a set a tuple becomes one, and a list stays a list (Terraform's conversions); our lists do not tell which they are. */
function isTuple(expression: Expression): boolean {
  return expression.type === "tuple" || expression.type === "splat" || (expression.type === "for" && !expression.key);
}

function isPlainList(value: Value): value is readonly Value[] {
  return isList(value) && !isSet(value);
}

function isSetValue(value: Value): boolean {
  const inner = value instanceof Sensitive ? value.value : value;
  return isList(inner) && isSet(inner);
}

/** What was not chosen decides over the type alone; that it fails says nothing. */
function orNull(expression: Expression, scope: Scope): Value {
  try {
    return evaluate(expression, scope);
  } catch (error) {
    if (error instanceof ExpressionError) return null;
    throw error;
  }
}

function object(entries: readonly (readonly [Expression, Expression])[], scope: Scope): Value {
  const out: Record<string, Value> = {};
  const keys: Bare[] = [];
  for (const [keyExpression, valueExpression] of entries) {
    const key = layBare(evaluate(keyExpression, scope));
    keys.push(key);
    const value = evaluate(valueExpression, scope);
    if (key.needs === null) define(out, toText(key.plain), value);
  }
  if (keys.some((k) => k.needs !== null)) return pending(...keys);
  return mark(
    out,
    keys.some((k) => k.sensitive),
  );
}

function loop(expression: ForExpression, scope: Scope): Value {
  const collection = evaluate(expression.collection, scope);
  if (collection instanceof Unknown) return collection;
  const inner = collection instanceof Sensitive ? collection.value : collection;
  if (!isList(inner) && !isObject(inner)) {
    throw new ExpressionError("expression-type", `for needs a list or an object, found ${describeType(inner)}`);
  }
  const rows: { key: Bare | null; value: Value }[] = [];
  const deciders: Bare[] = [];
  for (const [k, v] of pairsOf(inner)) {
    const name = (n: string): Result => (n === expression.valueName ? v : n === expression.keyName ? k : scope.name(n));
    if (expression.condition !== null) {
      const keep = layBare(evaluate(expression.condition, { name }));
      deciders.push(keep);
      if (keep.needs === null && !toBool(keep.plain)) continue;
    }
    const key = expression.key === null ? null : layBare(evaluate(expression.key, { name }));
    if (key !== null) deciders.push(key);
    rows.push({ key, value: evaluate(expression.value, { name }) });
  }
  if (deciders.some((d) => d.needs !== null)) return pending(...deciders);
  const sensitive = collection instanceof Sensitive || deciders.some((d) => d.sensitive);
  if (expression.join) {
    return mark(
      lift(
        rows.map((r) => r.value),
        (...plain) => plain.map(templateText).join(""),
      ),
      sensitive,
    );
  }
  if (expression.key === null) {
    return mark(
      rows.map((r) => r.value),
      sensitive,
    );
  }
  return mark(collect(rows, expression.group), sensitive);
}

function collect(rows: readonly { key: Bare | null; value: Value }[], group: boolean): Value {
  const out: Record<string, Value> = {};
  for (const row of rows) {
    const key = toText(row.key?.plain ?? null);
    const former = Object.hasOwn(out, key) ? out[key] : undefined;
    if (!group && former !== undefined) {
      throw new ExpressionError("expression-key", "two elements of a for expression have the same key");
    }
    define(out, key, group ? [...(isList(former ?? null) ? (former as readonly Value[]) : []), row.value] : row.value);
  }
  return out;
}
