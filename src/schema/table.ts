import type { FieldPath } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import { decodeStruct } from "./decode.ts";
import encoded from "./types.json" with { type: "json" };
import type { FieldSpec, FieldType, KindSpec, StructType, TypeResolver } from "./types.ts";

type KindRow = [string, string, string, string, number, string, string, string, string];

const table = encoded as unknown as {
  readonly kinds: readonly KindRow[];
  readonly roots: Readonly<Record<string, string>>;
  readonly enums: Readonly<Record<string, readonly string[]>>;
  readonly structs: Readonly<Record<string, Readonly<Record<string, string>>>>;
};

const structs = new Map<string, StructType>();
let kinds: readonly KindSpec[] | null = null;

const words = (text: string): string[] => (text === "" ? [] : text.split(" "));

/** Every kind that Kubernetes serves at its own paths; of one group's versions the preferred one stands first. */
export function allKinds(): readonly KindSpec[] {
  kinds ??= table.kinds.map(
    ([group, version, kind, resource, namespaced, verbs, shortNames, categories, subresources]) => ({
      group,
      version,
      kind,
      resource,
      namespaced: namespaced === 1,
      verbs: words(verbs),
      shortNames: words(shortNames),
      categories: words(categories),
      subresources: words(subresources),
      type: table.roots[`${group}/${version}/${kind}`]!,
    }),
  );
  return kinds;
}

/** The preferred version where none is given. */
export function findKind(group: string, kind: string, version?: string): KindSpec | null {
  return (
    allKinds().find(
      (spec) => spec.kind === kind && spec.group === group && (version === undefined || spec.version === version),
    ) ?? null
  );
}

/** `structType("core.v1.Container")`; null where the table has no such type. */
export function structType(ref: string): StructType | null {
  const known = structs.get(ref);
  if (known !== undefined) return known;
  if (!Object.hasOwn(table.structs, ref)) return null;
  const struct = decodeStruct(ref, table.structs[ref]!, table.enums);
  structs.set(ref, struct);
  return struct;
}

/** Kinds of subresources too (Scale, Eviction, TokenRequest). */
export function rootType(apiVersion: string, kind: string): FieldType | null {
  const { group, version } = typeOf(apiVersion, kind);
  const key = `${group}/${version}/${kind}`;
  return Object.hasOwn(table.roots, key) ? { type: "struct", ref: table.roots[key]!, atomic: false } : null;
}

/** The types of Kubernetes itself. */
export const builtinTypes: TypeResolver = { rootType, structType };

/**
 * The field at a path below a type; null where the schema does not declare it. A number, or the name of a list's
 * element, steps into a list; below an untyped field everything is untyped.
 */
export function fieldAt(type: FieldType, path: FieldPath, types: TypeResolver = builtinTypes): FieldSpec | null {
  let field: FieldSpec = { type, required: false };
  for (const step of path) {
    const next = stepInto(field.type, step, types);
    if (next === null) return null;
    field = next;
  }
  return field;
}

function stepInto(type: FieldType, step: string | number, types: TypeResolver): FieldSpec | null {
  switch (type.type) {
    case "scalar":
      return null;
    case "untyped":
      return { type, required: false };
    case "map":
      return { type: type.values, required: false };
    case "list":
      return { type: type.items, required: false };
    case "struct": {
      const struct = types.structType(type.ref);
      const field = struct?.fields[step];
      return field ?? (struct?.rest === undefined ? null : { type: struct.rest, required: false });
    }
  }
}
