import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import type { FieldChange, PlanItem, Shown } from "../model/plan.ts";

/** Keys that name an element of a list, the first that all elements of both sides have (API conventions, list maps). */
const mergeKeys = ["name", "mountPath", "containerPort", "port", "key", "ip", "type", "topologyKey", "uid"];

/**
 * The changes of one item as they may be shown: lists of named elements and objects taken apart into what differs, so
 * that a changed environment variable is one line. Values of a Secret never pass, whatever the plan marked.
 */
export function shownChanges(item: PlanItem): FieldChange[] {
  return shownOf(item, item.changes);
}

/** What the server fills in of a new object, shown likewise. */
export function shownDefaults(item: PlanItem): FieldChange[] {
  return shownOf(item, item.defaults ?? []);
}

function shownOf(item: PlanItem, changes: readonly FieldChange[]): FieldChange[] {
  const secret = item.id.group === "" && item.id.kind === "Secret";
  return changes.flatMap((change) => {
    const safe = secret && mayHoldSecret(change.path) ? hide(change) : change;
    return leaves(safe.path, safe.before, safe.after).map((leaf) => ({ ...leaf, cause: change.cause }));
  });
}

/** A Secret's payload, and kubectl's annotation that repeats it whole. */
function mayHoldSecret(path: string): boolean {
  return !/^(metadata\.(name|namespace|labels|finalizers)\b|type$|immutable$|apiVersion$|kind$)/.test(path);
}

function hide(change: FieldChange): FieldChange {
  const hidden = (shown: Shown): Shown => (shown.kind === "value" ? { kind: "sensitive" } : shown);
  return { ...change, before: hidden(change.before), after: hidden(change.after) };
}

type Leaf = Omit<FieldChange, "cause">;

function leaves(path: string, before: Shown, after: Shown): Leaf[] {
  if (before.kind === "value" && after.kind === "value") return compare(path, before.value, after.value);
  if (before.kind === "absent" && after.kind === "value") {
    return flatten(path, after.value).map((leaf) => ({ path: leaf.path, before, after: leaf.shown }));
  }
  if (before.kind === "value" && after.kind === "absent") {
    return flatten(path, before.value).map((leaf) => ({ path: leaf.path, before: leaf.shown, after }));
  }
  return [{ path, before, after }];
}

function compare(path: string, before: unknown, after: unknown): Leaf[] {
  if (isJsonObject(before) && isJsonObject(after)) return compareMaps(before, after, (key) => joinPath(path, key));
  if (Array.isArray(before) && Array.isArray(after)) {
    const key = mergeKeys.find((k) => [...before, ...after].every((e) => isJsonObject(e) && e[k] !== undefined));
    const a = key === undefined ? null : byKey(before, key);
    const b = key === undefined ? null : byKey(after, key);
    if (a !== null && b !== null) {
      const parts = compareMaps(a, b, (element) => `${path}[${element}]`, key);
      // The same elements in another order: only the whole list tells.
      if (parts.length > 0) return parts.map(unwrapVariable);
    }
  }
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, before: { kind: "value", value: before }, after: { kind: "value", value: after } }];
}

function compareMaps(
  before: JsonObject,
  after: JsonObject,
  pathOf: (key: string) => string,
  elementKey?: string,
): Leaf[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key): Leaf[] => {
    const path = pathOf(key);
    const [a, b] = [before[key], after[key]];
    if (a === undefined) return leaves(path, { kind: "absent" }, { kind: "value", value: withoutKey(b, elementKey) });
    if (b === undefined) return leaves(path, { kind: "value", value: withoutKey(a, elementKey) }, { kind: "absent" });
    return compare(path, a, b);
  });
}

/** An element that came or went, without the key that its path already says; a variable as its value alone. */
function withoutKey(element: unknown, key: string | undefined): unknown {
  if (key === undefined || !isJsonObject(element)) return element;
  const { [key]: _key, ...rest } = element;
  const fields = Object.keys(rest);
  if (key === "name" && fields.length === 1 && fields[0] === "value") return rest.value;
  return fields.length === 0 ? element : rest;
}

function byKey(list: readonly unknown[], key: string): JsonObject | null {
  const entries = list.map((element) => [String((element as JsonObject)[key]), element as JsonObject] as const);
  const map = Object.fromEntries(entries);
  return Object.keys(map).length === list.length ? map : null;
}

/** A changed environment variable reads `env[LOG]`, as one that came or went does. */
function unwrapVariable(leaf: Leaf): Leaf {
  return /\benv\[[^\]]+\]\.value$/.test(leaf.path) ? { ...leaf, path: leaf.path.slice(0, -".value".length) } : leaf;
}

function joinPath(path: string, key: string): string {
  const step = /^[A-Za-z0-9_-]+$/.test(key) ? key : null;
  if (step === null) return `${path}[${key}]`;
  return path === "" ? step : `${path}.${step}`;
}

/** All fields of something that came or went, one by one; the key of a named element stands in its path only. */
function flatten(path: string, value: unknown): { path: string; shown: Shown }[] {
  if (isJsonObject(value) && Object.keys(value).length > 0) {
    return Object.entries(value).flatMap(([key, child]) => flatten(joinPath(path, key), child));
  }
  if (Array.isArray(value) && value.length > 0 && value.every(isJsonObject)) {
    const key = mergeKeys.find((k) => value.every((e) => e[k] !== undefined));
    return value.flatMap((element, i) =>
      flatten(`${path}[${key === undefined ? i : String(element[key])}]`, withoutKey(element, key)),
    );
  }
  return [{ path, shown: { kind: "value", value } }];
}
