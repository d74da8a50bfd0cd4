import { Unknown } from "../model/desired.ts";
import { isJsonObject, type JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import { equalJson } from "./equal.ts";
import { valueElement } from "./path-element.ts";

export interface ProofRequest {
  readonly live: KubeObject;
  /** The apply body; may hold Unknown leaves, which prove nothing. */
  readonly desired: { readonly [key: string]: unknown };
  readonly manager: string;
}

/**
 * True when server-side apply of `desired` by `manager` is certain to change nothing: its entry in managedFields lists
 * exactly the desired fields and all of them live with equal values, list elements in the same order. Needs no schema and
 * no request. false only says that a dry run must decide.
 */
export function provesUnchanged({ live, desired, manager }: ProofRequest): boolean {
  if (live.apiVersion !== desired["apiVersion"] || live.kind !== desired["kind"]) return false;
  // The server turns stringData into data and forgets it, so it never lives as desired.
  if (live.kind === "Secret" && desired["stringData"] !== undefined) return false;
  const entry = live.metadata.managedFields?.find(
    (candidate) =>
      candidate.manager === manager &&
      candidate.operation === "Apply" &&
      candidate.apiVersion === live.apiVersion &&
      (candidate.subresource ?? "") === "",
  );
  const fields = entry?.fieldsV1;
  if (!isJsonObject(fields)) return false;
  return coversRoot(fields, desired, live);
}

function coversRoot(fields: JsonObject, desired: ProofRequest["desired"], live: KubeObject): boolean {
  const { apiVersion: _, kind: __, metadata, ...rest } = desired;
  if (!isPlainMap(metadata)) return false;
  const { name, namespace, ...meta } = metadata;
  if (name !== live.metadata.name) return false;
  if (namespace !== undefined && namespace !== (live.metadata.namespace ?? "")) return false;
  const metaFields = fields["f:metadata"];
  if (metaFields === undefined) {
    if (Object.keys(meta).length > 0) return false;
    return coversMap(fields, rest, live);
  }
  return coversMap(fields, { ...rest, metadata: meta }, live);
}

/** Each owned field is desired, lives and is equal; each desired field is owned. */
function coversMap(fields: JsonObject, desired: unknown, live: unknown): boolean {
  if (!isPlainMap(desired) || !isPlainMap(live)) return false;
  let owned = 0;
  for (const element in fields) {
    if (element === ".") continue;
    if (!element.startsWith("f:")) return false;
    const name = element.slice(2);
    if (!Object.hasOwn(desired, name) || !Object.hasOwn(live, name)) return false;
    if (!covers(fields[element], desired[name], live[name])) return false;
    owned++;
  }
  return owned === Object.keys(desired).length;
}

function covers(fields: unknown, desired: unknown, live: unknown): boolean {
  if (!isJsonObject(fields)) return false;
  const first = firstElement(fields);
  if (first === null) return equalJson(desired, live);
  switch (first.slice(0, 2)) {
    case "f:":
      return coversMap(fields, desired, live);
    case "k:":
      return coversKeyedList(fields, first, desired, live);
    case "v:":
      return coversSet(fields, desired, live);
    default:
      return false;
  }
}

function firstElement(fields: JsonObject): string | null {
  for (const element in fields) if (element !== ".") return element;
  return null;
}

function coversKeyedList(fields: JsonObject, first: string, desired: unknown, live: unknown): boolean {
  if (!Array.isArray(desired) || !Array.isArray(live)) return false;
  const names = keyNames(first);
  if (names === null) return false;
  let position = 0;
  const seen = new Set<string>();
  for (const item of desired) {
    const element = keyOf(item, names);
    if (element === null || seen.has(element) || !Object.hasOwn(fields, element)) return false;
    seen.add(element);
    // Searching only onwards also demands the desired order: the server would reorder otherwise.
    while (position < live.length && !haveSameKey(live[position], item, names)) position++;
    if (position === live.length) return false;
    if (!coversItem(fields[element], item, live[position])) return false;
    position++;
  }
  return seen.size === countElements(fields);
}

/** An element is owned itself; one without owned fields is atomic. */
function coversItem(fields: unknown, desired: unknown, live: unknown): boolean {
  if (!isJsonObject(fields)) return false;
  if (Object.keys(fields).length === 0) return equalJson(desired, live);
  return Object.hasOwn(fields, ".") && coversMap(fields, desired, live);
}

function keyNames(element: string): string[] | null {
  try {
    const keys: unknown = JSON.parse(element.slice(2));
    return isJsonObject(keys) ? Object.keys(keys).sort() : null;
  } catch {
    return null;
  }
}

function keyOf(item: unknown, names: readonly string[]): string | null {
  if (!isPlainMap(item)) return null;
  const keys: string[] = [];
  for (const name of names) {
    const value = keyValue(item, name);
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return null;
    keys.push(`"${name}":${JSON.stringify(value)}`);
  }
  return `k:{${keys.join(",")}}`;
}

/** Only `protocol` has a default among the keys of Kubernetes' own lists that anybody leaves out. */
function keyValue(item: Readonly<Record<string, unknown>>, name: string): unknown {
  return item[name] ?? (name === "protocol" ? "TCP" : undefined);
}

function haveSameKey(live: unknown, item: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return isPlainMap(live) && names.every((name) => keyValue(live, name) === keyValue(item, name));
}

function coversSet(fields: JsonObject, desired: unknown, live: unknown): boolean {
  if (!Array.isArray(desired) || !Array.isArray(live)) return false;
  let position = 0;
  const seen = new Set<string>();
  for (const item of desired) {
    if (typeof item === "object" || !Object.hasOwn(fields, valueElement(item)) || seen.has(valueElement(item))) {
      return false;
    }
    seen.add(valueElement(item));
    while (position < live.length && live[position] !== item) position++;
    if (position === live.length) return false;
    position++;
  }
  return seen.size === countElements(fields);
}

function countElements(fields: JsonObject): number {
  let count = 0;
  for (const element in fields) if (element !== ".") count++;
  return count;
}

function isPlainMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return isJsonObject(value) && !((value as object) instanceof Unknown);
}
