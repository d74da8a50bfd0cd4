import type { FieldPath } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Json, JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { evaluate } from "./expression/evaluate.ts";
import { define } from "./expression/own-property.ts";
import { asExpressionText, parseTemplate } from "./expression/parse.ts";
import type { Scope } from "./expression/scope.ts";
import type { Expression } from "./expression/syntax.ts";
import { ExpressionError } from "./expression/syntax.ts";
import type { Value } from "./expression/value.ts";
import { isList, isObject, layBare, pairsOf, Sensitive } from "./expression/value.ts";
import type { Fail } from "./problems.ts";

export interface BodyContext {
  readonly scope: Scope;
  /** Turns expression text into one that also holds outside of a `for_each` or `count` instance; null where none is needed. */
  readonly binding: ((expression: string) => string) | null;
  /** Receives errors, so that one body can report several; null to throw the first. */
  readonly fail: Fail | null;
}

const parsed = new Map<string, Expression>();

function parsedTemplate(text: string): Expression {
  let expression = parsed.get(text);
  if (expression === undefined) {
    expression = parseTemplate(text);
    parsed.set(text, expression);
  }
  return expression;
}

/** True where a string is more than its own text. */
function isTemplate(text: string): boolean {
  return text.includes("${") || text.includes("%{");
}

/**
 * Evaluates every string of a JSON tree as a template. Unknown parts carry the text that gives them again: evaluated
 * later, with more results, it gives the value.
 */
export function evaluateBody(json: Json, context: BodyContext, path: FieldPath): Value {
  return walk(json, context, [...path]);
}

/** `path` is one array for the whole walk: a copy per node would cost more than the rest of it. */
function walk(json: Json, context: BodyContext, path: (string | number)[]): Value {
  if (typeof json === "string") return isTemplate(json) ? evaluateText(json, context, path) : json.normalize();
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map((item, i) => below(item, context, path, i));
  const out: Record<string, Value> = {};
  for (const [key, child] of Object.entries(json)) {
    if (key === "//") continue;
    if (key === "dynamic" && (isJsonObject(child) || Array.isArray(child))) {
      addDynamic(out, child, context, path);
      continue;
    }
    const name = isTemplate(key) ? keyText(key, context, path) : key;
    if (name !== null) define<Value>(out, name, below(child, context, path, name));
  }
  return out;
}

function below(json: Json, context: BodyContext, path: (string | number)[], step: string | number): Value {
  path.push(step);
  const value = walk(json, context, path);
  path.pop();
  return value;
}

function evaluateText(text: string, context: BodyContext, path: FieldPath): Value {
  try {
    return withText(evaluate(parsedTemplate(text), context.scope), text, "", context);
  } catch (error) {
    if (!(error instanceof ExpressionError) || context.fail === null) throw error;
    context.fail(error, [...path]);
    return null;
  }
}

function keyText(key: string, context: BodyContext, path: FieldPath): string | null {
  const bare = layBare(evaluateText(key, context, path));
  if (bare.needs !== null) {
    const error = new ExpressionError("unknown-key", `the key ${key} is known only after apply`);
    if (context.fail === null) throw error;
    context.fail(error, path);
    return null;
  }
  return bare.plain === null ? null : String(bare.plain);
}

/** Gives each unknown below `value` its expression: that of the whole text, and the steps into its result. */
function withText(value: Value, text: string, steps: string, context: BodyContext): Value {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Unknown) {
    if (steps === "" && context.binding === null) return new Unknown(text, value.needs, value.sensitive);
    const whole = asExpressionText(text);
    const bound = context.binding === null ? whole : context.binding(whole);
    return new Unknown(`\${${steps === "" ? bound : `(${bound})${steps}`}}`, value.needs, value.sensitive);
  }
  if (value instanceof Sensitive) {
    const inner = withText(value.value, text, steps, context);
    return inner === value.value ? value : new Sensitive(inner as Sensitive["value"]);
  }
  if (layBare(value).needs === null) return value;
  if (isList(value)) return value.map((item, i) => withText(item, text, `${steps}[${i}]`, context));
  const entries = Object.entries(isObject(value) ? value : {});
  return Object.fromEntries(entries.map(([k, v]) => [k, withText(v, text, `${steps}[${JSON.stringify(k)}]`, context)]));
}

/** `dynamic "port" { for_each, iterator, content }`: one block for each element. */
function addDynamic(out: Record<string, Value>, json: Json, context: BodyContext, path: FieldPath): void {
  const entries = (Array.isArray(json) ? json : [json])
    .filter((v) => isJsonObject(v))
    .flatMap((v) => Object.entries(v));
  for (const [block, bodies] of entries) {
    for (const body of Array.isArray(bodies) ? bodies : [bodies]) {
      if (!isJsonObject(body)) continue;
      const former = out[block];
      const made = dynamicBlocks(block, body, context, [...path, block]);
      out[block] = [...(former === undefined ? [] : isList(former) ? former : [former]), ...made];
    }
  }
}

function dynamicBlocks(block: string, body: JsonObject, context: BodyContext, path: FieldPath): Value[] {
  const collection = evaluateBody(body["for_each"] ?? null, context, path);
  const inner = collection instanceof Sensitive ? collection.value : collection;
  const iterator = typeof body["iterator"] === "string" ? body["iterator"] : block;
  const pairs = isList(inner) || isObject(inner) ? pairsOf(inner) : [];
  if (inner instanceof Unknown) {
    const error = new ExpressionError(
      "unknown-for-each",
      `for_each of the dynamic block "${block}" is known only after apply`,
    );
    if (context.fail === null) throw error;
    context.fail(error, path);
  }
  const forEach =
    typeof body["for_each"] === "string" ? asExpressionText(body["for_each"]) : JSON.stringify(body["for_each"]);
  return pairs.map(([key, value]) => {
    const scope: Scope = { name: (n) => (n === iterator ? { key, value } : context.scope.name(n)) };
    const bind = (expression: string): string => {
      const bound = `[for ${iterator} in [{key = ${JSON.stringify(key)}, value = (${forEach})[${JSON.stringify(key)}]}] : ${expression}][0]`;
      return context.binding === null ? bound : context.binding(bound);
    };
    return evaluateBody(body["content"] ?? {}, { ...context, scope, binding: bind }, path);
  });
}
