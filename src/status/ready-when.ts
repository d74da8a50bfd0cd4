import { assertNever } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { ReadyCondition } from "../model/ready-condition.ts";
import { at, conditionOf, lagging, lagMessage, wholeNumber } from "./reading.ts";

/**
 * What is missing for an object to meet the condition written beside it; null when it is met. A status that speaks of an
 * older generation meets nothing.
 */
export function missingFor(object: KubeObject, wanted: ReadyCondition): string | null {
  const observed = wholeNumber(at(object, "status", "observedGeneration"));
  if (observed !== null && lagging(object)) return lagMessage;
  return holds(object, wanted) ? null : `waiting until ${describe(wanted)}`;
}

function holds(object: KubeObject, wanted: ReadyCondition): boolean {
  switch (wanted.type) {
    case "condition": {
      const condition = conditionOf(object, wanted.name);
      const older =
        condition?.observedGeneration != null && condition.observedGeneration < (object.metadata.generation ?? 0);
      return condition?.status === wanted.status && !older;
    }
    case "equals":
      return JSON.stringify(valueAt(object, wanted.path)) === JSON.stringify(wanted.value);
    case "matches": {
      const value = valueAt(object, wanted.path);
      return value !== undefined && value !== null && new RegExp(wanted.pattern).test(textOf(value));
    }
    case "at-least": {
      const value = valueAt(object, wanted.path);
      return typeof value === "number" && value >= wanted.value;
    }
    case "exists": {
      const value = valueAt(object, wanted.path);
      return value !== undefined && value !== null;
    }
    case "same": {
      const value = valueAt(object, wanted.path);
      return value !== undefined && JSON.stringify(value) === JSON.stringify(valueAt(object, wanted.as));
    }
    case "all":
      return wanted.of.every((each) => holds(object, each));
    case "any":
      return wanted.of.some((each) => holds(object, each));
    default:
      return assertNever(wanted);
  }
}

function textOf(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `status.hosts[0].name`, `metadata.annotations["example.com/ready"]`. */
function valueAt(object: KubeObject, path: string): unknown {
  let here: unknown = object;
  for (const [, quoted, index, name] of path.matchAll(/\["([^"]+)"\]|\[(\d+)\]|([^.[\]]+)/g)) {
    if (Array.isArray(here) && index !== undefined) here = here[Number(index)];
    else here = at(here, quoted ?? index ?? name ?? "");
  }
  return here;
}

function describe(wanted: ReadyCondition): string {
  switch (wanted.type) {
    case "condition":
      return `condition ${wanted.name} is ${wanted.status}`;
    case "equals":
      return `${wanted.path} is ${JSON.stringify(wanted.value)}`;
    case "matches":
      return `${wanted.path} matches ${wanted.pattern}`;
    case "at-least":
      return `${wanted.path} is at least ${wanted.value}`;
    case "exists":
      return `${wanted.path} is there`;
    case "same":
      return `${wanted.path} is the same as ${wanted.as}`;
    case "all":
    case "any":
      return wanted.of.map(describe).join(wanted.type === "all" ? " and " : " or ");
    default:
      return assertNever(wanted);
  }
}
