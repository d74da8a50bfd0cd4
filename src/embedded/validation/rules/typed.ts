import type { Json, JsonObject } from "../../../model/json.ts";
import { isJsonObject } from "../../../model/json.ts";
import type { FieldType, TypeResolver } from "../../../schema/types.ts";
import type { FieldError } from "../../failures.ts";
import type { Rules } from "./checks.ts";
import { extensionRules } from "./extensions.ts";
import { podRules } from "./pods.ts";
import { serviceRules } from "./services.ts";
import { volumeRules } from "./volumes.ts";
import { workloadRules } from "./workloads.ts";

const rules: Readonly<Record<string, Rules>> = {
  ...podRules,
  ...volumeRules,
  ...workloadRules,
  ...serviceRules,
  ...extensionRules,
};

/** Fields that messages call by another name: that of the server's internal type. */
const shown: Readonly<Record<string, string>> = { gcePersistentDisk: "persistentDisk" };

/** What the rules of each struct in an object say against it; its metadata and status are judged elsewhere. */
export function typedErrors(object: JsonObject, type: FieldType, types: TypeResolver): FieldError[] {
  const { metadata: _, status: __, ...rest } = object;
  const errors: FieldError[] = [];
  walk(rest, type, "", types, errors);
  return errors;
}

function walk(value: Json | undefined, type: FieldType, path: string, types: TypeResolver, errors: FieldError[]): void {
  if (value === null || value === undefined) return;
  if (type.type === "list" && Array.isArray(value))
    for (const [index, item] of value.entries()) walk(item, type.items, `${path}[${index}]`, types, errors);
  else if (type.type === "map" && isJsonObject(value))
    for (const [key, item] of Object.entries(value)) walk(item, type.values, `${path}[${key}]`, types, errors);
  else if (type.type === "struct" && isJsonObject(value)) {
    const struct = types.structType(type.ref);
    const own = rules[type.ref];
    const below = (name: string) => (path === "" ? (shown[name] ?? name) : `${path}.${shown[name] ?? name}`);
    for (const [name, check] of Object.entries(own?.fields ?? {})) errors.push(...check(value[name], below(name)));
    if (own?.together !== undefined) errors.push(...own.together(value, path));
    for (const [name, field] of Object.entries(struct?.fields ?? {})) {
      // A struct that is no pointer is judged though nothing was said of it.
      const item = value[name] ?? (isJsonObject(field.default) && type.ref !== "core.v1.Container" ? {} : undefined);
      if (item !== undefined && name !== "status" && name !== "metadata")
        walk(item, field.type, below(name), types, errors);
    }
  }
}
