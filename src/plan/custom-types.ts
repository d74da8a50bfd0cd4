import type { Desired } from "../model/desired.ts";
import { typeOf } from "../model/ids.ts";
import type { JsonObject } from "../model/json.ts";
import { isJsonObject } from "../model/json.ts";
import { didYouMean } from "../model/near.ts";
import { fillStructuralDefaults } from "../schema/defaults/structural.ts";
import { prune, structuralFindings, type UnknownField } from "../schema/structural.ts";

/** What a custom resource definition of the same plan says of its kind. */
interface CustomType {
  readonly definition: string;
  /** Version -> its structural schema; null: it has none. */
  readonly versions: ReadonlyMap<string, JsonObject | null>;
}

/** The types that desired definitions bring, by `group/kind`. */
export function customTypesOf(desired: readonly Desired[]): ReadonlyMap<string, CustomType> {
  const types = new Map<string, CustomType>();
  for (const { id, object } of desired) {
    if (id.group !== "apiextensions.k8s.io" || id.kind !== "CustomResourceDefinition") continue;
    const { spec } = object;
    if (!isJsonObject(spec) || !isJsonObject(spec["names"]) || !Array.isArray(spec["versions"])) continue;
    const versions = spec["versions"].flatMap((version) => {
      if (!isJsonObject(version) || version["served"] === false) return [];
      const schema = isJsonObject(version["schema"]) ? version["schema"]["openAPIV3Schema"] : null;
      return [[String(version["name"]), isJsonObject(schema) ? schema : null] as const];
    });
    types.set(`${spec["group"]}/${spec["names"]["kind"]}`, { definition: id.name, versions: new Map(versions) });
  }
  return types;
}

/** The schema of a custom resource whose definition is in the same plan; null where there is none. */
export function schemaOf(desired: Desired, types: ReadonlyMap<string, CustomType>): JsonObject | null {
  const { group, version, kind } = typeOf(String(desired.object["apiVersion"]), desired.id.kind);
  return types.get(`${group}/${kind}`)?.versions.get(version) ?? null;
}

interface CustomFinding {
  /** `spec.parts[0].size`; "" where it is about the whole object. */
  readonly path: string;
  /** Reads on from the path. */
  readonly message: string;
}

/** What stands against a custom resource whose definition is in the same plan; empty where nothing does, or none is. */
export function customFindings(desired: Desired, types: ReadonlyMap<string, CustomType>): CustomFinding[] {
  const apiVersion = String(desired.object["apiVersion"]);
  const { group, version, kind } = typeOf(apiVersion, desired.id.kind);
  const type = types.get(`${group}/${kind}`);
  if (type === undefined) return nearKinds(group, kind, types);
  const schema = type.versions.get(version);
  if (schema === undefined) {
    const served = [...type.versions.keys()].join(", ");
    const message = `CustomResourceDefinition ${type.definition} of this project serves ${served}, not ${version}`;
    return [{ path: "", message }];
  }
  if (schema === null) return [];
  const object = copyOf(desired.object as JsonObject);
  const unknown: UnknownField[] = [];
  prune(copyOf(object), schema, "", unknown, true);
  // As the server does: what has a default is never missing.
  fillStructuralDefaults(object, schema);
  return [
    ...unknown.map(({ path, siblings }) => {
      const hint = didYouMean(path.split(".").at(-1) ?? "", siblings);
      return { path, message: `unknown field of ${kind}${hint === undefined ? "" : `: ${hint}`}` };
    }),
    ...structuralFindings(object, schema).map(({ field, message }) => ({ path: field, message })),
  ];
}

/** The group comes with this plan, and the kind does not. */
function nearKinds(group: string, kind: string, types: ReadonlyMap<string, CustomType>): CustomFinding[] {
  const kinds = [...types.keys()]
    .filter((key) => key.startsWith(`${group}/`))
    .map((key) => key.slice(group.length + 1));
  const hint = didYouMean(kind, kinds);
  if (hint === undefined) return [];
  return [{ path: "", message: `no CustomResourceDefinition of this project brings ${kind} in ${group}: ${hint}` }];
}

/** Pruning works in place; leaves that are not known yet stay what they are. */
function copyOf(value: JsonObject): JsonObject {
  const copy = (at: unknown): unknown => {
    if (Array.isArray(at)) return at.map(copy);
    if (at === null || typeof at !== "object" || Object.getPrototypeOf(at) !== Object.prototype) return at;
    return Object.fromEntries(Object.entries(at).map(([key, child]) => [key, copy(child)]));
  };
  return copy(value) as JsonObject;
}
