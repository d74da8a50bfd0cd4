import type { Json, JsonObject } from "../../src/model/json.ts";
import { isJsonObject } from "../../src/model/json.ts";

/** An object with one thing wrong in it, or at least odd. */
export interface Mutation {
  /** `Deployment spec.replicas = -1`; templates of pods are the same wherever they stand. */
  readonly name: string;
  readonly object: JsonObject;
}

/** Every field of an object changed in turn to what a careless writer makes of it. */
export function mutationsOf(object: JsonObject): Mutation[] {
  const { kind, apiVersion: _, ...rest } = object;
  return [...changes(rest, [])].map(({ path, what, change }) => {
    const copy = structuredClone(object);
    change(copy, path);
    return { name: `${placeOf(String(kind), path)} ${what}`, object: copy };
  });
}

type Step = string | number;

interface Change {
  readonly path: readonly Step[];
  readonly what: string;
  readonly change: (object: JsonObject, path: readonly Step[]) => void;
}

const set =
  (value: Json) =>
  (object: JsonObject, path: readonly Step[]): void => {
    holderOf(object, path)[path.at(-1)!] = value;
  };

const remove = (object: JsonObject, path: readonly Step[]): void => {
  const holder = holderOf(object, path);
  if (Array.isArray(holder)) (holder as Json[]).splice(path.at(-1) as number, 1);
  else delete holder[path.at(-1)!];
};

function holderOf(object: JsonObject, path: readonly Step[]): Record<Step, Json> {
  let value: Json = object;
  for (const step of path.slice(0, -1)) value = (value as Record<Step, Json>)[step]!;
  return value as Record<Step, Json>;
}

const wrongTexts = ["", "Not OK!", "x".repeat(254)];
const wrongNumbers = [-1, 0, 99_999_999];

function* changes(value: Json, path: readonly Step[]): Generator<Change> {
  if (path.length > 0) yield { path, what: "left out", change: remove };
  if (typeof value === "string")
    for (const text of wrongTexts) {
      const shown = text.length > 50 ? "too long" : JSON.stringify(text);
      yield { path, what: `= ${shown}`, change: set(text) };
    }
  else if (typeof value === "number")
    for (const number of wrongNumbers) yield { path, what: `= ${number}`, change: set(number) };
  else if (Array.isArray(value)) {
    yield { path, what: "= []", change: set([]) };
    if (value.length > 0) yield { path, what: "doubled", change: set([...value, value[0]!]) };
    for (const [index, item] of value.entries()) yield* changes(item, [...path, index]);
  } else if (isJsonObject(value)) {
    if (path.length > 0) yield { path, what: "= {}", change: set({}) };
    if (Object.values(value).every((item) => typeof item === "string") && Object.keys(value).length > 0)
      yield { path: [...path, "not ok!"], what: "added", change: set("v") };
    for (const [key, item] of Object.entries(value)) yield* changes(item, [...path, key]);
  }
}

/** A pod's spec is judged alike in each kind, and an element of a list like its neighbour. */
function placeOf(kind: string, path: readonly Step[]): string {
  const steps = path.map((step) => (typeof step === "number" ? "[]" : step));
  const template = steps.lastIndexOf("template");
  const inPod = template >= 0 && steps[template + 1] === "spec";
  const shown = inPod ? ["Pod", ...steps.slice(template + 1)] : [kind, ...steps];
  return shown.join(".").replaceAll(".[]", "[]");
}
