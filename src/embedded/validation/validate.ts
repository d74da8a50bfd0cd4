import type { KubeObject } from "../../model/objects.ts";
import type { ServedType } from "../catalog.ts";
import { validateCustom } from "../custom/validate.ts";
import type { FieldError } from "../failures.ts";
import { changeRules } from "./immutable.ts";
import { kindRules } from "./kinds.ts";
import { validateMetadata, validateMetadataChange } from "./metadata.ts";

/** All that is wrong with a new object; empty when it may be stored. */
export function validateNew(object: KubeObject, type: ServedType, live: KubeObject | null = null): FieldError[] {
  return [
    ...validateMetadata(object, type),
    ...(kindRules[`${type.group}/${type.kind}`]?.(object) ?? []),
    ...validateCustom(object, type, live),
  ];
}

/** All that is wrong with a change; a change that is forbidden hides what else the object lacks. */
export function validateChange(object: KubeObject, live: KubeObject, type: ServedType): FieldError[] {
  const key = `${type.group}/${type.kind}`;
  const metadata = validateMetadataChange(object, live);
  const forbidden = changeRules[key]?.(object, live) ?? [];
  return [...metadata, ...(forbidden.length > 0 ? forbidden : validateNew(object, type, live))];
}
