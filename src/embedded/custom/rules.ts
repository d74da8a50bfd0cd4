import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject } from "../../model/json.ts";
import { isJsonObject } from "../../model/json.ts";
import { listAt, textAt } from "../../model/read-field.ts";
import { celValue, evaluate, mentions, optionalOf, syntaxError } from "../cel/expression.ts";
import type { FieldError } from "../failures.ts";
import { invalidValue, required } from "../failures.ts";

/** What of an object a rule at the root of a schema may read beside its own fields. */
const head: JsonObject = {
  apiVersion: { type: "string" },
  kind: { type: "string" },
  metadata: { type: "object", properties: { name: { type: "string" }, generateName: { type: "string" } } },
};

/**
 * What the `x-kubernetes-validations` of a schema say against an object (kubernetes.io, "Validation rules"). Rules about
 * `oldSelf` are for changes; a value that was there before as it is now is not judged again.
 */
export function ruleErrors(object: JsonObject, old: JsonObject | null, schema: JsonObject): FieldError[] {
  const properties = { ...(isJsonObject(schema["properties"]) ? schema["properties"] : {}), ...head };
  return errorsAt(seen(object), old === null ? undefined : seen(old), { ...schema, properties }, "");
}

/** Of metadata, rules see the names only. */
function seen(object: JsonObject): JsonObject {
  const { name, generateName } = isJsonObject(object["metadata"]) ? object["metadata"] : {};
  const metadata = { ...(name === undefined ? {} : { name }), ...(generateName === undefined ? {} : { generateName }) };
  return { ...object, metadata };
}

function errorsAt(value: Json, old: Json | undefined, schema: JsonObject, path: string): FieldError[] {
  const errors = listAt(schema, "x-kubernetes-validations").flatMap((rule) =>
    checkRule(rule, value, old, schema, path),
  );
  if (Array.isArray(value)) {
    const items = schema["items"];
    if (!isJsonObject(items)) return errors;
    const before = itemsBefore(old, schema);
    return [...errors, ...value.flatMap((item, i) => errorsAt(item, before(item), items, `${path}[${i}]`))];
  }
  if (!isJsonObject(value)) return errors;
  for (const [name, child] of Object.entries(value)) {
    const property = isJsonObject(schema["properties"]) ? schema["properties"][name] : undefined;
    const below = property ?? schema["additionalProperties"];
    if (!isJsonObject(below)) continue;
    const step = property === undefined ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    errors.push(...errorsAt(child, isJsonObject(old) ? old[name] : undefined, below, step));
  }
  return errors;
}

/** Items of a list can be told apart over time by the keys of a list of type map only. */
function itemsBefore(old: Json | undefined, schema: JsonObject): (item: Json) => Json | undefined {
  const keys = listAt(schema, "x-kubernetes-list-map-keys").map(String);
  if (!Array.isArray(old) || schema["x-kubernetes-list-type"] !== "map") return () => undefined;
  return (item) => old.find((other) => keys.every((key) => textAt(other, key) === textAt(item, key)));
}

const reasons = ["FieldValueInvalid", "FieldValueForbidden", "FieldValueRequired", "FieldValueDuplicate"] as const;

function checkRule(rule: Json, value: Json, old: Json | undefined, schema: JsonObject, path: string): FieldError[] {
  const text = textAt(rule, "rule");
  const optional = isJsonObject(rule) && rule["optionalOldSelf"] === true;
  const transition = mentions(text, "oldSelf");
  if (transition && old === undefined && !optional) return [];
  if (!transition && old !== undefined && isDeepStrictEqual(value, old)) return [];
  const before = old === undefined ? undefined : celValue(old, schema);
  const context = { self: celValue(value, schema), oldSelf: optional ? optionalOf(before) : before };
  const outcome = evaluate(text, context);
  if (outcome.type === "value" && outcome.value === true) return [];
  const message =
    outcome.type === "error"
      ? `${outcome.message} evaluating rule: ${textAt(rule, "message") || text}`
      : said(rule, context);
  const wanted = textAt(rule, "reason");
  const reason = reasons.find((each) => each === wanted) ?? "FieldValueInvalid";
  const field = path + textAt(rule, "fieldPath") || "<nil>";
  const shown = JSON.stringify(schema["type"] ?? "object");
  const head = {
    FieldValueInvalid: `Invalid value: ${shown}`,
    FieldValueForbidden: "Forbidden",
    FieldValueRequired: "Required value",
    FieldValueDuplicate: `Duplicate value: ${shown}`,
  }[reason];
  return [{ reason, field, message: `${head}: ${message}` }];
}

function said(rule: Json, context: Readonly<Record<string, unknown>>): string {
  const expression = textAt(rule, "messageExpression");
  const outcome = expression === "" ? null : evaluate(expression, context);
  if (outcome?.type === "value" && typeof outcome.value === "string" && outcome.value.trim() !== "")
    return outcome.value;
  return textAt(rule, "message") || `failed rule: ${textAt(rule, "rule")}`;
}

/** What is wrong with the rules of a schema themselves. */
export function schemaRuleErrors(schema: Json | undefined, path: string): FieldError[] {
  if (!isJsonObject(schema)) return [];
  const errors = listAt(schema, "x-kubernetes-validations").flatMap((rule, index) => {
    const field = `${path}.x-kubernetes-validations[${index}]`;
    if (textAt(rule, "rule").trim() === "") return [required(`${field}.rule`, "rule is not specified")];
    return (["rule", "messageExpression"] as const).flatMap((part) => {
      const text = textAt(rule, part);
      const why = text === "" ? null : syntaxError(text);
      return why === null
        ? []
        : [
            invalidValue(
              `${field}.${part}`,
              part === "rule" ? ruleText(rule) : JSON.stringify(text),
              `compilation failed: ERROR: ${why}`,
            ),
          ];
    });
  });
  for (const [name, child] of Object.entries(isJsonObject(schema["properties"]) ? schema["properties"] : {}))
    errors.push(...schemaRuleErrors(child, `${path}.properties[${name}]`));
  errors.push(...schemaRuleErrors(schema["items"], `${path}.items`));
  errors.push(...schemaRuleErrors(schema["additionalProperties"], `${path}.additionalProperties`));
  return errors;
}

const ruleText = (rule: Json) => JSON.stringify(textAt(rule, "rule"));
