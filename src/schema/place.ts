import type { FieldPath } from "../model/desired.ts";
import { joinSteps } from "./path-text.ts";

/** Where a check is, as links to the place above: paths are written out only for the few that are reported. */
export interface Place {
  readonly above: Place | null;
  readonly step: string | number;
  /** The step as people read it: `.image`, `[web]`. */
  readonly text: string;
  /** What stands there. */
  readonly value: unknown;
}

/** Steps into the object, list elements by index. */
export function pathOf(place: Place | null): FieldPath {
  const path: (string | number)[] = [];
  for (let at = place; at !== null; at = at.above) path.push(at.step);
  return path.reverse();
}

/** `spec.template.spec.containers[web].image` */
export function textOf(place: Place | null): string {
  const steps: string[] = [];
  for (let at = place; at !== null; at = at.above) steps.push(at.text);
  return joinSteps(steps.reverse());
}
