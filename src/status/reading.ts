import type { KubeObject } from "../model/objects.ts";
import { plainLine } from "../model/text.ts";

/** Reading fields of objects whose shape nobody has checked. Absent and mistyped read alike. */
type Reading = { readonly [key: string]: unknown };

export function at(value: unknown, ...path: readonly string[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== "object" || here === null) return undefined;
    here = (here as Reading)[step];
  }
  return here;
}

/** Counters that are 0 are absent in most statuses. */
export function numberAt(value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}

export function numberOr(fallback: number, value: unknown, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : fallback;
}

/** One line, control characters neutralized: it came from the cluster and is going to be shown. */
export function textAt(value: unknown, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? plainLine(found) : "";
}

export function listAt(value: unknown, ...path: readonly string[]): readonly unknown[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

export interface Condition {
  readonly type: string;
  /** True, False or Unknown */
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly since: string;
  readonly observedGeneration: number | null;
}

/** What is no condition (no object, no type) is passed over: controllers of custom resources write anything. */
export function conditionsOf(object: KubeObject): readonly Condition[] {
  return readConditions(listAt(object, "status", "conditions"));
}

export function readConditions(entries: readonly unknown[]): readonly Condition[] {
  const conditions = entries.map((entry) => ({
    type: textAt(entry, "type"),
    status: statusWord(at(entry, "status")),
    reason: textAt(entry, "reason"),
    message: textAt(entry, "message"),
    since: textAt(entry, "lastTransitionTime"),
    observedGeneration: wholeNumber(at(entry, "observedGeneration")),
  }));
  return conditions.filter((condition) => condition.type !== "");
}

/** Some write `true` or `"true"` where the convention wants `"True"`. */
function statusWord(value: unknown): string {
  if (typeof value === "boolean") return value ? "True" : "False";
  const word = textAt({ value }, "value");
  return /^(true|false|unknown)$/i.test(word) ? word.charAt(0).toUpperCase() + word.slice(1).toLowerCase() : word;
}

/** A number, also where it was written as a text; null for anything else. */
export function wholeNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d+$/.test(value) ? Number(value) : null;
}

export function conditionOf(object: KubeObject, type: string): Condition | null {
  return conditionsOf(object).find((condition) => condition.type === type) ?? null;
}

/** The controller has not yet looked at the object as it is now wanted: its status speaks of something else. */
export function lagging(object: KubeObject): boolean {
  return numberAt(object, "status", "observedGeneration") < (object.metadata.generation ?? 0);
}

export const lagMessage = "waiting for its controller to see the change";
