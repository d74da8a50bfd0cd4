import type { Value } from "./value.ts";

/**
 * Something that is walked step by step before its value is asked for, such as `kubernetes_service_v1.web`: its config
 * and live object are only read where the expression points.
 */
export interface Reference {
  readonly isReference: true;
  step(key: string | number): Reference | Value;
  /** The elements of a list of references (`count`); null for a single one. */
  elements(): readonly Reference[] | null;
  value(): Value;
}

export function isReference(value: Reference | Value): value is Reference {
  return typeof value === "object" && value !== null && "isReference" in value && value.isReference === true;
}

/** Names that an expression can use. A name that is not known throws an ExpressionError. */
export interface Scope {
  name(name: string): Reference | Value;
}
