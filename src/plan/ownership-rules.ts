import { displayPath, elementsOf } from "../fields/display.ts";
import type { PathElement } from "../fields/path-element.ts";
import type { Desired, FieldPath, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { Problem } from "../model/errors.ts";
import { describeId, type ObjectId } from "../model/ids.ts";
import { didYouMean } from "../model/near.ts";
import type { KubeObject } from "../model/objects.ts";
import type { FieldRule, OwnershipRule } from "../model/ownership.ts";
import type { FieldChange } from "../model/plan.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import { removeAt, type TemplateObject, valueAt, writeAt } from "./body.ts";
import { owns } from "./ownership.ts";

/** What the run and the project say goes before what stands beside the object. */
function rulesFor({ id, ownership = [] }: Ruled, rules: readonly OwnershipRule[]): readonly FieldRule[] {
  return [...rules.filter((rule) => isFor(rule, id)), ...ownership];
}

function isFor({ kind, namespace, name }: OwnershipRule, id: ObjectId): boolean {
  return (
    (kind === null || kind === id.kind) &&
    (namespace === null || namespace === id.namespace) &&
    (name === null || name === id.name)
  );
}

/** Warnings of rules of the command line that are for none of the objects: most likely slips. */
export function idleRules(rules: readonly OwnershipRule[], desired: readonly Desired[]): Problem[] {
  const idle = rules.filter((rule) => !desired.some(({ id }) => isFor(rule, id)));
  return idle.map(({ kind, namespace, name, field, conflict }) => {
    const place = name === null ? "" : ` ${namespace === null ? "" : `${namespace}/`}${name}`;
    const objects = `${kind ?? ""}${place}`;
    const known = desired.flatMap(({ id }) => [describeId(id), id.kind]);
    return {
      code: "ownership-idle",
      message: `--${conflict} "${objects}:${field}": no object of the stacks is ${objects}`,
      remedy: didYouMean(objects, new Set(known)) ?? "write kind, namespace and name as the plan shows them",
      severity: "warning",
    };
  });
}

type Ruled = Pick<Desired, "id" | "ownership">;

/** The first rule that names a field or one above it decides. */
function ruleOf(path: string, rules: readonly FieldRule[]): FieldRule | undefined {
  return rules.find(({ field }) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`));
}

/** Whether every field that another manager stands in the way of is to be taken from it. */
export function takesAll(desired: Ruled, changes: readonly FieldChange[], rules: readonly OwnershipRule[]): boolean {
  const own = rulesFor(desired, rules);
  const held = changes.filter(({ cause }) => cause.type === "conflict");
  return held.length > 0 && held.every(({ path }) => ruleOf(path, own)?.conflict === "take");
}

/** Leaves fields that others own to them, as the rules say. Changes the body. */
export function yieldByRule(
  body: TemplateObject,
  live: KubeObject,
  desired: Ruled,
  rules: readonly OwnershipRule[],
  manager: string,
): void {
  const own = rulesFor(desired, rules);
  if (own.every(({ conflict }) => conflict === "take")) return;
  const type = rootType(String(body["apiVersion"]), desired.id.kind) ?? { type: "untyped" };
  const others = (live.metadata.managedFields ?? []).filter((entry) => entry.manager !== manager);
  const theirs = (elements: readonly PathElement[]) => others.some((entry) => owns(entry.fieldsV1, elements));
  const places = new Map(
    leavesOf(live as unknown as Template).map((path) => [
      displayPath(elementsOf(path, live, type, builtinTypes)),
      path,
    ]),
  );
  // From the end, so that what is taken out of a list does not move what comes after it.
  for (const path of leavesOf(body).reverse()) {
    const elements = elementsOf(path, body, type, builtinTypes);
    const shown = displayPath(elements);
    const rule = ruleOf(shown, own);
    if (rule === undefined || rule.conflict === "take" || !theirs(elements)) continue;
    const place = rule.conflict === "share" ? places.get(shown) : undefined;
    const value = place === undefined ? undefined : valueAt(live as unknown as Template, place);
    if (value === undefined) removeAt(body, path);
    else writeAt(body, path, value);
  }
}

function leavesOf(value: Template | { readonly [key: string]: Template }, path: FieldPath = []): FieldPath[] {
  if (value instanceof Unknown || value === null || typeof value !== "object") return [path];
  const members: [string | number, Template][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return members.length === 0 ? [path] : members.flatMap(([step, child]) => leavesOf(child, [...path, step]));
}
