import type { Json } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { define } from "./expression/own-property.ts";
import { parseTemplate } from "./expression/parse.ts";
import { setOf } from "./expression/sets.ts";
import type { Expression } from "./expression/syntax.ts";
import { ExpressionError } from "./expression/syntax.ts";
import { unified } from "./expression/unify.ts";
import type { Plain, Value } from "./expression/value.ts";
import { toBool, toNumber, toPlainList, toText } from "./expression/value.ts";

/**
 * A value in the form of a type constraint (Terraform language, "Type Constraints"): objects lose what the type does not
 * name and get the defaults of optional attributes. Throws ExpressionErrors that name the place, never the value.
 */
export function constrained(value: Json, constraint: string): Value {
  return converted(value, parseTemplate(`\${${constraint}}`));
}

function converted(value: Json, type: Expression): Value {
  if (value === null) return null;
  if (type.type === "name") return ofName(value, type.name);
  if (type.type !== "call") throw unknownType();
  const [inner] = type.args;
  switch (type.name) {
    case "list":
    case "set":
    case "map":
      if (inner === undefined) throw unknownType();
      return type.name === "map" ? mapOf(value, inner) : listOf(value, inner, type.name === "set");
    case "tuple":
      return tupleOf(value, inner?.type === "tuple" ? inner.items : []);
    case "object":
      return objectOf(value, inner?.type === "object" ? inner.entries : []);
    default:
      throw unknownType();
  }
}

function ofName(value: Json, name: string): Value {
  switch (name) {
    case "any":
      return value;
    case "string":
      return toText(value as Plain);
    case "number":
      return toNumber(value as Plain);
    case "bool":
      return toBool(value as Plain);
    // Without the type of their elements: an old form.
    case "list":
    case "set":
      return listOf(value, { type: "name", name: "any" }, name === "set");
    case "map":
      return mapOf(value, { type: "name", name: "any" });
    default:
      throw unknownType();
  }
}

function listOf(value: Json, inner: Expression, isSet: boolean): Value {
  const items = toPlainList(value as Plain).map((item, i) => at(i, () => converted(item as Json, inner)));
  const alike = isAny(inner) ? oneType(items) : items;
  return isSet ? setOf(alike) : alike;
}

function mapOf(value: Json, inner: Expression): Value {
  if (!isJsonObject(value)) throw new ExpressionError("variable-type", "expected a map");
  const keys = Object.keys(value);
  const items = keys.map((key) => at(key, () => converted(value[key] ?? null, inner)));
  const alike = isAny(inner) ? oneType(items) : items;
  const out: Record<string, Value> = {};
  for (const [i, key] of keys.entries()) define<Value>(out, key, alike[i] ?? null);
  return out;
}

function tupleOf(value: Json, types: readonly Expression[]): Value {
  const items = toPlainList(value as Plain);
  if (items.length !== types.length) throw new ExpressionError("variable-type", `expected ${types.length} elements`);
  return items.map((item, i) => at(i, () => converted(item as Json, types[i]!)));
}

function objectOf(value: Json, entries: readonly (readonly [Expression, Expression])[]): Value {
  if (!isJsonObject(value)) throw new ExpressionError("variable-type", "expected an object");
  const out: Record<string, Value> = {};
  for (const [key, type] of entries) {
    if (key.type !== "literal") throw unknownType();
    const name = String(key.value);
    const given = Object.hasOwn(value, name) ? value[name] : undefined;
    define<Value>(
      out,
      name,
      at(name, () => attribute(given, type)),
    );
  }
  return out;
}

function attribute(given: Json | undefined, type: Expression): Value {
  if (type.type !== "call" || type.name !== "optional") {
    if (given === undefined) throw new ExpressionError("variable-type", "it is required");
    return converted(given, type);
  }
  const [inner, fallback] = type.args;
  if (inner === undefined) throw unknownType();
  const value = given ?? (fallback === undefined ? null : literal(fallback));
  return converted(value, inner);
}

/** A default is a value by itself: there is nothing that it could refer to. */
function literal(expression: Expression): Json {
  switch (expression.type) {
    case "literal":
      return expression.value;
    case "unary":
      return -toNumber(literal(expression.operand) as Plain);
    case "template":
      return expression.parts.map((part) => toText(literal(part) as Plain)).join("");
    case "tuple":
      return expression.items.map(literal);
    case "object":
      return Object.fromEntries(expression.entries.map(([k, v]) => [String(literal(k)), literal(v)]));
    default:
      throw new ExpressionError("variable-type", "the default of an optional attribute must be a plain value");
  }
}

function isAny(type: Expression): boolean {
  return type.type === "name" && type.name === "any";
}

function oneType(items: readonly Value[]): Value[] {
  const alike = unified(items);
  if (alike === null) throw new ExpressionError("variable-type", "the elements must be of one type");
  return alike;
}

function at<T>(step: string | number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    throw new ExpressionError(error.code, `${step}: ${error.message}`, error.remedy);
  }
}

function unknownType(): ExpressionError {
  return new ExpressionError("variable-type", "the type is none that Terraform knows");
}
