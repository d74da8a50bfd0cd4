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

export function conditionsOf(object: KubeObject): readonly Condition[] {
  return listAt(object, "status", "conditions").map((entry) => ({
    type: textAt(entry, "type"),
    status: textAt(entry, "status"),
    reason: textAt(entry, "reason"),
    message: textAt(entry, "message"),
    since: textAt(entry, "lastTransitionTime"),
    observedGeneration: at(entry, "observedGeneration") === undefined ? null : numberAt(entry, "observedGeneration"),
  }));
}

export function conditionOf(object: KubeObject, type: string): Condition | null {
  return conditionsOf(object).find((condition) => condition.type === type) ?? null;
}

/** The controller has not yet looked at the object as it is now wanted: its status speaks of something else. */
export function lagging(object: KubeObject): boolean {
  return numberAt(object, "status", "observedGeneration") < (object.metadata.generation ?? 0);
}

export const lagMessage = "waiting for its controller to see the change";
