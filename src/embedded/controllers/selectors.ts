import type { Expression, Selector } from "./shapes.ts";

type Labels = Readonly<Record<string, string>> | undefined;

/** Label selectors (API reference, LabelSelector); an empty selector selects everything. */
export function selects(selector: Selector, labels: Labels): boolean {
  return (
    matchesAll(selector.matchLabels ?? {}, labels) && (selector.matchExpressions ?? []).every((e) => fits(e, labels))
  );
}

export function matchesAll(wanted: Readonly<Record<string, string>>, labels: Labels): boolean {
  return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

/** Also the operators of node affinity (Gt, Lt). */
export function fits({ key, operator, values = [] }: Expression, labels: Labels): boolean {
  const value = labels?.[key];
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    case "Gt":
      return value !== undefined && Number(value) > Number(values[0]);
    case "Lt":
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
