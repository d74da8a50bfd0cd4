import type { Refusal } from "../model/observed.ts";

/**
 * Texts of Kubernetes' validation when a field cannot change in place; there is no machine-readable mark.
 * test/fixtures/exchanges/immutable.ndjson holds a recorded answer of each form.
 */
const IMMUTABLE = [
  /field is immutable/,
  /is immutable after creation/,
  /fields other than .* are forbidden/s,
  /cannot change roleRef/,
  /pod updates may not/,
  /may not change once set/,
  /may not be changed in an update/,
  /updates to \S+ are forbidden/,
];

/** Whether the server refused only because fields cannot change in place, so that a replace would do it. */
export function isImmutableRefusal(refusal: Refusal): boolean {
  if (refusal.status !== 422) return false;
  const texts = refusal.causes.flatMap((cause) => (cause.message === undefined ? [] : [cause.message]));
  return (texts.length > 0 ? texts : [refusal.message]).every((text) => IMMUTABLE.some((form) => form.test(text)));
}

/** The fields that the server named, such as `spec.selector`; empty where it named none. */
export function refusedFields(refusal: Refusal): string[] {
  return [...new Set(refusal.causes.flatMap((cause) => (cause.field === undefined ? [] : [cause.field])))];
}
