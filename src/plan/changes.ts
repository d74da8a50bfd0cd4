import { isDeepStrictEqual } from "node:util";
import { displayPath, elementsOf } from "../fields/display.ts";
import type { PathElement } from "../fields/path-element.ts";
import { parseElement } from "../fields/path-element.ts";
import type { Desired, Template } from "../model/desired.ts";
import { Unknown } from "../model/desired.ts";
import type { JsonObject } from "../model/json.ts";
import type { KubeObject } from "../model/objects.ts";
import type { ChangeCause, FieldChange, Shown } from "../model/plan.ts";
import { builtinTypes, rootType } from "../schema/table.ts";
import { PART_OF_LABEL } from "./applyset.ts";
import type { TemplateObject } from "./body.ts";
import { unknownsOf, valueAt } from "./body.ts";
import type { Difference } from "./diff.ts";
import { diffObjects } from "./diff.ts";
import { causeOf, isOwn } from "./ownership.ts";
import { serverForm } from "./server-form.ts";

type Fields = { readonly [key: string]: Template };

/** What the change of a live object into the dry run's result would show, field by field, noise left out. */
export function changesBetween(
  desired: Desired,
  live: KubeObject,
  result: KubeObject,
  sent: TemplateObject,
  fieldManager: string,
): FieldChange[] {
  const after = withUnknowns(result as unknown as Fields, sent);
  const show = shower(desired, [sent, live]);
  return differences(desired, live as unknown as Fields, after).map((difference) =>
    show(difference, causeOf(difference.path, live, fieldManager)),
  );
}

/** All fields of an object that does not exist yet, as they will be sent. */
export function changesOfCreate(desired: Desired, sent: TemplateObject): FieldChange[] {
  const show = shower(desired, [sent]);
  return differences(desired, null, sent).map((difference) => show(difference, { type: "config" }));
}

/** What the server's form of a new object has beyond what is sent. Copies of sensitive values are left out. */
export function changesOfDefaults(desired: Desired, sent: TemplateObject, kept: JsonObject): FieldChange[] {
  const show = shower(desired, [kept]);
  const secrets = desired.sensitive.map((path) => valueAt(sent, path)).filter((value) => value !== undefined);
  const isCopy = (value: Template): boolean => secrets.some((secret) => isDeepStrictEqual(secret, value));
  return differences(desired, sent, kept)
    .filter(({ before, after }) => before === undefined && after !== undefined && after !== null && !isCopy(after))
    .map((difference) => show(difference, { type: "server" }));
}

/**
 * Fields that are sent and differ from the live ones, and fields of ours that are sent no more: the server gives no dry
 * run of a replace.
 */
export function changesOfReplace(
  desired: Desired,
  live: KubeObject,
  sent: TemplateObject,
  fieldManager: string,
): FieldChange[] {
  const show = shower(desired, [sent, live]);
  const given = differences(desired, live as unknown as Fields, sent);
  const own = given.filter(({ path, after }) => after !== undefined || isOwn(path, live, fieldManager));
  // What the server fills in again, or writes in another form, is no change: claim templates are a list that is sent whole.
  const form = desired.id.kind === "Secret" ? sent : serverForm(sent, null, "");
  const kept = withUnknowns(form as Fields, sent);
  const still = new Set(differences(desired, live as unknown as Fields, kept).map(({ path }) => path.join("\0")));
  return own.filter(({ path }) => still.has(path.join("\0"))).map((difference) => show(difference, { type: "config" }));
}

/** A dry run was made with stand-ins for unknown values: their places show as unknown again. */
function withUnknowns(result: Fields, sent: TemplateObject): Fields {
  const unknowns = unknownsOf(sent);
  if (unknowns.length === 0) return result;
  const copy = structuredClone(result) as TemplateObject;
  for (const { path, unknown } of unknowns) {
    let at: Record<string | number, Template> | undefined = copy;
    for (const step of path.slice(0, -1)) {
      const next: Template | undefined = at?.[step];
      at = next !== null && typeof next === "object" ? (next as Record<string | number, Template>) : undefined;
    }
    const last = path.at(-1);
    if (at !== undefined && last !== undefined) at[last] = unknown;
  }
  return copy;
}

function differences(desired: Desired, before: Fields | null, after: Fields): Difference[] {
  const apiVersion = String(desired.object["apiVersion"]);
  return diffObjects(apiVersion, desired.id.kind, before, after).filter(({ path }) => !isNoise(path));
}

/** Server bookkeeping, and what identifies the object rather than describes it. */
const NOISE = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "generation",
  "creationTimestamp",
  "selfLink",
  "name",
  "namespace",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
]);

function isNoise(path: readonly PathElement[]): boolean {
  const [top, second, third] = fieldNames(path);
  if (top === "status" || top === "apiVersion" || top === "kind") return true;
  if (top !== "metadata") return false;
  if (second === "labels" && third === PART_OF_LABEL) return true;
  return second !== undefined && NOISE.has(second);
}

function fieldNames(path: readonly PathElement[]): string[] {
  return path.map((element) => {
    const parsed = parseElement(element);
    return parsed?.type === "field" ? parsed.name : "";
  });
}

/** Turns differences into what may be shown; sensitive paths are looked up once for all of an object's differences. */
function shower(
  desired: Desired,
  trees: readonly unknown[],
): (difference: Difference, cause: ChangeCause) => FieldChange {
  const type = rootType(String(desired.object["apiVersion"]), desired.id.kind) ?? { type: "untyped" };
  const marks = desired.sensitive.flatMap((path) => trees.map((tree) => elementsOf(path, tree, type, builtinTypes)));
  return ({ path, before, after }, cause) => {
    const secret = holdsSecrets(desired, path) || marks.some((mark) => overlaps(path, mark));
    return { path: displayPath(path), before: shown(before, secret), after: shown(after, secret), cause };
  };
}

/** One lies at or below the other: a list that is shown whole shows the marked value inside it. */
function overlaps(path: readonly PathElement[], mark: readonly PathElement[]): boolean {
  const shorter = Math.min(path.length, mark.length);
  return path.slice(0, shorter).every((element, depth) => element === mark[depth]);
}

function shown(value: Template | undefined, secret: boolean): Shown {
  if (value === undefined) return { kind: "absent" };
  if (value instanceof Unknown)
    return value.sensitive || secret ? { kind: "sensitive" } : { kind: "unknown", expression: value.expression };
  return secret ? { kind: "sensitive" } : { kind: "value", value: withoutUnknowns(value) };
}

/** Plans are plain data: an unknown inside a list or map that is shown whole becomes its note. */
function withoutUnknowns(value: Template): unknown {
  if (value instanceof Unknown) return value.sensitive ? "(sensitive)" : "(known after apply)";
  if (Array.isArray(value)) return value.map(withoutUnknowns);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withoutUnknowns(child)]));
}

/** Contents of a Secret, and kubectl's copy of the whole object in an annotation, which may hold any of them. */
function holdsSecrets(desired: Desired, path: readonly PathElement[]): boolean {
  const [top, second, third] = fieldNames(path);
  if (top === "metadata" && second === "annotations" && third === LAST_APPLIED) return true;
  return desired.id.group === "" && desired.id.kind === "Secret" && (top === "data" || top === "stringData");
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
