import { Environment, Optional, type ParseResult } from "@marcbachmann/cel-js";
import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { addFunctions } from "./functions.ts";

/** What an expression came to, or why it came to nothing, in the library's words. */
export type Outcome =
  | { readonly type: "value"; readonly value: unknown }
  | { readonly type: "error"; readonly message: string };

let environment: Environment | null = null;
const compiled = new Map<string, ParseResult>();
/** Enough for the rules of a cluster's definitions; forgotten all at once, so that nobody can fill the memory. */
const mostKept = 5_000;

/** Throws the library's ParseError where the text is no expression. */
function compile(text: string): ParseResult {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  if (environment === null) {
    environment = new Environment({ unlistedVariablesAreDyn: true, enableOptionalTypes: true });
    addFunctions(environment);
  }
  const parsed = environment.parse(text);
  if (compiled.size >= mostKept) compiled.clear();
  compiled.set(text, parsed);
  return parsed;
}

/** Why a text is no expression; null where it is one. */
export function syntaxError(text: string): string | null {
  try {
    compile(text);
    return null;
  } catch (error) {
    return summaryOf(error);
  }
}

/** Whether an expression speaks of a variable, strings and field names apart. */
export function mentions(text: string, variable: string): boolean {
  const withoutTexts = text.replaceAll(/"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/g, '""');
  return new RegExp(`(^|[^\\w.])${variable}\\b`).test(withoutTexts);
}

/** @param context variables as `celValue` makes them */
export function evaluate(text: string, context: Readonly<Record<string, unknown>>): Outcome {
  try {
    return { type: "value", value: compile(text)(context) as unknown };
  } catch (error) {
    return { type: "error", message: summaryOf(error) };
  }
}

function summaryOf(error: unknown): string {
  const text = (error as { summary?: string }).summary ?? (error instanceof Error ? error.message : String(error));
  // cel-go begins small.
  return text.startsWith("No such key") ? `n${text.slice(1)}` : text;
}

export const optionalOf = (value: unknown): unknown => (value === undefined ? Optional.none() : Optional.of(value));

/** A value as expressions see it: whole numbers are ints, names of a schema's properties are escaped, times are times. */
export function celValue(value: Json, schema: JsonObject | null = null): unknown {
  if (Array.isArray(value)) return value.map((item) => celValue(item, objectOrNull(schema?.["items"])));
  if (isJsonObject(value)) {
    const properties = objectOrNull(schema?.["properties"]);
    const entries = Object.entries(value).map(([name, child]) => {
      const property = objectOrNull(properties?.[name]);
      return property === null
        ? [name, celValue(child, objectOrNull(schema?.["additionalProperties"]))]
        : [escapedName(name), celValue(child, property)];
    });
    return Object.fromEntries(entries);
  }
  if (typeof value === "number")
    return Number.isInteger(value) && schema?.["type"] !== "number" ? BigInt(value) : value;
  if (typeof value === "string" && (schema?.["format"] === "date-time" || schema?.["format"] === "date"))
    return new Date(value);
  return value;
}

const objectOrNull = (value: Json | undefined): JsonObject | null => (isJsonObject(value) ? value : null);

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

/** `my-field` is `my__dash__field` in a rule (kubernetes.io, "Validation rules"). */
function escapedName(name: string): string {
  if (reserved.has(name)) return `__${name}__`;
  return name
    .replaceAll("__", "__underscores__")
    .replaceAll(".", "__dot__")
    .replaceAll("-", "__dash__")
    .replaceAll("/", "__slash__");
}
