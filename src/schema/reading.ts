import { Unknown } from "../model/desired.ts";
import { isJsonObject } from "../model/json.ts";

export type Fields = Readonly<Record<string, unknown>>;

/** A map that is known; {} for everything else, so that a rule says nothing of what cannot be known yet. */
export function fieldsOf(value: unknown): Fields {
  return isJsonObject(value) && !((value as object) instanceof Unknown) ? value : {};
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOr(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}

/** Whether something is set: an empty map is. */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** Whether a value, or anything directly in it, is not known yet. */
export function isOpen(value: unknown): boolean {
  if (value instanceof Unknown) return true;
  if (Array.isArray(value)) return value.some((item) => item instanceof Unknown);
  return isJsonObject(value) && Object.values(value).some((field) => (field as unknown) instanceof Unknown);
}
