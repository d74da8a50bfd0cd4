import type { FieldType, StructType, TypeResolver } from "./types.ts";

const DEDUCED = "deduced.Object";

const deducedStruct: StructType = {
  name: DEDUCED,
  fields: Object.assign(Object.create(null), {
    apiVersion: { type: { type: "scalar", scalar: "string", format: "" }, required: false },
    kind: { type: { type: "scalar", scalar: "string", format: "" }, required: false },
    metadata: { type: { type: "struct", ref: "meta.v1.ObjectMeta", atomic: false }, required: false },
  }),
  rest: { type: "untyped" },
};

const deducedRoot: FieldType = { type: "struct", ref: DEDUCED, atomic: false };

/**
 * The same types, but an unknown kind has a type too: metadata as everywhere, and below every other field maps are
 * granular and lists atomic, as a CRD without a schema is treated.
 */
export function deduceUnknown(types: TypeResolver): TypeResolver {
  return {
    rootType: (apiVersion, kind) => types.rootType(apiVersion, kind) ?? deducedRoot,
    structType: (ref) => (ref === DEDUCED ? deducedStruct : types.structType(ref)),
  };
}
