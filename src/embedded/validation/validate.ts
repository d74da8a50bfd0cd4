import { asJson, type KubeObject } from "../../model/objects.ts";
import { builtinTypes } from "../../schema/table.ts";
import type { ServedType } from "../catalog.ts";
import { validateCustom } from "../custom/validate.ts";
import { type FieldError, invalidValue } from "../failures.ts";
import { changeRules } from "./immutable.ts";
import { kindRules } from "./kinds.ts";
import { validateMetadata, validateMetadataChange } from "./metadata.ts";
import { mountsOfWrongVolumes } from "./mounts.ts";
import { typedErrors } from "./rules/typed.ts";

/** The longest name of a CronJob leaves room for what is added to that of its Jobs. */
const longestCronJob = 52;

/** All that is wrong with a new object; empty when it may be stored. */
export function validateNew(object: KubeObject, type: ServedType, live: KubeObject | null = null): FieldError[] {
  const root = type.custom === null ? builtinTypes.rootType(object.apiVersion, object.kind) : null;
  const typed = root === null ? [] : typedErrors(asJson(object), root, builtinTypes);
  return distinct([
    ...validateMetadata(object, type),
    ...(object.kind === "CronJob" && object.metadata.name.length > longestCronJob
      ? [invalidValue("metadata.name", JSON.stringify(object.metadata.name), "must be no more than 52 characters")]
      : []),
    ...(kindRules[`${type.group}/${type.kind}`]?.(object) ?? []),
    ...typed,
    ...mountsOfWrongVolumes(asJson(object), typed),
    ...validateCustom(object, type, live),
  ]);
}

/** Rules of a kind and of its structs may say the same. */
function distinct(errors: readonly FieldError[]): FieldError[] {
  const seen = new Set<string>();
  return errors.filter(({ reason, field, message }) => {
    const key = `${reason} ${field} ${message}`;
    const again = seen.has(key);
    seen.add(key);
    return !again;
  });
}

/**
 * All that is wrong with a change; a change that is forbidden hides what else the object lacks. `said` is the object as
 * the writer left it, before defaults.
 */
export function validateChange(object: KubeObject, live: KubeObject, type: ServedType, said: KubeObject): FieldError[] {
  const key = `${type.group}/${type.kind}`;
  const metadata = validateMetadataChange(object, live);
  const forbidden = changeRules[key]?.(object, live, said) ?? [];
  return [...metadata, ...(forbidden.length > 0 ? forbidden : validateNew(object, type, live))];
}
